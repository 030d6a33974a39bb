// The task `imgdel` under the suite of task kinds; what somebody uses stays.
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { describeTaskKind } from '../../../test/contracts/task-kind.ts';
import { runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import { vmWorld } from '../../../test/fixtures/vm-world.ts';
import { imgDeleteKind } from './img-delete.ts';
import { vmMoveDiskKind } from './vm-move-disk.ts';

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
