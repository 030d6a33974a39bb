// The task `imgdel` under the suite of task kinds; what somebody uses stays.
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { describeTaskKind } from '../../../test/contracts/task-kind.ts';
import { runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import { vmWorld } from '../../../test/fixtures/vm-world.ts';
import { quietContext } from '../../core/work-context.ts';
import { type GuestDocument, guestKey } from '../../guests/config/guest-document.ts';
import { imgDeleteKind } from './img-delete.ts';
import { vmMoveDiskKind } from './vm-move-disk.ts';

const iso = 'local:iso/a.iso';

describeTaskKind('imgdel', async () => {
  const made = await vmWorld();
  await made.addVolume('local:iso/a.iso');
  await made.addVolume('local:iso/b.iso');
  return made.under(imgDeleteKind(made.faultyStorages), { volid: 'local:iso/a.iso' });
});

test.each(['local:iso/a.iso', 'local:100/vm-100-disk-0.qcow2', 'local:100/vm-100-disk-1.qcow2'])(
  '%s is used by a guest',
  async (volid) => {
    const made = await vmWorld();
    await made.addVolume('local:iso/a.iso');
    await made.addVm(100, {
      scsi0: 'local:100/vm-100-disk-0.qcow2',
      unused0: 'local:100/vm-100-disk-1.qcow2',
      ide2: 'local:iso/a.iso,media=cdrom',
    });
    const refused = imgDeleteKind(made.storages).check({ volid });
    await expect(refused).rejects.toMatchObject({ code: 'busy', message: expect.stringContaining('VM 100') });
    await made.dispose();
  },
);

test.each<[string, Partial<GuestDocument>]>([
  ['a snapshot names it', { snapshots: { first: { config: { ide2: `${iso},media=cdrom` }, snaptime: 1 } } }],
  ['it goes on being in the drive of the running machine', { running: { ide2: `${iso},media=cdrom` } }],
  ['it comes into the drive with the next start', { config: { ide2: `${iso},media=cdrom` }, running: {} }],
])('%s', async (_what, part) => {
  const made = await vmWorld();
  await made.addVolume(iso);
  const guest = { kind: 'qemu', vmid: 100, node: 'pve1', config: {}, createdAt: 1 } as const;
  await made.store.write(guestKey(100), { ...guest, ...part });
  const refused = imgDeleteKind(made.storages).check({ volid: iso });
  await expect(refused).rejects.toMatchObject({ code: 'busy', message: expect.stringContaining('VM 100') });
  await made.dispose();
});

test('the drive of cloud-init, and what holds the memory of a guest', async () => {
  const made = await vmWorld();
  const [drive, memory] = ['local:100/vm-100-cloudinit.raw', 'local:100/vm-100-state-first.raw'];
  for (const volid of [drive, memory]) await made.addVolume(volid);
  const snapshots = { first: { config: {}, snaptime: 1, memory: { volume: memory, digest: 'd' } } };
  const guest = { kind: 'qemu', vmid: 100, node: 'pve1', createdAt: 1 } as const;
  await made.store.write(guestKey(100), { ...guest, config: { ide2: `${drive},media=cdrom` }, snapshots });
  for (const volid of [drive, memory])
    await expect(imgDeleteKind(made.storages).check({ volid })).rejects.toMatchObject({ code: 'busy' });
  await made.dispose();
});

test('a base goes when its linked clones are gone', async () => {
  const made = await vmWorld();
  const { runner } = runnerWorld();
  const kind = imgDeleteKind(made.storages);
  runner.register(kind);
  await made.addVolume('local:100/vm-100-disk-0.qcow2');
  const local = made.storages.storage('local');
  const base = await local.makeBase(quietContext(), '100/vm-100-disk-0.qcow2');
  const clone = await local.clone(quietContext(), base.name, { vmid: 101, mode: 'linked' });
  const remove = async (name: string) =>
    await runner.wait(await runner.start(kind, { volid: `local:${name}` }, { requester: 'root@pam' }));
  const refused = await remove(base.name);
  expect(refused).toMatchObject({ errorCode: 'busy', exitStatus: expect.stringContaining(clone.name) });
  expect((await remove(clone.name)).exitStatus).toBe('OK');
  expect((await remove(base.name)).exitStatus).toBe('OK');
  await made.dispose();
});

test('a copy in the making is not deleted under the guest that is to use it', async () => {
  const made = await vmWorld();
  await made.addVm(100, { scsi0: 'local:100/vm-100-disk-0.qcow2,size=1G' }, { running: true });
  const { runner } = runnerWorld();
  const move = vmMoveDiskKind(made.parts);
  const remove = imgDeleteKind(made.storages);
  runner.register(move);
  runner.register(remove);
  const copy = 'other:100/vm-100-disk-0.qcow2';
  let deletion: Promise<string> | undefined;
  const mirror = made.driver.mirrorDisk.bind(made.driver);
  made.driver.mirrorDisk = async (...args) => {
    await mirror(...args);
    deletion = runner.start(remove, { volid: copy }, { requester: 'root@pam' });
    await delay(100);
  };
  const params = { vmid: 100, key: 'scsi0', storage: 'other', remove: false, digest: undefined };
  const moved = await runner.wait(await runner.start(move, params, { requester: 'root@pam' }));
  expect(moved.exitStatus).toBe('OK');
  const ended = await runner.wait(await deletion!);
  expect(ended).toMatchObject({ errorCode: 'busy', exitStatus: expect.stringContaining('VM 100') });
  expect((await made.snapshot()).volumes.join()).toContain(copy);
  await made.dispose();
});
