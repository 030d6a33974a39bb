// The task `qmcreate` under the suite of task kinds, with disks of every origin, with and without a start.
import { describe, expect, test } from 'vitest';
import { describeTaskKind } from '../../../test/contracts/task-kind.ts';
import { runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import { vmWorld } from '../../../test/fixtures/vm-world.ts';
import { gibibyte } from '../../core/units.ts';
import { mergeConfigChange } from '../../guests/config/merge-config-change.ts';
import { vmCreateKind } from './vm-create.ts';

const generate = { mac: () => 'BC:24:11:00:00:01', uuid: () => '11111111-2222-4333-8444-555555555555' };
const twoDisks = {
  memory: 512,
  scsi0: 'local:2,format=raw',
  scsi1: 'other:0,import-from=local:import/cloud.qcow2',
  scsi2: 'other:0,import-from=/srv/box.vmdk',
  ide2: 'local:iso/a.iso,media=cdrom',
  net0: 'virtio,bridge=vmbr0',
};

async function world(set: Readonly<Record<string, string | number>>, start: boolean) {
  const made = await vmWorld();
  await made.addVolume('local:import/cloud.qcow2');
  await made.addVolume('local:iso/a.iso');
  const change = mergeConfigChange({}, set, [], {
    vmid: 100,
    create: true,
    meta: made.parts.meta(),
    generate,
  });
  return { ...made, kind: vmCreateKind(made.parts), params: { vmid: 100, change, start } };
}

for (const start of [false, true]) {
  describeTaskKind(`qmcreate ${start ? 'with' : 'without'} a start`, async () => {
    const made = await world(twoDisks, start);
    return made.under(made.kind, { ...made.params, pool: 'office' });
  });
}

describe('qmcreate', () => {
  async function create(set: Readonly<Record<string, string | number>>, start = false) {
    const made = await world(set, start);
    const tasks = runnerWorld();
    tasks.runner.register(made.kind);
    const run = async () =>
      tasks.runner.wait(await tasks.runner.start('qmcreate', made.params, { requester: 'root@pam' }));
    return { ...made, run, tasks };
  }

  test('makes the volumes, notes their sizes, and starts', async () => {
    const made = await create(twoDisks, true);
    expect(await made.run()).toMatchObject({ state: 'ok', objectId: '100' });
    const { config, running } = made.document(100)!;
    expect(config).toMatchObject({
      scsi0: 'local:100/vm-100-disk-0.raw,size=2G',
      scsi1: 'other:100/vm-100-disk-0.qcow2,size=1K',
      boot: 'order=scsi0;ide2;net0',
    });
    expect(running).toEqual(config);
    expect(await made.sizeOf('local:100/vm-100-disk-0.raw')).toBe(2 * gibibyte);
    expect((await made.snapshot()).attached).not.toContain('local:import/cloud.qcow2');
    await made.dispose();
  });

  test('does not take the place of a volume that bears its number already', async () => {
    const made = await create({ scsi0: 'local:1' });
    await made.addVolume('local:100/vm-100-disk-0.qcow2', 5 * gibibyte);
    expect((await made.run()).state).toBe('ok');
    expect(made.document(100)?.config['scsi0']).toBe('local:100/vm-100-disk-1.qcow2,size=1G');
    expect(await made.sizeOf('local:100/vm-100-disk-0.qcow2')).toBe(5 * gibibyte);
    await made.dispose();
  });

  test('needs no hypervisor to take back what it did without a start', async () => {
    const made = await create({ scsi0: 'local:1', scsi1: 'local:0,import-from=local:import/none.qcow2' });
    made.driver.disconnect();
    expect(await made.run()).toMatchObject({
      state: 'failed',
      exitStatus: expect.not.stringContaining('could not undo'),
    });
    made.driver.reconnect();
    expect(await made.snapshot()).toMatchObject({ documents: [], guests: [] });
    await made.dispose();
  });

  test('refuses a number that is taken', async () => {
    const made = await create({ scsi0: 'local:1' });
    await made.addVm(100, { name: 'first' });
    expect(await made.run()).toMatchObject({ state: 'failed', errorCode: 'already-exists' });
    expect(made.document(100)?.config).toEqual({ name: 'first' });
    await made.dispose();
  });
});
