// The task `voladopt` under the suite of task kinds; what is not the guest's stays as it is. And the finder that it is for.
import { expect, test } from 'vitest';
import { describeTaskKind } from '../../../test/contracts/task-kind.ts';
import { runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import { vmWorld } from '../../../test/fixtures/vm-world.ts';
import { quietContext } from '../../core/work-context.ts';
import { createOrphanFinder } from '../../guests/orphan-finder.ts';
import { volumeAdoptKind } from './volume-adopt.ts';

const orphan = 'local:100/vm-100-disk-9.raw';
const disk = 'local:100/vm-100-disk-0.qcow2';

async function world() {
  const made = await vmWorld();
  await made.addVm(100, { scsi0: disk, unused0: 'local:100/vm-100-disk-1.raw' });
  await made.addVolume(orphan);
  return made;
}

describeTaskKind('voladopt', async () => {
  const made = await world();
  const kind = volumeAdoptKind({ storages: made.faultyStorages, store: made.parts.store });
  return made.under(kind, { volid: orphan, vmid: 100 });
});

test('the guest has it as an unused disk, beside those it had; then it is no orphan any more', async () => {
  const made = await world();
  const { runner } = runnerWorld();
  const kind = volumeAdoptKind({ storages: made.storages, store: made.store });
  runner.register(kind);
  const find = createOrphanFinder({
    store: made.store,
    storages: made.storages,
    tasks: { unended: () => [] },
  });
  const found = await find(quietContext(), 'local');
  expect(found.map(({ info, reason }) => [info.name, reason])).toEqual([
    ['100/vm-100-disk-9.raw', 'not-named'],
  ]);
  expect(await find(quietContext(), 'local', 101)).toEqual([]);
  const upid = await runner.start(kind, { volid: orphan, vmid: 100 }, { requester: 'root@pam' });
  expect((await runner.wait(upid)).exitStatus).toBe('OK');
  expect(made.document(100)?.config).toMatchObject({
    unused0: 'local:100/vm-100-disk-1.raw',
    unused1: orphan,
  });
  expect(await find(quietContext(), 'local')).toEqual([]);
  await made.dispose();
});

test.each([
  [{ volid: disk, vmid: 100 }, 'busy'],
  [{ volid: orphan, vmid: 101 }, 'invalid-input'],
  [{ volid: 'local:200/vm-200-disk-0.raw', vmid: 200 }, 'not-found'],
  [{ volid: 'local:100/vm-100-disk-8.raw', vmid: 100 }, 'not-found'],
  [{ volid: 'local:iso/a.iso', vmid: 100 }, 'invalid-input'],
])('%j is refused', async (params, code) => {
  const made = await world();
  await made.addVolume('local:200/vm-200-disk-0.raw');
  await made.addVolume('local:iso/a.iso');
  const kind = volumeAdoptKind({ storages: made.storages, store: made.store });
  await expect(kind.check(params)).rejects.toMatchObject({ code });
  await made.dispose();
});
