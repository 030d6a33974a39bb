// The task `qmrestorefinish` under the suite of task kinds: a VM whose live restore broke off comes to have all of its backup.
import { describe, expect, test } from 'vitest';
import { describeTaskKind } from '../../../test/contracts/task-kind.ts';
import { runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import { vmWorld } from '../../../test/fixtures/vm-world.ts';
import { backupName, MemoryArchives } from '../../backup/restore/restore-fixture.ts';
import { AppError } from '../../core/errors.ts';
import { quietContext } from '../../core/work-context.ts';
import { guestKey } from '../../guests/config/guest-document.ts';
import { assertAction } from '../../guests/guest-state-rules.ts';
import { type RestoreFinishParams, vmRestoreFinishKind } from './restore-finish.ts';
import { LiveServers } from './restore-live.ts';
import type { VmRestoreKindParts } from './restore-vm.ts';

const archive = `local:backup/${backupName}`;
const params: RestoreFinishParams = {
  ...{ vmid: 100, archive, limitKib: 2 },
  disks: ['scsi0', 'scsi1'].map((key) => ({ key, device: `drive-${key}` })),
};

/** One of two disks is here; `running`: the guest goes on above what is served, or stands for want of it. */
async function world(running: boolean) {
  const made = await vmWorld();
  const archives = new MemoryArchives();
  const completed = new Set<string>();
  await made.addVolume(archive);
  const disks = { scsi0: 'local:100/vm-100-disk-0.qcow2', scsi1: 'local:100/vm-100-disk-1.qcow2' };
  await made.addVm(100, { ...disks, lock: 'create' }, { running });
  const restoring = { drives: ['scsi1'], socket: '/run/restore.nbd', archive, disks: params.disks };
  await made.store.write(guestKey(100), { ...made.document(100)!, restoring });
  const live = made.faults.wrap(
    {
      place: async () => ({ socket: '/run/restore.nbd', owner: undefined }),
      complete: async (_context: unknown, _image: unknown, { exportName }: { exportName: string }) =>
        void completed.add(exportName),
    },
    ['place', 'complete'],
  );
  const startChild = async () => undefined;
  const parts = { ...made.parts, archives, live, startChild } as unknown as VmRestoreKindParts;
  const kind = vmRestoreFinishKind(parts, new LiveServers(parts));
  const snapshot = async () => ({
    ...(await made.snapshot()),
    ...{ serving: [...archives.serving], completed: [...completed] },
  });
  const run = async () => {
    const { runner, log } = runnerWorld();
    runner.register(kind);
    const upid = await runner.start(kind, params, { requester: 'root@pam' });
    return { end: await runner.wait(upid), log: log(upid).join('\n') };
  };
  return { ...made, archives, parts, kind, snapshot, run, completed };
}

for (const running of [true, false])
  describeTaskKind(`qmrestorefinish of a VM that ${running ? 'runs' : 'is off'}`, async () => {
    const { kind, snapshot, faults, dispose, document } = await world(running);
    const again = async () => (document(100)?.restoring ? { kind, params } : undefined);
    return { kind, params, snapshot, faults, dispose, afterFailure: again };
  });

describe('qmrestorefinish', () => {
  test.each([true, false])('brings in what is missing alone (running: %s)', async (running) => {
    const made = await world(running);
    const pulled: [string, number][] = [];
    const pullDisk: VmRestoreKindParts['driver']['pullDisk'] = async (_context, _vmid, disk, bytes) =>
      void pulled.push([disk, bytes]);
    Object.assign(made.driver, { pullDisk });
    expect((await made.run()).end.exitStatus).toBe('OK');
    expect(made.document(100)).not.toHaveProperty('restoring');
    expect(made.document(100)?.config).not.toHaveProperty('lock');
    expect([pulled.length, [...made.completed]]).toEqual(running ? [1, []] : [0, ['scsi1']]);
    expect(pulled[0]?.[1] ?? 2048).toBe(2048);
    expect((await made.snapshot()).attached.join()).not.toContain(archive);
    expect([...made.archives.serving]).toEqual([]);
    if (!running) expect(() => assertAction(made.parts, 100, 'start')).not.toThrow();
    expect((await made.run()).end).toMatchObject({ state: 'failed', errorCode: 'wrong-state' });
    await made.dispose();
  });

  test('says what to do when it fails, and can be asked for again', async () => {
    const made = await world(true);
    const { pullDisk } = made.driver;
    made.driver.pullDisk = async () => {
      throw new AppError('command-failed', 'QEMU gave it up');
    };
    const { end, log } = await made.run();
    expect(end).toMatchObject({ state: 'failed', errorCode: 'command-failed' });
    expect(log).toContain('lacks a part of scsi1');
    expect(made.document(100)?.restoring?.drives).toEqual(['scsi1']);
    made.driver.pullDisk = pullDisk;
    expect((await made.run()).end.exitStatus).toBe('OK');
    await made.dispose();
  });

  test('of a backup that is gone leaves the guest alone', async () => {
    const made = await world(true);
    await made.storages.storage('local').remove(quietContext(), `backup/${backupName}`);
    expect((await made.run()).end).toMatchObject({ state: 'failed', errorCode: 'not-found' });
    expect(made.document(100)?.restoring?.drives).toEqual(['scsi1']);
    expect(made.states.stateOf(100)).toBe('running');
    await made.dispose();
  });
});
