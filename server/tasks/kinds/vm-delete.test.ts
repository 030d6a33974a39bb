// The task `qmdestroy` under the suite of task kinds: it goes on to the end, and takes only what is the guest's own.
import { expect, test } from 'vitest';
import { describeTaskKind } from '../../../test/contracts/task-kind.ts';
import { runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import { type VmWorld, vmWorld } from '../../../test/fixtures/vm-world.ts';
import { guestKey } from '../../guests/config/guest-document.ts';
import { vmDeleteKind } from './vm-delete.ts';

const disk = (number: number, vmid = 100) => `local:${vmid}/vm-${vmid}-disk-${number}.qcow2`;

async function world(): Promise<VmWorld> {
  const made = await vmWorld();
  await made.addVolume('local:iso/a.iso');
  await made.addVolume(disk(7));
  await made.addVm(100, { scsi0: disk(0), unused0: disk(1), ide2: 'local:iso/a.iso,media=cdrom' });
  await made.addVm(101, { scsi0: disk(0, 101) });
  return made;
}

describeTaskKind('qmdestroy', async () => {
  const made = await world();
  const kind = vmDeleteKind(made.parts);
  const params = { vmid: 100, unreferenced: true };
  return made.under(kind, params, async () => (made.document(100) ? { kind, params } : undefined));
});

async function destroy(made: VmWorld, unreferenced: boolean) {
  const { runner } = runnerWorld();
  runner.register(vmDeleteKind(made.parts));
  const ended = await runner.wait(
    await runner.start('qmdestroy', { vmid: 100, unreferenced }, { requester: 'root@pam' }),
  );
  const { volumes, documents } = await made.snapshot();
  await made.dispose();
  return { ended, volumes: volumes.map((line) => line.split(' ')[0]), documents };
}

test.each([
  [true, [disk(0, 101), 'local:iso/a.iso']],
  [false, [disk(7), disk(0, 101), 'local:iso/a.iso']],
])('unreferenced volumes: %s', async (unreferenced, left) => {
  const { ended, volumes, documents } = await destroy(await world(), unreferenced);
  expect(ended.state).toBe('ok');
  expect(volumes).toEqual(left);
  expect(documents).toHaveLength(1);
});

test('a volume that another guest refers to stays', async () => {
  const made = await world();
  await made.addVm(102, { scsi0: disk(1) });
  const { ended, volumes } = await destroy(made, true);
  expect(ended.state).toBe('ok');
  expect(volumes).toContain(disk(1));
  expect(volumes).not.toContain(disk(0));
});

test('with purge it goes out of the backup jobs, and the log says so', async () => {
  for (const purge of [true, false]) {
    const made = await world();
    const { runner, log } = runnerWorld();
    runner.register(vmDeleteKind(made.parts));
    const options = { schedule: '02:00', enabled: true, vmid: '100,101' };
    await made.store.write('backup-jobs/night', { options, since: 1 });
    const params = { vmid: 100, unreferenced: false, purge };
    const upid = await runner.start('qmdestroy', params, { requester: 'root@pam' });
    expect((await runner.wait(upid)).state).toBe('ok');
    const left = made.store.read('backup-jobs/night')?.value;
    expect(left).toEqual({ options: { ...options, vmid: purge ? '101' : '100,101' }, since: 1 });
    expect(log(upid).includes("removed from backup job 'night'")).toBe(purge);
    await made.dispose();
  }
});

test.each([
  ['running', async (made: VmWorld) => made.addVm(100, { scsi0: disk(0) }, { running: true })],
  ['protected', async (made: VmWorld) => made.addVm(100, { scsi0: disk(0), protection: 1 })],
])('a guest that is %s is not removed', async (_what, prepare) => {
  const made = await world();
  await prepare(made);
  const { ended, volumes, documents } = await destroy(made, true);
  expect(ended).toMatchObject({ state: 'failed', errorCode: 'wrong-state' });
  expect(volumes).toContain(disk(0));
  expect(documents).toHaveLength(2);
});

test('what lies on a storage that is not configured any more is named as left', async () => {
  const made = await world();
  const document = made.document(100)!;
  const config = { ...document.config, scsi1: 'gone:vm-100-disk-5,size=1G' };
  await made.store.write(guestKey(100), { ...document, config });
  const { ended, volumes, documents } = await destroy(made, false);
  expect(ended).toMatchObject({ state: 'warnings', warnings: 1 });
  expect(volumes).not.toContain(disk(0));
  expect(documents).toHaveLength(1);
});
