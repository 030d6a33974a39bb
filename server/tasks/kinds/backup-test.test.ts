// The task `backuptest` under the suite of task kinds; what it keeps of what it saw, and what becomes of the temporary guest however it ends.
import { describe, expect, test } from 'vitest';
import { describeTaskKind } from '../../../test/contracts/task-kind.ts';
import { runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import { vmWorld } from '../../../test/fixtures/vm-world.ts';
import { createProofKeeper } from '../../backup/proof/keep-proof.ts';
import { planTrial } from '../../backup/proof/plan-trial.ts';
import { ProofStore } from '../../backup/proof/proof-store.ts';
import { RestoredBytes } from '../../backup/proof/restored-bytes.ts';
import type { Seen } from '../../backup/proof/trial.ts';
import type { Room } from '../../backup/proof/trial-room.ts';
import { backupName, MemoryArchives } from '../../backup/restore/restore-fixture.ts';
import type { RestoreProof } from '../../contract/vzdump-proof.ts';
import { AppError, type ErrorCode } from '../../core/errors.ts';
import { gibibyte } from '../../core/units.ts';
import { quietContext } from '../../core/work-context.ts';
import { guestKey } from '../../guests/config/guest-document.ts';
import type { CtTaskParts } from '../../guests/ct/ct-task-parts.ts';
import type { TaskRecord } from '../task.ts';
import { backupTestKinds } from './backup-test.ts';
import { type BackupTestParams, type BackupTestParts, backupTestKind } from './backup-test-one.ts';
import type { VmRestoreParams } from './restore-vm.ts';

const volume = `local:backup/${backupName}`;
const params: BackupTestParams = {
  ...{ volume, kind: 'qemu', vmid: 100, wait: 'auto', port: null, storage: null, timeoutSeconds: 60 },
};
const png = Buffer.from('\x89PNG\r\n\x1a\nnot much of one', 'latin1');
const proven: Seen = { up: { came: 'its agent answers', seconds: 12.5, accelerator: 'kvm' }, picture: png };

/** Child tasks are done at once, or fail, as `ends` says. */
async function world() {
  const made = await vmWorld();
  await made.addVolume(volume);
  await made.addVm(100, { name: 'mine', scsi0: 'local:100/vm-100-disk-0.qcow2' }, { running: true });
  const archives = new MemoryArchives();
  const restored = new RestoredBytes();
  const proofs = new ProofStore(made.parts.store);
  const told: RestoreProof[] = [];
  const children: { type: string; params: VmRestoreParams }[] = [];
  const ends = new Map<string, [ErrorCode, string]>();
  const state = {
    room: { totalBytes: 100 * gibibyte, availableBytes: 50 * gibibyte } as Room,
    memory: 8 * gibibyte,
    seen: proven as Seen | AppError,
    meanwhile: async () => {},
  };
  const running = new Map<string, TaskRecord>();
  const runner = made.faults.wrap<Pick<BackupTestParts['runner'], 'start' | 'wait'>>(
    {
      async start(type, given) {
        const upid = `child-${children.length}`;
        const { vmid, change, trial } = given as VmRestoreParams;
        children.push({ type: String(type), params: given as VmRestoreParams });
        const failure = ends.get(String(type));
        if (!failure && type === 'qmrestore') {
          await made.addVolume(`local:${vmid}/vm-${vmid}-disk-0.qcow2`);
          const config = { ...change.config, scsi0: `local:${vmid}/vm-${vmid}-disk-0.qcow2` };
          await made.store.write(guestKey(vmid), {
            ...{ kind: 'qemu', vmid, node: 'pve1', config, createdAt: 1 },
            ...(trial === undefined ? {} : { trial }),
          });
          restored.note(upid, { bytes: 1000, zeroBytes: 24 });
        } else if (!failure) {
          const { config } = made.document(vmid)!;
          const { volume: _disk, ...bare } = { volume: config['scsi0'], name: 'x', memory: 64 };
          await made.driver.start(quietContext(), made.parts.renderStart(vmid, bare, new Map()));
          await made.states.refresh();
        }
        const [errorCode, exitStatus] = failure ?? [undefined, 'OK'];
        running.set(upid, { upid, errorCode, exitStatus } as TaskRecord);
        return upid;
      },
      wait: async (upid) => running.get(upid)!,
    },
    ['start', 'wait'],
  );
  const storage = (id: string) => made.faults.wrap(made.storages.storage(id), ['putBeside']);
  const parts: BackupTestParts = {
    ...{
      node: 'pve1',
      clock: made.parts.clock,
      vm: made.parts,
      ct: made.parts as unknown as CtTaskParts,
      restored,
    },
    runner: { ...runner, start: runner.start, wait: runner.wait, cancel: async () => {} },
    room: { clock: made.parts.clock, room: async () => state.room },
    keeper: createProofKeeper({
      ...{ node: 'pve1', clock: made.parts.clock, proofs, storages: { storage } },
      onProof: (proof) => told.push(proof),
    }),
    plan: (context, wish, id) =>
      planTrial(
        {
          store: made.parts.store,
          storages: { ...made.parts.storages, rootStorages: () => [], rootFormat: () => 'subvol' },
          ...{ archives, meta: () => 'ctime=1', availableMemory: () => state.memory },
        },
        context,
        wish,
        id,
      ),
    async comesUp() {
      await state.meanwhile();
      if (state.seen instanceof AppError) throw state.seen;
      return state.seen;
    },
  };
  const tasks = runnerWorld();
  tasks.runner.register(backupTestKinds(parts));
  const run = async (more: Partial<BackupTestParams> = {}) => {
    const upid = await tasks.runner.start('backuptest', { ...params, ...more }, { requester: 'root@pam' });
    return { ...(await tasks.runner.wait(upid)), log: tasks.log(upid) };
  };
  const beside = async (kind: 'proof' | 'picture') =>
    made.storages.storage('local').readBeside(quietContext(), volume.replace('local:', ''), kind);
  const snapshot = async () => ({
    ...(await made.snapshot()),
    proofs: made.store
      .list('backup-proofs')
      .map(({ value }) => Object.keys((value as { archives: object }).archives)),
  });
  const { dispose } = made;
  return {
    ...{ made, archives, parts, proofs, told, children, ends, state, tasks, run, beside, snapshot, dispose },
    kind: backupTestKind(parts),
  };
}

describeTaskKind('backuptest', async () => {
  const { kind, snapshot, dispose, made } = await world();
  return {
    kind,
    params,
    snapshot,
    dispose,
    faults: made.faults,
    afterFailure: async () => ({ kind, params }),
  };
});

describe('a backup that comes up', () => {
  test('is proven: what was seen is kept beside it and in the store, and the guest is gone', async () => {
    const { run, beside, proofs, told, children, made, snapshot, dispose } = await world();
    const before = await snapshot();
    const end = await run();
    expect(end.exitStatus, end.log.join('\n')).toBe('OK');
    expect(children.map(({ type }) => type)).toEqual(['qmrestore', 'qmstart']);
    const trial = children[0]!.params;
    expect(trial.vmid).toBeGreaterThanOrEqual(999_000_000);
    expect(trial).toMatchObject({ force: false, start: false, trial: volume });
    expect(trial.change.config['net0']).toMatch(/^virtio=\S+,link_down=1$/);
    expect(made.document(trial.vmid)).toBeUndefined();
    expect(await snapshot()).toEqual({ ...before, proofs: [[volume]] });
    const proof = JSON.parse(Buffer.from((await beside('proof'))!).toString()) as RestoreProof;
    expect(proof).toMatchObject({
      ...{
        version: 1,
        state: 'proven',
        volume,
        kind: 'qemu',
        vmid: 100,
        node: 'pve1',
        wait: 'agent',
        picture: 1,
      },
      ...{
        restoredBytes: 1000,
        zeroBytes: 24,
        bootSeconds: 12.5,
        came: 'its agent answers',
        accelerator: 'kvm',
      },
      notes: expect.arrayContaining(['ide2: its disc is left out']),
    });
    expect(told).toEqual([proof]);
    expect(Buffer.from((await beside('picture'))!)).toEqual(png);
    expect(proofs.listed(100, volume)).toEqual({ state: 'proven', time: proof.ended, picture: 1 });
    await dispose();
  });

  test.each<[string, Partial<BackupTestParams>, string]>([
    ['its agent, as its configuration has one', { wait: 'auto' }, 'agent'],
    ['its screen', { wait: 'screen' }, 'screen'],
    ['what shows that it runs', { wait: 'running' }, 'running'],
  ])('is waited for by %s', async (_what, more, wait) => {
    const { run, told, dispose } = await world();
    await run(more);
    expect(told[0]?.wait).toBe(wait);
    await dispose();
  });
});

describe('a backup that does not come up', () => {
  test.each<[string, (made: Awaited<ReturnType<typeof world>>) => void, object]>([
    [
      'it is damaged',
      ({ ends }) => ends.set('qmrestore', ['invalid-input', 'the archive is damaged at byte 5']),
      { phase: 'restore', problem: 'the archive is damaged at byte 5' },
    ],
    [
      'it cannot be read',
      ({ archives }) => {
        archives.failure = new AppError('invalid-input', 'no archive');
      },
      { phase: 'restore', problem: 'no archive' },
    ],
    [
      'it does not start',
      ({ ends }) => ends.set('qmstart', ['command-failed', 'no such machine']),
      { phase: 'start', problem: 'it does not start: no such machine' },
    ],
    [
      'nothing comes',
      ({ state }) => {
        state.seen = {
          up: { problem: 'its agent does not answer (waited 60 s)', seconds: 60 },
          picture: png,
        };
      },
      { phase: 'wait', problem: 'its agent does not answer (waited 60 s)', picture: 1 },
    ],
  ])('fails when %s, and says so', async (_what, arrange, expected) => {
    const made = await world();
    const before = await made.snapshot();
    arrange(made);
    const end = await made.run();
    const { problem } = expected as { problem: string };
    expect([end.state, end.exitStatus]).toEqual(['failed', problem]);
    expect(made.told).toEqual([expect.objectContaining({ state: 'failed', ...expected })]);
    expect(made.proofs.of(100)).toMatchObject({ newest: { state: 'failed', problem } });
    expect(made.proofs.of(100)).not.toHaveProperty('provenAt');
    expect(await made.snapshot()).toEqual({ ...before, proofs: [[volume]] });
    await made.dispose();
  });
});

describe('what says nothing of the backup', () => {
  test.each<[string, (made: Awaited<ReturnType<typeof world>>) => void, RegExp]>([
    [
      'too little room',
      ({ state, archives }) => {
        state.room = { totalBytes: 100 * gibibyte, availableBytes: 2 * gibibyte };
        archives.told = { ...archives.told, archiveBytes: 3 * gibibyte };
      },
      /^not enough room to try the restore: storage 'other' has 0\.0 GiB/,
    ],
    [
      'too little memory',
      ({ state }) => {
        state.memory = 700 * 1024 ** 2;
      },
      /^not enough memory to try the restore/,
    ],
    ['a full storage', ({ ends }) => ends.set('qmrestore', ['no-capacity', 'no space']), /^no space$/],
    ['a storage that is away', ({ ends }) => ends.set('qmrestore', ['unavailable', 'gone']), /^gone$/],
    [
      'a trial that is broken off',
      ({ state }) => {
        state.seen = new AppError('cancelled', 'broken off');
      },
      /broken off/,
    ],
    [
      'a guest that somebody removed',
      ({ state, made, children }) => {
        state.meanwhile = async () => {
          await made.store.delete(guestKey(children[0]!.params.vmid));
          throw new AppError('unavailable', 'nobody knows');
        };
      },
      /nobody knows/,
    ],
  ])('fails the test and keeps no proof: %s', async (_what, arrange, words) => {
    const made = await world();
    arrange(made);
    const end = await made.run();
    expect(end.exitStatus).toMatch(words);
    expect(made.told).toEqual([]);
    expect(made.proofs.of(100)).toBeUndefined();
    expect(made.made.document(100)?.config).toMatchObject({ name: 'mine' });
    await made.dispose();
  });

  test('an archive that is gone meanwhile has no proof', async () => {
    const made = await world();
    made.state.meanwhile = () =>
      made.made.storages.storage('local').remove(quietContext(), volume.replace('local:', ''));
    const end = await made.run();
    expect(end.log.join('\n')).toContain('is gone: there is nothing left to keep a proof of');
    expect(made.proofs.of(100)).toBeUndefined();
    await made.dispose();
  });
});

describe('the end of a trial', () => {
  test('touches no guest that is none', async () => {
    const { made, tasks, dispose } = await world();
    const before = await made.snapshot();
    for (const leftover of [100, 999_000_005]) {
      const upid = await tasks.runner.start('backuptest', { leftover }, { requester: 'root@pam' });
      expect((await tasks.runner.wait(upid)).exitStatus).toBe('OK');
    }
    expect(await made.snapshot()).toEqual(before);
    await dispose();
  });

  test('removes what one left behind, running or not', async () => {
    const { made, tasks, snapshot, dispose } = await world();
    const before = await snapshot();
    const vmid = 999_000_005;
    await made.addVm(vmid, { scsi0: `local:${vmid}/vm-${vmid}-disk-0.qcow2` }, { running: true });
    await made.store.write(guestKey(vmid), { ...made.document(vmid)!, trial: volume });
    const upid = await tasks.runner.start('backuptest', { leftover: vmid }, { requester: 'root@pam' });
    expect((await tasks.runner.wait(upid)).exitStatus).toBe('OK');
    const after = await snapshot();
    expect([after.documents, after.volumes, after.guests]).toEqual([
      before.documents,
      before.volumes,
      before.guests,
    ]);
    await dispose();
  });
});

test('several are tried one after the other, and one that fails holds up no other', async () => {
  const { parts, state, told, dispose } = await world();
  const tasks = runnerWorld();
  const { start, wait } = tasks.runner;
  const isChild = new Set<string>();
  const runner: typeof parts.runner = {
    ...parts.runner,
    async start(type, ...rest) {
      const isTest = type === 'backuptest';
      const upid = await (isTest ? start(type, ...rest) : parts.runner.start(type, ...rest));
      if (isTest) isChild.add(upid);
      return upid;
    },
    wait: (upid) => (isChild.has(upid) ? wait(upid) : parts.runner.wait(upid)),
  };
  tasks.runner.register(backupTestKinds({ ...parts, runner }));
  let turn = 0;
  state.meanwhile = async () => {
    turn += 1;
    state.seen = turn === 1 ? { up: { problem: 'it ended by itself', seconds: 1 } } : proven;
  };
  const upid = await tasks.runner.start('backuptest', { tests: [params, params] }, { requester: 'root@pam' });
  const end = await tasks.runner.wait(upid);
  expect(end.exitStatus).toBe('1 of 2 restore tests failed');
  expect(told.map((proof) => proof.state)).toEqual(['failed', 'proven']);
  expect(tasks.log(upid)).toEqual(
    expect.arrayContaining(['VM 100: failed: it ended by itself', 'VM 100: proven']),
  );
  await dispose();
});
