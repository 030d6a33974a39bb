// One guest's backup under the suite of task kinds, in each mode; what is read, what is written, and what comes of trouble meanwhile.
import { describe, expect, test } from 'vitest';
import { describeTaskKind } from '../../../test/contracts/task-kind.ts';
import { type BackupWorld, backupWorld, guestParams } from '../../../test/fixtures/backup-world.ts';
import { runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import type { WriteVmaOrder } from '../../backup/worker/worker-orders.ts';
import { AppError } from '../../core/errors.ts';
import { quietContext } from '../../core/work-context.ts';
import type { VmConfig } from '../../guests/config/config-keys.ts';
import { vmTaskKinds } from './vm-kinds.ts';
import { type GuestBackupParams, guestBackupKind } from './vzdump-guest.ts';

const config: VmConfig = {
  agent: '1',
  bios: 'ovmf',
  boot: 'order=scsi0',
  description: 'web: 100%\nof Größe',
  efidisk0: 'local:100/vm-100-disk-1.raw,size=528K',
  ide2: 'none,media=cdrom',
  memory: 512,
  name: 'web',
  scsi0: 'local:100/vm-100-disk-0.qcow2,size=1G',
  scsi1: 'local:100/vm-100-disk-2.raw,backup=0,size=1G',
  unused0: 'local:100/vm-100-disk-3.qcow2',
};
const archive = 'vzdump-qemu-100-1970_01_12-14_46_40.vma.zst';

async function world(running = false): Promise<BackupWorld> {
  const made = await backupWorld();
  await made.addVm(100, config, { running });
  return made;
}

for (const [name, running, more] of [
  ['a stopped VM', false, {}],
  ['a running VM', true, {}],
  ['a running VM, suspended for a moment', true, { mode: 'suspend' }],
  ['a running VM, stopped for a moment', true, { mode: 'stop' }],
  [
    'a VM with notes, protection and retention',
    false,
    { notesTemplate: '{{guestname}}', protect: true, keep: 'keep-last=1' },
  ],
] as const)
  describeTaskKind(`vzdump of ${name}`, async () => {
    const made = await world(running);
    const kind = guestBackupKind(made.backupParts);
    // What is missing of one that broke off when its archive was in place is its extras.
    return made.under(kind, guestParams(100, more), async () => {
      const storage = made.storages.storage('other');
      const name = `backup/${archive}`;
      await storage.annotate(quietContext(), name, { protected: false }).catch(() => {});
      await storage.remove(quietContext(), name);
      return { kind, params: guestParams(100, more) };
    });
  });

async function run(
  made: BackupWorld,
  params: GuestBackupParams,
  meanwhile: (upid: string) => Promise<void> = async () => {},
) {
  const runners = runnerWorld();
  runners.runner.register(guestBackupKind(made.backupParts));
  for (const kind of vmTaskKinds(made.parts)) runners.runner.register(kind);
  const upid = await runners.runner.start('vzdump', params, { requester: 'joe@pve' });
  await meanwhile(upid);
  const record = await runners.runner.wait(upid);
  return { ...runners, record, log: runners.log(upid), upid };
}

describe('a backup of a running VM', () => {
  test('reads what QEMU shows, and lets the guest go on', async () => {
    const made = await world(true);
    const { record, log } = await run(made, guestParams(100));
    expect(record).toMatchObject({ exitStatus: 'OK', description: 'VM 100 - Backup', objectId: '100' });
    const order = made.orders.find((one): one is WriteVmaOrder => one.kind === 'write-vma')!;
    expect(order.disks.map(({ device, from }) => [device, from.kind])).toEqual([
      ['drive-efidisk0', 'image'],
      ['drive-scsi0', 'nbd'],
    ]);
    expect(order.archive.name).toBe(archive);
    expect(order.texts).toEqual([
      {
        name: 'qemu-server.conf',
        text: [
          '#web%3A 100%25',
          '#of Gr%C3%B6%C3%9Fe',
          ...['agent: 1', 'bios: ovmf', 'boot: order=scsi0'],
          'efidisk0: local:100/vm-100-disk-1.raw,size=528K',
          ...['ide2: none,media=cdrom', 'memory: 512', 'name: web'],
          'scsi0: local:100/vm-100-disk-0.qcow2,size=1G',
          'scsi1: local:100/vm-100-disk-2.raw,backup=0,size=1G',
          '#qmdump#map:efidisk0:drive-efidisk0:local:raw:',
          '#qmdump#map:scsi0:drive-scsi0:local:qcow2:',
          '',
        ].join('\n'),
      },
    ]);
    expect(log).toEqual(
      expect.arrayContaining([
        'INFO: Starting Backup of VM 100 (qemu)',
        'INFO: Backup started at 1970-01-12 14:46:40',
        'INFO: status = running',
        'INFO: VM Name: web',
        "INFO: include disk 'scsi0' 'local:100/vm-100-disk-0.qcow2' 1G",
        "INFO: exclude disk 'scsi1' 'local:100/vm-100-disk-2.raw' (backup=no)",
        "INFO: skip unused drive 'local:100/vm-100-disk-3.qcow2' (not included into backup)",
        'INFO: backup mode: snapshot',
        'INFO: Finished Backup of VM 100 (00:00:00)',
      ]),
    );
    const kept = await made.storages.storage('other').readBeside(quietContext(), `backup/${archive}`, 'log');
    expect(Buffer.from(kept ?? '').toString()).toContain(
      '1970-01-12 14:46:40 INFO: Starting Backup of VM 100 (qemu)\n',
    );
    expect(made.document(100)?.config).toEqual(config);
    expect(made.states.stateOf(100)).toBe('running');
    await made.dispose();
  });

  test('freezes its file systems only where its processors go and its agent is to be asked', async () => {
    for (const [more, frozen] of [
      [{}, true],
      [{ mode: 'suspend' }, false],
    ] as const) {
      const made = await world(true);
      let freeze: boolean | undefined;
      made.onOrder = async () => {
        freeze ??= made.driver.backupOf(100)?.freeze;
      };
      await run(made, guestParams(100, more));
      expect(freeze).toBe(frozen);
      await made.dispose();
    }
  });

  test('keeps changes, snapshots and starts out, and lets a stop through, which ends it', async () => {
    const made = await world(true);
    const { promise: reached, resolve } = Promise.withResolvers<void>();
    made.onOrder = async (_order, signal) => {
      resolve();
      await new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(new AppError('cancelled', 'ended'))),
      );
    };
    const { runner } = runnerWorld();
    runner.register(guestBackupKind(made.backupParts));
    for (const kind of vmTaskKinds(made.parts)) runner.register(kind);
    const requester = { requester: 'joe@pve' };
    const upid = await runner.start('vzdump', guestParams(100), requester);
    await reached;
    expect(made.document(100)?.config['lock']).toBe('backup');
    const others: [string, object][] = [
      ['qmsnapshot', { vmid: 100, name: 'a', memory: false }],
      ['qmmove', { vmid: 100, key: 'scsi0', storage: 'other', remove: false }],
    ];
    for (const [type, params] of others) {
      const ended = await runner.wait(await runner.start(type, params, requester));
      expect(ended).toMatchObject({ state: 'failed', exitStatus: 'VM is locked (backup)' });
    }
    const stopped = await runner.wait(await runner.start('qmstop', { vmid: 100 }, requester));
    expect(stopped.exitStatus).toBe('OK');
    const ended = await runner.wait(upid);
    expect(ended).toMatchObject({ state: 'failed', exitStatus: 'VM 100 was ended meanwhile' });
    expect(made.document(100)?.config).toEqual(config);
    expect(made.states.stateOf(100)).toBe('stopped');
    expect((await made.snapshot()).volumes.join()).not.toContain('backup/');
    await made.dispose();
  });

  test('given up for want of room, it says so and leaves the guest as it was', async () => {
    const made = await world(true);
    made.onOrder = async (_order, signal) => {
      const ended = new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(new AppError('cancelled', 'the worker was ended'))),
      );
      made.driver.failBackup(100, new AppError('no-capacity', 'the room runs out'));
      await ended;
    };
    const before = await made.snapshot();
    const { record } = await run(made, guestParams(100));
    expect(record).toMatchObject({
      state: 'failed',
      errorCode: 'no-capacity',
      exitStatus: 'the room runs out',
    });
    expect(await made.snapshot()).toEqual(before);
    await made.dispose();
  });

  test('one that does not shut down in time fails, and runs on', async () => {
    const made = await world(true);
    made.driver.deaf.add(100);
    const { record } = await run(made, guestParams(100, { mode: 'stop', stopWaitMinutes: 0 }));
    expect(record).toMatchObject({ state: 'failed', exitStatus: 'it did not shut down within 0 minutes' });
    expect(made.states.stateOf(100)).toBe('running');
    expect(made.document(100)?.config).toEqual(config);
    await made.dispose();
  });

  test('stopped for it, it runs again before its disks are read', async () => {
    const made = await world(true);
    let state: string | undefined;
    made.onOrder = async ({ kind }) => {
      if (kind === 'write-vma') state = made.states.stateOf(100);
    };
    const { record } = await run(made, guestParams(100, { mode: 'stop' }));
    expect([record.exitStatus, state]).toEqual(['OK', 'running']);
    expect(made.document(100)?.running).toEqual(config);
    await made.dispose();
  });
});

