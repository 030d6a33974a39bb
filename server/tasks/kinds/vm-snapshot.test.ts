// Snapshots of VMs: taking, removing and going back under the suite of task kinds; what is kept by whom, and what is refused.
import { describe, expect, test } from 'vitest';
import { describeTaskKind } from '../../../test/contracts/task-kind.ts';
import { runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import { type VmWorld, vmWorld } from '../../../test/fixtures/vm-world.ts';
import { AppError } from '../../core/errors.ts';
import { fakeMemory } from '../../guests/fake/fake-driver.ts';
import type { VmStart } from '../../guests/vm/vm-start.ts';
import type { TaskKind } from '../task.ts';
import { vmDelSnapshotKind } from './vm-del-snapshot.ts';
import { vmRollbackKind } from './vm-rollback.ts';
import { vmSnapshotKind } from './vm-snapshot.ts';

const disk = (number: number) => `local:100/vm-100-disk-${number}.qcow2`;
const firmware = 'local:100/vm-100-disk-9.raw';
const state = (name: string) => `local:100/vm-100-state-${name}.raw`;
const config = {
  ...{ name: 'kept', memory: 512, agent: '1', scsi0: `${disk(0)},size=1G`, scsi1: `${disk(1)},size=1G` },
  efidisk0: `${firmware},efitype=4m,size=528K`,
};

interface How {
  readonly running?: boolean;
  /** Taken before, with its memory where the name begins with `m`. */
  readonly before?: readonly string[];
  readonly plugging?: boolean;
}

async function world({ running = false, before = [], plugging = true }: How = {}): Promise<VmWorld> {
  const made = await vmWorld({ hotPlugFaults: plugging });
  await made.addVolume(firmware, 540_672);
  await made.addVm(100, config, { running });
  for (const name of before) {
    const taken = await run(vmSnapshotKind(made.parts), { vmid: 100, name, memory: name.startsWith('m') });
    expect(taken).toMatchObject({ state: 'ok' });
  }
  return made;
}

async function run<P, S>(kind: TaskKind<P, S>, params: P) {
  const tasks = runnerWorld();
  tasks.runner.register(kind);
  const ended = await tasks.runner.wait(await tasks.runner.start(kind, params, { requester: 'root@pam' }));
  return { ...ended, log: tasks.log(ended.upid).join('\n') };
}
const take = (made: VmWorld, name: string, memory = false) =>
  run(vmSnapshotKind(made.parts), { vmid: 100, name, memory });
const drop = (made: VmWorld, name: string, force = false) =>
  run(vmDelSnapshotKind(made.parts), { vmid: 100, name, force });
const goBack = (made: VmWorld, name: string, start = false) =>
  run(vmRollbackKind(made.parts), { vmid: 100, name, start });

for (const [what, running, memory] of [
  ['a stopped VM', false, false],
  ['a running VM', true, false],
  ['a running VM with its memory', true, true],
] as const) {
  describeTaskKind(`qmsnapshot of ${what}`, async () => {
    const made = await world({ running, before: ['first'] });
    const params = { vmid: 100, name: 'second', description: 'before it', memory };
    return made.under(vmSnapshotKind(made.parts), params);
  });
}

for (const running of [false, true]) {
  describeTaskKind(`qmdelsnapshot of a ${running ? 'running' : 'stopped'} VM`, async () => {
    const made = await world({ running, before: running ? ['mfirst', 'second'] : ['mfirst'] });
    const task = { kind: vmDelSnapshotKind(made.parts), params: { vmid: 100, name: 'mfirst', force: false } };
    return made.under(task.kind, task.params, async () =>
      made.document(100)?.snapshots?.['mfirst'] ? task : undefined,
    );
  });
}

describeTaskKind('qmrollback', async () => {
  const made = await world({ before: ['first', 'second'] });
  return made.under(vmRollbackKind(made.parts), { vmid: 100, name: 'first', start: false });
});

describeTaskKind('qmrollback of a running VM to its memory', async () => {
  const made = await world({ running: true, before: ['mfirst'], plugging: false });
  return made.under(vmRollbackKind(made.parts), { vmid: 100, name: 'mfirst', start: false });
});

describe('a snapshot of a VM', () => {
  test('is of every disk, and stands in the line of descent', async () => {
    const made = await world();
    for (const name of ['first', 'second']) expect((await take(made, name)).state).toBe('ok');
    expect(await made.snapshotsOf(disk(1))).toEqual(['first', 'second']);
    expect(made.document(100)).toMatchObject({
      parent: 'second',
      snapshots: {
        first: { config, snaptime: 1_000_000, copies: { efidisk0: 'local:100/vm-100-firmware-first.raw' } },
        second: { parent: 'first' },
      },
    });
    await made.dispose();
  });

  test('keeps what firmware and TPM hold apart, and takes both away again', async () => {
    const made = await vmWorld();
    const tpm = 'local:100/vm-100-disk-8.raw';
    const both = { efidisk0: config.efidisk0, tpmstate0: `${tpm},size=4M,version=v2.0` };
    await made.addVm(100, both);
    expect((await take(made, 'first')).state).toBe('ok');
    const copies = {
      efidisk0: 'local:100/vm-100-firmware-first.raw',
      tpmstate0: 'local:100/vm-100-tpm-first.raw',
    };
    expect(made.document(100)?.snapshots?.['first']).toMatchObject({ copies });
    expect(await made.sizeOf(copies.tpmstate0)).toBe(await made.sizeOf(tpm));
    expect((await goBack(made, 'first')).state).toBe('ok');
    expect(made.document(100)?.config).toMatchObject(both);
    expect((await drop(made, 'first')).state).toBe('ok');
    for (const copy of Object.values(copies))
      await expect(made.sizeOf(copy)).rejects.toMatchObject({ code: 'not-found' });
    await made.dispose();
  });

  test('with memory keeps that on a volume, and which machine it is of', async () => {
    const made = await world({ running: true });
    expect((await take(made, 'first', true)).state).toBe('ok');
    expect(made.document(100)?.snapshots?.['first']?.memory).toEqual({
      volume: state('first'),
      ...fakeMemory,
    });
    expect(await made.sizeOf(state('first'))).toBe((2 * 512 + 500) * 1024 ** 2);
    expect(made.states.stateOf(100)).toBe('running');
    await made.dispose();
  });

  test('with memory keeps that where the VM says, if there is room for disk images', async () => {
    const made = await vmWorld();
    await made.addVm(100, { scsi0: `${disk(0)},size=1G`, vmstatestorage: 'other' }, { running: true });
    expect((await take(made, 'first', true)).state).toBe('ok');
    expect(made.document(100)?.snapshots?.['first']?.memory?.volume).toMatch(/^other:/);
    await made.addVm(100, { scsi0: `${disk(0)},size=1G`, vmstatestorage: 'nowhere' }, { running: true });
    const ended = await take(made, 'second', true);
    expect(ended).toMatchObject({ state: 'failed', errorCode: 'invalid-input' });
    expect(ended.exitStatus).toContain("storage 'nowhere' cannot hold disk images now");
    await made.dispose();
  });

  test('with memory of one that is off is one without', async () => {
    const made = await world();
    expect((await take(made, 'first', true)).state).toBe('ok');
    expect(made.document(100)?.snapshots?.['first']).not.toHaveProperty('memory');
    await made.dispose();
  });

  test('asks the agent to write out, and never leaves the file systems frozen', async () => {
    const made = await world({ running: true });
    const asked: string[] = [];
    made.driver.agentAnswer = (_vmid, command) => {
      asked.push((JSON.parse(command) as { execute: string }).execute);
      return '{"return":2}';
    };
    expect((await take(made, 'first')).state).toBe('ok');
    made.driver.failNext('snapshotDisks', new AppError('command-failed', 'no room'));
    expect((await take(made, 'second')).state).toBe('failed');
    expect(asked.filter((word) => word === 'guest-fsfreeze-freeze')).toHaveLength(2);
    expect(asked.at(-1)).toBe('guest-fsfreeze-thaw');
    expect(made.states.stateOf(100)).toBe('running');
    asked.length = 0;
    expect((await take(made, 'third', true)).state).toBe('ok');
    expect(asked).toEqual([]);
    await made.dispose();
  });

  test('of one that somebody paused leaves it paused', async () => {
    const made = await world({ running: true });
    await made.driver.pause(100);
    for (const memory of [false, true]) {
      expect((await take(made, memory ? 'warm' : 'cold', memory)).state).toBe('ok');
      expect(made.states.stateOf(100)).toBe('paused');
    }
    await made.dispose();
  });

  test.each([
    ['current', 'invalid-input'],
    ['pending', 'invalid-input'],
    ['first', 'already-exists'],
  ])('named %s is refused', async (name, code) => {
    const made = await world({ before: ['first'] });
    expect(await take(made, name)).toMatchObject({ state: 'failed', errorCode: code });
    await made.dispose();
  });

  test('with a raw disk is refused, naming the disk, its storage and the rule', async () => {
    const made = await vmWorld();
    await made.addVm(100, { scsi0: 'local:100/vm-100-disk-0.raw,size=1G' });
    const ended = await take(made, 'first');
    expect(ended).toMatchObject({ state: 'failed', errorCode: 'unsupported' });
    expect(ended.exitStatus).toContain("scsi0: storage 'local': disks of format 'raw' cannot have snapshots");
    await made.dispose();
  });
});

/** Storages whose images have so many clusters. */
function withClusters(parts: VmWorld['parts'], clusters: number): VmWorld['parts'] {
  const storage = (id: string) => {
    const real = parts.storages.storage(id);
    const info: typeof real.info = async (...args) => ({ ...(await real.info(...args)), clusters });
    return new Proxy(real, { get: (target, key) => (key === 'info' ? info : Reflect.get(target, key)) });
  };
  return { ...parts, storages: { ...parts.storages, storage } };
}

test.each([
  // Two disks, and each alone.
  [2 ** 22, true, ['13 s: QEMU counts 8388608 clusters (scsi0, scsi1)'], ['6 s', '6 s']],
  [400_000, true, ['1 s'], []],
  [2 ** 18, true, [], []],
  [2 ** 22, false, [], []],
])('with %d clusters in each image, running %s, says for how long the guest may stand', async (...row) => {
  const [clusters, running, taking, removing] = row;
  const made = await world({ running });
  const parts = withClusters(made.parts, clusters);
  const told = ({ log }: { log: string }) =>
    [...log.matchAll(/the guest may stand for (.*)/g)].map(([, seconds]) => seconds);
  const expected = (seconds: readonly string[]) => seconds.map((text) => expect.stringContaining(text));
  const taken = await run(vmSnapshotKind(parts), { vmid: 100, name: 'first', memory: false });
  expect(taken).toMatchObject({ state: 'ok', exitStatus: 'OK' });
  expect(told(taken)).toEqual(expected(taking));
  const removed = await run(vmDelSnapshotKind(parts), { vmid: 100, name: 'first', force: false });
  expect(removed).toMatchObject({ state: 'ok', exitStatus: 'OK' });
  expect(told(removed)).toEqual(expected(removing));
  await made.dispose();
});

describe('a snapshot that is removed', () => {
  test('takes its memory with it and hands its children on', async () => {
    const made = await world({ running: true, before: ['mfirst', 'second', 'third'] });
    expect((await drop(made, 'mfirst')).state).toBe('ok');
    expect(await made.snapshotsOf(disk(0))).toEqual(['second', 'third']);
    expect(made.document(100)?.snapshots?.['second']).not.toHaveProperty('parent');
    const { volumes } = await made.snapshot();
    expect(volumes.filter((volume) => volume.includes('first'))).toEqual([]);
    await made.dispose();
  });

  test('leaves a disk that only it knew of as an unused one', async () => {
    const made = await world({ before: ['first'] });
    const { scsi1: _, ...without } = config;
    await made.store.write('guests/100', { ...made.document(100)!, config: without });
    expect((await drop(made, 'first')).state).toBe('ok');
    expect(made.document(100)?.config).toMatchObject({ unused0: disk(1) });
    expect(await made.snapshotsOf(disk(1))).toEqual([]);
    await made.dispose();
  });

  test('is not there', async () => {
    const made = await world();
    expect(await drop(made, 'never')).toMatchObject({ state: 'failed', errorCode: 'not-found' });
    await made.dispose();
  });
});

describe('a rollback of a VM', () => {
  test('brings the configuration back, keeps what came later as unused, and gives a new identity', async () => {
    const made = await vmWorld();
    const vmgenid = '11111111-2222-3333-4444-555555555555';
    const then = { scsi0: `${disk(0)},size=1G`, vmgenid };
    await made.addVm(100, then);
    expect((await take(made, 'first')).state).toBe('ok');
    await made.addVolume(disk(2));
    await made.store.write('guests/100', {
      ...made.document(100)!,
      config: { ...then, memory: 1024, scsi2: `${disk(2)},size=1G` },
    });
    expect((await goBack(made, 'first', true)).state).toBe('ok');
    expect(made.document(100)?.config).toEqual({ ...then, unused0: disk(2), vmgenid: expect.any(String) });
    expect(made.document(100)?.config['vmgenid']).not.toBe(vmgenid);
    expect(made.states.stateOf(100)).toBe('running');
    await made.dispose();
  });

  test('goes on from the memory, from where it lies', async () => {
    const made = await world({ running: true, before: ['mfirst'] });
    expect((await goBack(made, 'mfirst')).state).toBe('ok');
    const spec = made.driver.specOf(100) as VmStart;
    expect(spec.memory).toEqual({ path: '/memory/local/100/vm-100-state-mfirst.raw', digest: 'saved' });
    expect(made.document(100)?.running).toEqual(config);
    await made.dispose();
  });

  test.each(['start-domain', 'go-on'])('goes on from the memory once, also killed after %s', async (step) => {
    const made = await world({ running: true, before: ['mfirst'] });
    const kind = vmRollbackKind(made.parts);
    const reached = Promise.withResolvers<void>();
    const killed = runnerWorld({
      onBoundary: async (at) => {
        if (at.step !== step || at.moment !== 'after-run') return;
        reached.resolve();
        await new Promise(() => {});
      },
    });
    let wentOn = 0;
    made.driver.watch(({ state }) => {
      if (state === 'running') wentOn += 1;
    });
    killed.runner.register(kind);
    const params = { vmid: 100, name: 'mfirst', start: false };
    const upid = await killed.runner.start(kind, params, { requester: 'root@pam' });
    await reached.promise;
    // The machine goes down with it.
    made.driver.endGuest(100, 'crashed');
    const next = killed.crash();
    next.runner.register(kind);
    await next.runner.recover();
    const ended = await next.runner.wait(upid);
    expect(wentOn).toBe(1);
    if (step === 'start-domain') expect(ended).toMatchObject({ state: 'ok' });
    else expect(ended.exitStatus).toContain('roll it back once more');
    await made.dispose();
  });

  test('to a snapshot that one of the disks does not have changes nothing', async () => {
    const made = await world({ before: ['first'] });
    const { quietContext } = await import('../../core/work-context.ts');
    await made.storages.storage('local').removeSnapshot(quietContext(), disk(1).slice(6), 'first');
    const before = await made.snapshot();
    expect(await goBack(made, 'first')).toMatchObject({ state: 'failed', errorCode: 'not-found' });
    expect(await made.snapshot()).toEqual(before);
    await made.dispose();
  });
});

test('snapshots that are volumes below the image are no matter for QEMU, which has it open', async () => {
  for (const running of [true, false]) {
    const made = await world({ running });
    const real = made.parts.storages;
    const parts: typeof made.parts = {
      ...made.parts,
      storages: {
        ...real,
        storage: (id) => real.storage(id),
        capabilities: (id) =>
          real.capabilities(id).map((row) => (row.feature === 'snapshot' ? { ...row, chained: true } : row)),
      },
    };
    const taken = await run(vmSnapshotKind(parts), { vmid: 100, name: 'one', memory: false });
    if (running) {
      expect(taken).toMatchObject({ state: 'failed', errorCode: 'unsupported' });
      expect(taken.exitStatus).toContain('cannot have snapshots while the VM runs');
    } else expect(taken.state).toBe('ok');
    await made.dispose();
  }
});
