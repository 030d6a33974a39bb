// Hibernating a VM and waking it up, under the suite of task kinds: broken anywhere, it runs or is saved, and never goes on twice.
import { describe, expect, test } from 'vitest';
import { describeTaskKind } from '../../../test/contracts/task-kind.ts';
import { runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import { type VmWorld, vmWorld } from '../../../test/fixtures/vm-world.ts';
import { AppError } from '../../core/errors.ts';
import { fakeMemory } from '../../guests/fake/fake-driver.ts';
import type { VmStart } from '../../guests/vm/vm-start.ts';
import type { TaskKind } from '../task.ts';
import { vmCloudInitKind } from './vm-cloud-init.ts';
import { vmConfigKind } from './vm-config.ts';
import { vmDeleteKind } from './vm-delete.ts';
import { vmDiscardStateKind } from './vm-discard-state.ts';
import { vmHibernateKind } from './vm-hibernate.ts';
import { vmPowerKinds } from './vm-power.ts';
import { vmRollbackKind } from './vm-rollback.ts';
import { vmSnapshotKind } from './vm-snapshot.ts';
import { vmStartKind } from './vm-start.ts';

const disk = 'local:100/vm-100-disk-0.qcow2';
const memory = 'local:100/vm-100-state-suspend-1970-01-12.raw';
const config = { name: 'tired', memory: 512, scsi0: `${disk},size=1G` };

async function run<P, S>(kind: TaskKind<P, S>, params: P) {
  const { runner } = runnerWorld();
  runner.register(kind);
  return runner.wait(await runner.start(kind, params, { requester: 'root@pam' }));
}

async function running(plugging = true): Promise<VmWorld> {
  const made = await vmWorld({ hotPlugFaults: plugging });
  await made.addVm(100, config, { running: true });
  return made;
}

async function hibernated(plugging = true): Promise<VmWorld> {
  const made = await running(plugging);
  expect(await run(vmHibernateKind(made.parts), { vmid: 100 })).toMatchObject({ state: 'ok' });
  return made;
}

const memoryVolumes = async (made: VmWorld) =>
  (await made.snapshot()).volumes.filter((volume) => volume.includes('state-suspend'));

/** What must never be: that it runs, and could go on a second time; that it does neither; or memory that nobody knows of. */
async function expectSound(made: VmWorld): Promise<void> {
  await made.states.refresh();
  const runs = made.states.stateOf(100) !== 'stopped';
  const saved = made.document(100)?.suspended !== undefined;
  expect({ runs, saved }).toEqual({ runs, saved: !runs });
  expect(await memoryVolumes(made)).toHaveLength(saved ? 1 : 0);
}

describeTaskKind('qmsuspend', async () => {
  const made = await running(false);
  const task = { kind: vmHibernateKind(made.parts), params: { vmid: 100 } };
  return made.under(task.kind, task.params, async () => {
    await expectSound(made);
    return made.document(100)?.suspended ? undefined : task;
  });
});

describeTaskKind('qmstart of a hibernated VM', async () => {
  const made = await hibernated(false);
  const task = { kind: vmStartKind(made.parts), params: { vmid: 100 } };
  return made.under(task.kind, task.params, async () => {
    await expectSound(made);
    return made.document(100)?.suspended ? task : undefined;
  });
});

describeTaskKind('qmdiscard', async () => {
  const made = await hibernated();
  const task = { kind: vmDiscardStateKind(made.parts), params: { vmid: 100 } };
  return made.under(task.kind, task.params, async () => (made.document(100)?.suspended ? task : undefined));
});

describe('a hibernated VM', () => {
  test('is off, locked, and tells where its memory is and what machine it was', async () => {
    const made = await hibernated();
    expect(made.states.stateOf(100)).toBe('stopped');
    expect(made.document(100)).toMatchObject({
      config: { ...config, lock: 'suspended' },
      suspended: { memory: { volume: memory, ...fakeMemory }, config, savedAt: 1_000_000_000 },
    });
    expect(made.document(100)).not.toHaveProperty('running');
    expect(await made.sizeOf(memory)).toBe((2 * 512 + 500) * 1024 ** 2);
    await made.dispose();
  });

  test.each(['qmstart', 'qmresume'])('goes on by %s with what it ran with, once', async (type) => {
    const made = await hibernated();
    const kind = type === 'qmstart' ? vmStartKind(made.parts) : undefined;
    const resume = vmPowerKinds(made.parts).find((each) => each.type === type);
    const ended = await run((kind ?? resume)!, { vmid: 100, fromDisk: true });
    expect(ended).toMatchObject({ type, state: 'ok' });
    const spec = made.driver.specOf(100) as VmStart;
    expect(spec.memory).toEqual({ path: `/memory/${memory.replace(':', '/')}`, digest: 'saved' });
    expect(made.states.stateOf(100)).toBe('running');
    expect(made.document(100)).toEqual({ ...made.document(100), config, running: config });
    expect(made.document(100)).not.toHaveProperty('suspended');
    expect(await memoryVolumes(made)).toEqual([]);
    await made.dispose();
  });

  test('keeps its memory when it cannot be resumed, and says how to get out of that', async () => {
    const made = await hibernated();
    const seen = async () => ({ ...(await made.snapshot()), attached: [] });
    const before = await seen();
    made.driver.failNext('start', new AppError('command-failed', 'the machine type is not known'));
    const ended = await run(vmStartKind(made.parts), { vmid: 100 });
    expect(ended).toMatchObject({ state: 'failed', errorCode: 'command-failed' });
    expect(ended.exitStatus).toContain(
      "its saved memory is kept: try again, or start it afresh after removing 'vmstate'",
    );
    expect(await seen()).toEqual(before);
    made.driver.failNext('resume', new AppError('command-failed', 'it does not go on'));
    expect(await run(vmStartKind(made.parts), { vmid: 100 })).toMatchObject({ state: 'failed' });
    expect(await seen()).toEqual(before);
    expect(await run(vmStartKind(made.parts), { vmid: 100 })).toMatchObject({ state: 'ok' });
    await made.dispose();
  });

  test('that ends as it goes on leaves no memory behind', async () => {
    const made = await hibernated();
    made.driver.disturb = (action) => {
      if (action !== 'resume') return {};
      made.driver.endGuest(100, 'crashed');
      return { error: new AppError('command-failed', 'QEMU is gone') };
    };
    expect(await run(vmStartKind(made.parts), { vmid: 100 })).toMatchObject({ state: 'failed' });
    expect(made.states.stateOf(100)).toBe('stopped');
    expect(made.document(100)).toMatchObject({ config });
    expect(made.document(100)).not.toHaveProperty('suspended');
    expect(await memoryVolumes(made)).toEqual([]);
    await made.dispose();
  });

  test('keeps its memory apart from that of a snapshot of the same name', async () => {
    const made = await running();
    const name = 'suspend-1970-01-12';
    expect(await run(vmSnapshotKind(made.parts), { vmid: 100, name, memory: true })).toMatchObject({
      state: 'ok',
    });
    expect(await run(vmHibernateKind(made.parts), { vmid: 100 })).toMatchObject({ state: 'ok' });
    expect(made.document(100)?.snapshots?.[name]?.memory?.volume).toBe(memory);
    expect(made.document(100)?.suspended?.memory.volume).toBe(memory.replace('.raw', '-2.raw'));
    expect(await memoryVolumes(made)).toHaveLength(2);
    await made.dispose();
  });

  test('is what it was when it was saved, also when it ended by itself after that', async () => {
    const made = await running();
    const wanted = { ...config, memory: 1024 };
    await made.store.write('guests/100', { ...made.document(100)!, config: wanted });
    const save = made.driver.finishMemorySave.bind(made.driver);
    made.driver.finishMemorySave = async (...given) => {
      const saved = await save(...given);
      made.driver.endGuest(100, 'crashed');
      await made.parts.ends.settle(100);
      return saved;
    };
    expect(await run(vmHibernateKind(made.parts), { vmid: 100 })).toMatchObject({ state: 'ok' });
    expect(made.document(100)).toMatchObject({ config: wanted, suspended: { config } });
    await made.dispose();
  });

  test('is removed without the disc that it had in, though its configuration names that no more', async () => {
    const made = await vmWorld();
    const disc = 'local:iso/a.iso';
    await made.addVolume(disc);
    await made.addVm(100, { ...config, ide2: `${disc},media=cdrom` }, { running: true });
    await made.store.write('guests/100', { ...made.document(100)!, config });
    expect(await run(vmHibernateKind(made.parts), { vmid: 100 })).toMatchObject({ state: 'ok' });
    expect(await run(vmDeleteKind(made.parts), { vmid: 100, unreferenced: false })).toMatchObject({
      state: 'ok',
    });
    expect((await made.snapshot()).volumes.map((line) => line.split(' ')[0])).toEqual([disc]);
    await made.dispose();
  });

  test('boots afresh once its memory was discarded', async () => {
    const made = await hibernated();
    expect(await run(vmDiscardStateKind(made.parts), { vmid: 100 })).toMatchObject({
      state: 'ok',
    });
    expect(await memoryVolumes(made)).toEqual([]);
    expect(made.document(100)?.config).toEqual(config);
    expect(await run(vmStartKind(made.parts), { vmid: 100 })).toMatchObject({ state: 'ok' });
    expect((made.driver.specOf(100) as VmStart).memory).toBeUndefined();
    expect(await run(vmDiscardStateKind(made.parts), { vmid: 100 })).toMatchObject({
      errorCode: 'wrong-state',
    });
    await made.dispose();
  });

  test('boots afresh also when its memory cannot be removed, which stays as an unused disk', async () => {
    const made = await hibernated();
    const gone = async () => {
      throw new AppError('unavailable', 'the server does not answer');
    };
    const storages = {
      ...made.parts.storages,
      storage: (id: string) =>
        Object.assign(Object.create(made.parts.storages.storage(id)), { remove: gone }),
    };
    expect(await run(vmDiscardStateKind({ ...made.parts, storages }), { vmid: 100 })).toMatchObject({
      state: 'warnings',
    });
    expect(made.document(100)).toMatchObject({ config: { ...config, unused0: memory } });
    expect(made.document(100)).not.toHaveProperty('suspended');
    await made.dispose();
  });

  test('goes back to no snapshot, also with its lock taken away', async () => {
    const made = await running();
    const name = 'before';
    expect(await run(vmSnapshotKind(made.parts), { vmid: 100, name, memory: false })).toMatchObject({
      state: 'ok',
    });
    expect(await run(vmHibernateKind(made.parts), { vmid: 100 })).toMatchObject({ state: 'ok' });
    await made.store.write('guests/100', { ...made.document(100)!, config });
    expect(await run(vmRollbackKind(made.parts), { vmid: 100, name, start: false })).toMatchObject({
      ...{ state: 'failed', exitStatus: expect.stringContaining('VM is locked (suspended)') },
    });
    await made.dispose();
  });

  test('takes no change and no snapshot, and is removed with its memory', async () => {
    const made = await hibernated();
    const change = {
      vmid: 100,
      set: { memory: 1024 },
      remove: [],
      revert: [],
      digest: undefined,
      force: false,
    };
    for (const ended of [
      await run(vmConfigKind(made.parts), change),
      await run(vmCloudInitKind(made.parts), { vmid: 100 }),
      await run(vmSnapshotKind(made.parts), { vmid: 100, name: 'now', memory: false }),
    ])
      expect(ended).toMatchObject({
        state: 'failed',
        exitStatus: expect.stringContaining('VM is locked (suspended)'),
      });
    expect(await run(vmDeleteKind(made.parts), { vmid: 100, unreferenced: false })).toMatchObject({
      state: 'ok',
    });
    expect((await made.snapshot()).volumes).toEqual([]);
    await made.dispose();
  });

  test('that was paused or is off is not hibernated', async () => {
    const made = await running();
    await made.driver.pause(100);
    expect(await run(vmHibernateKind(made.parts), { vmid: 100 })).toMatchObject({ errorCode: 'wrong-state' });
    expect(made.states.stateOf(100)).toBe('paused');
    await made.dispose();
  });

  test('has its memory where it was asked for, if there is room for disk images', async () => {
    const made = await running();
    expect(await run(vmHibernateKind(made.parts), { vmid: 100, storage: 'nowhere' })).toMatchObject({
      errorCode: 'invalid-input',
    });
    expect(await run(vmHibernateKind(made.parts), { vmid: 100, storage: 'other' })).toMatchObject({
      state: 'ok',
    });
    expect(made.document(100)?.suspended?.memory.volume).toMatch(/^other:/);
    await made.dispose();
  });
});
