// The task `qmrestore` under the suite of task kinds: to a new number, over a guest that is there; what is refused, what stays.
import { describe, expect, test } from 'vitest';
import { describeTaskKind } from '../../../test/contracts/task-kind.ts';
import { runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import { vmWorld } from '../../../test/fixtures/vm-world.ts';
import { planVmRestore } from '../../backup/restore/plan-vm-restore.ts';
import { backupName, described, MemoryArchives } from '../../backup/restore/restore-fixture.ts';
import { readVmBackupConf } from '../../backup/restore/vm-backup-conf.ts';
import { AppError } from '../../core/errors.ts';
import { quietContext } from '../../core/work-context.ts';
import { guestKey } from '../../guests/config/guest-document.ts';
import { assertAction } from '../../guests/guest-state-rules.ts';
import { contentOf, finishing, recordStarts } from './restore-task-fixture.ts';
import { type VmRestoreKindParts, type VmRestoreParams, vmRestoreKind } from './restore-vm.ts';

const archive = `local:backup/${backupName}`;
const old = { disk: 'local:100/vm-100-disk-0.qcow2', other: 'local:100/vm-100-disk-1.raw' };
const memory = 'local:100/vm-100-state-a.raw';

async function world(over = false, more: Partial<VmRestoreParams> = {}) {
  const made = await vmWorld();
  const archives = new MemoryArchives();
  const { started, startChild } = recordStarts();
  const completed = new Set<string>();
  await made.addVolume('local:iso/a.iso');
  await made.addVolume(archive);
  if (over) {
    await made.addVm(100, { name: 'before', scsi0: old.disk, scsi1: old.other });
    await made.addVolume(memory);
    const taken = { config: { scsi0: old.disk }, snaptime: 1, memory: { volume: memory, digest: '0' } };
    await made.store.write(guestKey(100), { ...made.document(100)!, snapshots: { a: taken } });
  }
  const told = described();
  const { change, disks, notes } = planVmRestore(readVmBackupConf(told.texts[0]!.text, told.disks), {
    ...{ vmid: 100, override: {}, unique: false, current: {}, meta: 'ctime=1' },
    ...{ discs: new Set(['local:iso/a.iso']), storageFor: () => 'other', formatOn: () => 'qcow2' },
    generate: { mac: () => 'BC:24:11:00:00:02', uuid: () => '44444444-2222-4333-8444-555555555555' },
  });
  const parts: VmRestoreKindParts = {
    ...made.parts,
    archives: made.faults.wrap(archives, ['restoreDisks']),
    live: made.faults.wrap(
      {
        place: async () => ({ socket: '/run/restore.nbd', owner: undefined }),
        prepare: async () => {},
        complete: async () => void completed.add('done'),
      },
      ['place', 'prepare', 'complete'],
    ),
    startChild,
  };
  const params: VmRestoreParams = {
    ...{ vmid: 100, archive, change, disks, notes, force: over, start: true, pool: 'office' },
    ...more,
  };
  const kind = vmRestoreKind(parts);
  const snapshot = async () => {
    const seen = await made.snapshot();
    return {
      ...seen,
      content: contentOf(archives, seen.volumes),
      started: [...started],
      serving: [...archives.serving],
    };
  };
  const tasks = runnerWorld();
  tasks.runner.register(kind);
  const run = async () =>
    tasks.runner.wait(await tasks.runner.start('qmrestore', params, { requester: 'root@pam' }));
  return { ...made, archives, parts, params, kind, snapshot, run, tasks, started, completed };
}

const finish = (made: Awaited<ReturnType<typeof world>>) =>
  finishing(made, [old.disk, memory], (document) => {
    made.started.add('qmstart {"vmid":100}');
    return document;
  });

describeTaskKind('qmrestore to a new number', async () => {
  const made = await world();
  const { kind, params, snapshot, faults, dispose } = made;
  return { kind, params, snapshot, faults, dispose, afterFailure: finish(made) };
});

describeTaskKind('qmrestore over a guest', async () => {
  const made = await world(true);
  const { kind, params, snapshot, faults, dispose } = made;
  return { kind, params, snapshot, faults, dispose, afterFailure: finish(made) };
});

/** What a restore that broke off when the guest ran already would have come to. */
const finishLive = (made: Awaited<ReturnType<typeof world>>) =>
  finishing(made, [old.disk, memory], ({ restoring: _, ...document }) => {
    const { lock: _config, ...config } = document.config;
    const { lock: _running, ...running } = document.running ?? {};
    return { ...document, config, running };
  });

for (const over of [false, true])
  describeTaskKind(`qmrestore of a VM that runs meanwhile${over ? ', over another' : ''}`, async () => {
    const made = await world(over, { live: true });
    const { kind, params, snapshot, faults, dispose } = made;
    return { kind, params, snapshot, faults, dispose, afterFailure: finishLive(made) };
  });

describe('qmrestore while the VM runs', () => {
  test('starts it above the backup, and makes it whole', async () => {
    const made = await world(false, { live: true });
    const rendered: string[] = [];
    const kind = vmRestoreKind({
      ...made.parts,
      renderStart(...args) {
        const start = made.parts.renderStart(...args);
        rendered.push(start.xml);
        return start;
      },
    });
    const { runner } = runnerWorld();
    runner.register(kind);
    const end = await runner.wait(await runner.start(kind, made.params, { requester: 'root@pam' }));
    expect(end.state).toBe('warnings');
    expect(rendered.join().replaceAll(/\s+/g, ' ')).toContain(
      '<source protocol="nbd" name="scsi0"> <host transport="unix" socket="/run/restore.nbd"/>',
    );
    expect(rendered.join()).toContain('rerror_policy="stop"');
    expect(made.document(100)).not.toHaveProperty('restoring');
    expect(made.document(100)?.config).not.toHaveProperty('lock');
    expect(made.document(100)?.running).toEqual(made.document(100)?.config);
    expect([...made.archives.written.keys(), ...made.archives.serving]).toEqual([]);
    expect(made.states.stateOf(100)).toBe('running');
    await made.dispose();
  });

  test('that ends meanwhile is made whole without it', async () => {
    const made = await world(false, { live: true });
    made.driver.pullDisk = async (_context, vmid) => {
      made.driver.endGuest(vmid, 'shutdown');
      throw new AppError('command-failed', 'gone');
    };
    expect((await made.run()).state).toBe('warnings');
    expect([...made.completed]).toEqual(['done']);
    expect(made.document(100)).not.toHaveProperty('restoring');
    await made.dispose();
  });

  test('of an archive that cannot be read keeps what the guest wrote, and does not let it start again', async () => {
    const made = await world(true, { live: true });
    made.driver.pullDisk = async () => {
      throw new AppError('command-failed', 'QEMU gave it up');
    };
    expect(await made.run()).toMatchObject({ state: 'failed', errorCode: 'command-failed' });
    expect(made.document(100)).toMatchObject({
      config: { lock: 'create', unused1: old.disk },
      restoring: { drives: ['scsi0'] },
    });
    expect(() => assertAction(made.parts, 100, 'delete')).toThrow('running');
    await made.driver.stop(quietContext(), 100);
    await made.states.refresh();
    expect(() => assertAction(made.parts, 100, 'start')).toThrow('in its backup still');
    expect(() => assertAction(made.parts, 100, 'delete')).not.toThrow();
    await made.dispose();
  });
});

describe('qmrestore', () => {
  test('fills new volumes, tells what is not as it was, and starts', async () => {
    const made = await world(false, { limitKib: 2 });
    expect(await made.run()).toMatchObject({ state: 'warnings', objectId: '100' });
    expect(made.document(100)).toMatchObject({
      kind: 'qemu',
      config: {
        boot: 'order=scsi0;ide2;net0',
        description: 'a note',
        ide2: 'local:iso/a.iso,media=cdrom',
        net0: 'virtio=BC:24:11:00:00:01,bridge=vmbr0',
        scsi0: 'other:100/vm-100-disk-0.qcow2,discard=on,size=2G',
        smbios1: 'uuid=11111111-2222-4333-8444-555555555555',
        vmgenid: '44444444-2222-4333-8444-555555555555',
      },
    });
    expect([...made.archives.written.values()]).toEqual(['drive-scsi0 over zeros']);
    expect(made.archives.limits).toEqual([2048]);
    expect([...made.started]).toEqual(['qmstart {"vmid":100}']);
    expect(made.document(100)?.config).not.toHaveProperty('scsi1');
    await made.dispose();
  });

  test('over a guest removes what the backup has, and keeps the rest as unused', async () => {
    const made = await world(true, { start: false });
    await made.run();
    const { config, snapshots } = made.document(100)!;
    expect(config).toMatchObject({
      name: 'kept',
      scsi0: expect.stringMatching(/^other:/),
      unused0: old.other,
    });
    expect(snapshots).toBeUndefined();
    const { volumes } = await made.snapshot();
    expect(volumes.join('\n')).not.toContain(old.disk);
    expect(volumes.join('\n')).not.toContain(memory);
    expect(volumes.join('\n')).toContain(old.other);
    await made.dispose();
  });

  test('of a damaged archive leaves the guest that was there', async () => {
    const made = await world(true);
    const before = await made.snapshot();
    made.archives.failure = new AppError('invalid-input', 'the VMA archive is damaged at byte 7');
    expect(await made.run()).toMatchObject({ state: 'failed', errorCode: 'invalid-input' });
    expect({ ...(await made.snapshot()), content: [] }).toEqual({ ...before, content: [] });
    await made.dispose();
  });

  test('a start that fails takes nothing back', async () => {
    const made = await world();
    const kind = vmRestoreKind({ ...made.parts, startChild: async () => 'no bridge' });
    const { runner } = runnerWorld();
    runner.register(kind);
    const end = await runner.wait(await runner.start(kind, made.params, { requester: 'root@pam' }));
    expect(end.state).toBe('warnings');
    expect(made.document(100)?.config['name']).toBe('kept');
    await made.dispose();
  });

  test.each([
    ['that runs', { running: true }, {}, 'wrong-state'],
    ['that is locked', {}, { lock: 'backup' }, 'wrong-state'],
    ['that is protected', {}, { protection: 1 }, 'wrong-state'],
  ] as const)('over a guest %s is refused', async (_what, how, config, code) => {
    const made = await world();
    await made.addVm(100, { scsi0: old.disk, ...config }, how);
    await expect(made.kind.check({ ...made.params, force: true })).rejects.toMatchObject({ code });
    await expect(made.kind.check(made.params)).rejects.toMatchObject({ code: 'already-exists' });
    await made.dispose();
  });

  test('over a guest with linked clones of what would go is refused', async () => {
    const made = await world(true);
    await made.storages.storage('local').makeBase(quietContext(), '100/vm-100-disk-0.qcow2');
    const base = 'local:100/base-100-disk-0.qcow2';
    await made.store.write(guestKey(100), { ...made.document(100)!, config: { scsi0: base } });
    const clone = { vmid: 101, mode: 'linked' as const };
    await made.storages.storage('local').clone(quietContext(), '100/base-100-disk-0.qcow2', clone);
    await expect(made.kind.check(made.params)).rejects.toMatchObject({
      code: 'busy',
      data: { clones: [101] },
    });
    await made.dispose();
  });
});
