// The task `vzrestore` under the suite of task kinds: to a new number, over a container that is there; what is refused, what stays.
import { describe, expect, test } from 'vitest';
import { describeTaskKind } from '../../../test/contracts/task-kind.ts';
import { ctConfig, ctWorld } from '../../../test/fixtures/ct-world.ts';
import { runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import { readCtBackupConf } from '../../backup/restore/ct-backup-conf.ts';
import { planCtRestore } from '../../backup/restore/plan-ct-restore.ts';
import { ctBackupName, describedTree, MemoryArchives } from '../../backup/restore/restore-fixture.ts';
import { AppError } from '../../core/errors.ts';
import { type CtRestoreParams, ctRestoreKind } from './restore-ct.ts';
import { contentOf, finishing, isThere, recordStarts } from './restore-task-fixture.ts';

const archive = `local:backup/${ctBackupName}`;
const old = {
  root: 'local:100/subvol-100-disk-0.subvol',
  data: 'local:100/subvol-100-disk-1.subvol',
  other: 'local:100/subvol-100-disk-2.subvol',
};
const before = {
  ...ctConfig(100),
  hostname: 'before',
  // The backup has files of /srv, as mp0; what is mp0 here it does not have.
  mp0: `${old.other},mp=/photos,size=1G`,
  mp3: `${old.data},mp=/srv,size=1G`,
};

async function world(over = false, more: Partial<CtRestoreParams> = {}) {
  const made = await ctWorld();
  const archives = new MemoryArchives();
  archives.restoredTo = (path) => made.driver.sourceAt(path) ?? 'nowhere';
  const { started, startChild } = recordStarts();
  await made.addVolume(archive);
  if (over) await made.addCt(100, before, { snapshots: ['first'] });
  const { change, held, notes } = planCtRestore(readCtBackupConf(describedTree().texts[0]!.text), {
    ...{ vmid: 100, override: {}, unique: false, current: {}, mayReachHost: false, scripts: new Set() },
    ...{ storageFor: () => 'other', makesTrees: () => true, bindComplaint: () => undefined },
  });
  const parts = {
    ...made.parts,
    archives: made.faults.wrap(archives, ['restoreTree']),
    startChild,
  };
  const params: CtRestoreParams = {
    ...{ vmid: 100, archive, change, held, notes, force: over, start: true, pool: 'office' },
    ...more,
  };
  const kind = ctRestoreKind(parts);
  const snapshot = async () => {
    const seen = await made.snapshot();
    return {
      ...seen,
      roots: Object.fromEntries(Object.entries(seen.roots).filter(([path]) => isThere(path, seen.volumes))),
      content: contentOf(archives, seen.volumes),
      started: [...started],
    };
  };
  const tasks = runnerWorld();
  tasks.runner.register(kind);
  const run = async () =>
    tasks.runner.wait(await tasks.runner.start('vzrestore', params, { requester: 'root@pam' }));
  return { ...made, archives, parts, params, kind, snapshot, run, tasks, started };
}

const finish = (made: Awaited<ReturnType<typeof world>>) =>
  finishing(made, [old.root, old.data], (document) => {
    made.started.add('vzstart {"vmid":100}');
    return document;
  });

for (const over of [false, true])
  describeTaskKind(`vzrestore ${over ? 'over a container' : 'to a new number'}`, async () => {
    const made = await world(over);
    const { kind, params, snapshot, faults, dispose } = made;
    return { kind, params, snapshot, faults, dispose, afterFailure: finish(made) };
  });

describe('vzrestore', () => {
  test('makes a container of the backup, and starts it', async () => {
    const made = await world(false, { limitKib: 2 });
    const end = await made.run();
    expect([end.state, end.exitStatus]).toEqual(['warnings', 'WARNINGS: 4']);
    expect(made.document(100)).toMatchObject({
      kind: 'lxc',
      config: {
        ...{ hostname: 'kept', description: 'a note', features: 'nesting=1', unprivileged: 1 },
        rootfs: 'other:100/subvol-100-disk-0.subvol,size=2G',
        mp0: expect.stringMatching(/^other:100\/subvol-100-disk-\d.subvol,mp=\/srv,backup=1,size=1G$/),
        mp1: expect.stringMatching(/^other:100\/subvol-100-disk-\d.subvol,mp=\/cache,size=1G$/),
      },
    });
    expect([...made.archives.written.values()].sort()).toEqual(
      ['/', '/cache', '/srv'].map((target) => `${target} unprivileged`),
    );
    expect(made.archives.limits).toEqual([2048]);
    expect([...made.started]).toEqual(['vzstart {"vmid":100}']);
    const { mounted, attached } = await made.snapshot();
    expect([mounted, attached]).toEqual([[], []]);
    await made.dispose();
  });

  test('over a container removes what the backup has, and keeps the rest as unused', async () => {
    const made = await world(true, { start: false });
    await made.run();
    const { config, snapshots } = made.document(100)!;
    expect(config).toMatchObject({ hostname: 'kept', unused0: old.other });
    expect(snapshots).toBeUndefined();
    const volumes = (await made.snapshot()).volumes.join('\n');
    expect(volumes).not.toContain(old.root);
    expect(volumes).not.toContain(old.data);
    expect(volumes).toContain(old.other);
    await made.dispose();
  });

  test('of a damaged archive leaves the container that was there', async () => {
    const made = await world(true);
    const was = await made.snapshot();
    made.archives.failure = new AppError('invalid-input', 'the archive ends too early');
    expect(await made.run()).toMatchObject({ state: 'failed', errorCode: 'invalid-input' });
    expect({ ...(await made.snapshot()), content: [] }).toEqual({ ...was, content: [] });
    await made.dispose();
  });

  test.each([
    ['that runs', { running: true }, {}],
    ['that is locked', {}, { lock: 'backup' }],
    ['that is protected', {}, { protection: 1 }],
  ] as const)('over a container %s is refused', async (_what, how, config) => {
    const made = await world();
    await made.addCt(100, { ...before, ...config }, how);
    await expect(made.kind.check({ ...made.params, force: true })).rejects.toMatchObject({
      code: 'wrong-state',
    });
    await expect(made.kind.check(made.params)).rejects.toMatchObject({ code: 'already-exists' });
    await made.dispose();
  });
});
