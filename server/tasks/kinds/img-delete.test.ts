// The task `imgdel` under the suite of task kinds; what somebody uses stays.
import { expect, test } from 'vitest';
import { describeTaskKind } from '../../../test/contracts/task-kind.ts';
import { vmWorld } from '../../../test/fixtures/vm-world.ts';
import { imgDeleteKind } from './img-delete.ts';

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
