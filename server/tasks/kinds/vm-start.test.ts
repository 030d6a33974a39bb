// The task `qmstart` under the suite of task kinds: it goes on after a crash, and its undo leaves the guest stopped.
import { expect, test } from 'vitest';
import { describeTaskKind } from '../../../test/contracts/task-kind.ts';
import { runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import { unwinding, vmWorld } from '../../../test/fixtures/vm-world.ts';
import { quietContext } from '../../core/work-context.ts';
import { vmStartKind } from './vm-start.ts';

const config = {
  memory: '512',
  scsi0: 'local:100/vm-100-disk-0.qcow2,size=1G',
  ide2: 'local:iso/a.iso,media=cdrom',
  net0: 'virtio=BC:24:11:00:00:01,bridge=vmbr0',
  hookscript: 'local:snippets/hook.pl',
};

async function world() {
  const made = await vmWorld();
  await made.addVolume('local:iso/a.iso');
  await made.addVolume('local:snippets/hook.pl');
  await made.addVm(100, config);
  return made;
}

describeTaskKind('qmstart', async () => {
  const made = await world();
  return made.under(vmStartKind(made.parts), { vmid: 100 });
});

describeTaskKind('qmstart, undone', async () => {
  const made = await world();
  return made.under(unwinding(vmStartKind(made.parts)), { vmid: 100 });
});

test('names the volume that is missing, and the guest stays as it was', async () => {
  const made = await vmWorld();
  await made.addVm(100, { scsi0: 'local:100/vm-100-disk-0.qcow2' });
  await made.storages.storage('local').remove(quietContext(), '100/vm-100-disk-0.qcow2');
  const { runner } = runnerWorld();
  runner.register(vmStartKind(made.parts));
  const ended = await runner.wait(await runner.start('qmstart', { vmid: 100 }, { requester: 'root@pam' }));
  expect(ended).toMatchObject({ state: 'failed', errorCode: 'not-found' });
  expect(ended.exitStatus).toContain('vm-100-disk-0.qcow2');
  expect(await made.snapshot()).toMatchObject({ guests: [], attached: [] });
  await made.dispose();
});