describe.each([false, true])('a backup of a VM without drives (running: %s)', (running) => {
  const bare: VmConfig = {
    ...{ bios: 'ovmf', memory: 512, name: 'bare', agent: '1' },
    efidisk0: 'local:100/vm-100-disk-1.raw,size=528K',
    tpmstate0: 'local:100/vm-100-disk-2.raw,size=4M,version=v2.0',
  };

  test.each(['snapshot', 'suspend', 'stop'] as const)(
    'in mode %s has its firmware and its TPM',
    async (mode) => {
      const made = await backupWorld();
      await made.addVm(100, bare, { running });
      const before = await made.snapshot();
      const { record } = await run(made, guestParams(100, { mode }));
      expect(record.exitStatus).toBe('OK');
      const order = made.orders.find((one): one is WriteVmaOrder => one.kind === 'write-vma')!;
      expect(order.disks.map(({ device, from }) => [device, from.kind])).toEqual([
        ['drive-efidisk0', 'image'],
        ['drive-tpmstate0-backup', 'image'],
      ]);
      const { guests, attached } = await made.snapshot();
      expect({ guests, attached }).toEqual({ guests: before.guests, attached: before.attached });
      await made.dispose();
    },
  );
});

describe('a backup', () => {
  test('is refused of a guest that another operation holds', async () => {
    const made = await backupWorld();
    await made.addVm(100, { ...config, lock: 'migrate' });
    const { record } = await run(made, guestParams(100));
    expect(record).toMatchObject({ state: 'failed', exitStatus: 'VM is locked (migrate)' });
    await made.dispose();
  });

  test('calls its script at each stage, with what it needs to know', async () => {
    const made = await world(true);
    const script = '/usr/local/bin/hook';
    await run(made, guestParams(100, { mode: 'stop', script }));
    const facts = 'STOREID=other VMTYPE=qemu HOSTNAME=web';
    expect(made.hookCalls.map((call) => call.replaceAll(/\/\S*croft-memory\S*/g, '/file'))).toEqual([
      `backup-start stop 100 ${facts}`,
      `pre-stop stop 100 ${facts}`,
      `post-restart stop 100 ${facts}`,
      `backup-end stop 100 ${facts} TARGET=/file TARFILE=/file`,
      `log-end stop 100 ${facts} TARGET=/file TARFILE=/file LOGFILE=/file`,
    ]);
    await made.dispose();
  });

  test('fails with its script, which is told', async () => {
    const made = await world();
    made.onHook = async (phase) => {
      if (phase === 'backup-start') throw new AppError('command-failed', 'exit code 1');
    };
    const { record } = await run(made, guestParams(100, { script: '/usr/local/bin/hook' }));
    expect(record).toMatchObject({
      state: 'failed',
      exitStatus: 'script failed at backup-start: exit code 1',
    });
    expect(made.hookCalls.at(-1)).toMatch(/^backup-abort snapshot 100/);
    await made.dispose();
  });

  test('removes older ones by its retention, never protected or other guests ones', async () => {
    const made = await world();
    for (const name of [
      ...['vzdump-qemu-100-1969_01_01-00_00_00.vma.zst', 'vzdump-qemu-100-1970_01_01-00_00_00.vma.zst'],
      ...['vzdump-qemu-100-1970_01_02-00_00_00.vma.zst', 'vzdump-qemu-101-1970_01_01-00_00_00.vma.zst'],
      'vzdump-qemu-100-golden.vma.zst',
    ])
      await made.addVolume(`other:backup/${name}`);
    const kept = 'backup/vzdump-qemu-100-1970_01_02-00_00_00.vma.zst';
    await made.storages.storage('other').annotate(quietContext(), kept, { protected: true });
    const { record, log } = await run(made, guestParams(100, { keep: 'keep-last=1' }));
    expect(record.exitStatus).toBe('OK');
    expect(log).toContain('INFO: pruned 1 backup(s) not covered by keep-retention policy');
    const left = await made.storages.storage('other').list(quietContext(), { contents: ['backup'] });
    expect(left.map(({ name }) => name.replace('backup/vzdump-qemu-', '')).sort()).toEqual([
      '100-1969_01_01-00_00_00.vma.zst',
      ...['100-1970_01_02-00_00_00.vma.zst', '100-1970_01_12-14_46_40.vma.zst'],
      ...['100-golden.vma.zst', '101-1970_01_01-00_00_00.vma.zst'],
    ]);
    await made.dispose();
  });

  test('to be protected is refused before it begins where the storage has as many as it may', async () => {
    const made = await world(true);
    await made.storages.update('other', { set: { 'max-protected-backups': 1 } });
    const older = 'backup/vzdump-qemu-100-1970_01_01-00_00_00.vma.zst';
    await made.addVolume(`other:${older}`);
    await made.storages.storage('other').annotate(quietContext(), older, { protected: true });
    const script = '/usr/local/bin/hook';
    const { record } = await run(made, guestParams(100, { protect: true, script }));
    expect(record).toMatchObject({ state: 'failed', errorCode: 'wrong-state' });
    expect(record.exitStatus).toContain("limited to 1 on storage 'other'");
    expect([made.orders, made.hookCalls]).toEqual([[], []]);
    expect((await run(made, guestParams(100))).record.exitStatus).toBe('OK');
    await made.storages.storage('other').annotate(quietContext(), older, { protected: false });
    await made.storages.storage('other').remove(quietContext(), `backup/${archive}`);
    expect((await run(made, guestParams(100, { protect: true }))).record.exitStatus).toBe('OK');
    await made.dispose();
  });

  test('leaves an older one that is being restored, whatever its retention says', async () => {
    const made = await world();
    const older = 'other:backup/vzdump-qemu-100-1970_01_01-00_00_00.vma.zst';
    await made.addVolume(older);
    const { runner, log } = runnerWorld();
    const { promise: go, resolve } = Promise.withResolvers<void>();
    const kind = guestBackupKind(made.backupParts);
    const reading = { ...kind, type: 'qmrestore', locks: () => [{ scope: 'name', id: older } as const] };
    runner.register({ ...reading, check: async () => {}, steps: [{ name: 'read', run: async () => go }] });
    runner.register(kind);
    const root = { requester: 'root@pam' };
    const restore = await runner.start('qmrestore', guestParams(100), root);
    const upid = await runner.start('vzdump', guestParams(100, { keep: 'keep-last=1' }), root);
    expect((await runner.wait(upid)).exitStatus).toBe('OK');
    expect(log(upid).join('\n')).toContain(`kept '${older}': name ${older}, in use by "VM 100 - Backup"`);
    expect((await made.snapshot()).volumes.join()).toContain(older);
    resolve();
    await runner.wait(restore);
    await made.dispose();
  });

  test('whose extras cannot be kept is there all the same, with a warning', async () => {
    const made = await world();
    const storage = made.storages.storage('other');
    made.backupParts.target({ ...guestParams(100).options });
    const target = made.backupParts.target(guestParams(100).options);
    const parts = {
      ...made.backupParts,
      target: () => ({
        ...target,
        addBeside: async () => {
          throw new AppError('unsupported', 'no notes here');
        },
      }),
    };
    const { runner } = runnerWorld();
    runner.register(guestBackupKind(parts));
    const upid = await runner.start('vzdump', guestParams(100, { notesTemplate: 'a' }), {
      requester: 'root@pam',
    });
    expect((await runner.wait(upid)).exitStatus).toBe('WARNINGS: 2');
    expect((await storage.info(quietContext(), `backup/${archive}`)).sizeBytes).toBeGreaterThan(0);
    await made.dispose();
  });
});
