// kill -9 of the real daemon at every boundary of making and removing a VM: the next start leaves no trace, or a whole guest.
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VmParts } from '../../server/guests/vm-parts.ts';
import { vmCreateKind } from '../../server/tasks/kinds/vm-create.ts';
import { vmDeleteKind } from '../../server/tasks/kinds/vm-delete.ts';
import { vmStartKind } from '../../server/tasks/kinds/vm-start.ts';
import { boundariesOf, CrashWorld, endsBefore, stepsOf, undoBoundariesOf, undoLines } from './crash-world.ts';

// Only the names of the steps are read.
const noParts = {} as VmParts;
const create = stepsOf(vmCreateKind(noParts));
const destroy = stepsOf(vmDeleteKind(noParts));
const startStepNames = new Set(vmStartKind(noParts).steps.map(({ name }) => name));
/** 1 MiB. */
const smallDisk = 'local:0.0009765625';

const world = new CrashWorld();
const { daemon } = world;
let nextVmid = 100;

beforeAll(() => daemon.start());
afterAll(() => daemon.dispose());

const newGuest = (vmid: number, start = 0) => ({
  ...{ vmid, memory: 32, start },
  ...{ scsi0: smallDisk, scsi1: smallDisk },
});

async function expectNothingLeft(vmid: number): Promise<void> {
  expect(await world.storageEntries()).toEqual([]);
  expect(await daemon.domains()).toEqual([]);
  expect(await world.guestExists(vmid)).toBe(false);
  expect(world.hasRunDirectory(vmid)).toBe(false);
  expect(existsSync(`/var/log/libvirt/qemu/${world.domainOf(vmid)}.log`)).toBe(false);
}

/** A new operation on the number goes through at once: nobody holds its lock. */
async function makeAndRemove(vmid: number): Promise<void> {
  const made = await daemon.ok<string>('POST', '/nodes/testnode/qemu', newGuest(vmid));
  expect(await daemon.taskEnd(made, 10_000)).toBe('OK');
  const removed = await daemon.ok<string>('DELETE', `/nodes/testnode/qemu/${vmid}`);
  expect(await daemon.taskEnd(removed, 10_000)).toBe('OK');
  await expectNothingLeft(vmid);
}

describe('a crash while a VM is made', () => {
  it.each(boundariesOf(create))('at %s', async (spec) => {
    const vmid = nextVmid++;
    const start = startStepNames.has(spec.split(':')[1] ?? '') ? 1 : 0;
    await world.crash(spec, () => daemon.call('POST', '/nodes/testnode/qemu', newGuest(vmid, start)));
    await world.recover();

    const task = await world.newest('qmcreate');
    const log = await world.log(task.upid);
    expect(task.id).toBe(String(vmid));
    if (endsBefore(create, spec)) {
      expect(task).toMatchObject({ state: 'ok', status: 'OK' });
      expect(await world.storageEntries()).toEqual([
        `images/${vmid}`,
        `images/${vmid}/vm-${vmid}-disk-0.qcow2`,
        `images/${vmid}/vm-${vmid}-disk-1.qcow2`,
      ]);
      expect(await daemon.ok('GET', `/nodes/testnode/qemu/${vmid}/config`)).toMatchObject({
        scsi0: `local:${vmid}/vm-${vmid}-disk-0.qcow2,size=1M`,
        scsi1: `local:${vmid}/vm-${vmid}-disk-1.qcow2,size=1M`,
      });
      expect(await daemon.domains()).toEqual(start ? [world.domainOf(vmid)] : []);
      if (start) expect(await daemon.task('POST', `/nodes/testnode/qemu/${vmid}/status/stop`)).toBe('OK');
      expect(await daemon.task('DELETE', `/nodes/testnode/qemu/${vmid}`)).toBe('OK');
    } else {
      expect(task.state).toBe('interrupted');
      const undone = undoLines(create, spec);
      expect(log.filter((line) => line.startsWith('undoing step'))).toEqual(undone);
      expect(log.join('\n')).not.toContain('could not undo');
      if (spec.split(':')[1] === '') expect(task.status).toContain('before it began');
      else expect(log).toContain('the daemon was restarted; undoing what this task had begun');
      await expectNothingLeft(vmid);
    }
    await makeAndRemove(vmid);
  });

  it.each(undoBoundariesOf(create))('and another while it is undone, at %s', async (spec) => {
    const vmid = nextVmid++;
    const last = `qmcreate:${create.steps.at(-1)?.name}:after-run`;
    await world.crash(last, () => daemon.call('POST', '/nodes/testnode/qemu', newGuest(vmid, 1)));
    expect(await daemon.domains()).toEqual([world.domainOf(vmid)]);
    await world.crashInRecovery(spec);
    await world.recover();

    expect(await world.newest('qmcreate')).toMatchObject({ id: String(vmid), state: 'interrupted' });
    await expectNothingLeft(vmid);
    await makeAndRemove(vmid);
  });
});

describe('a crash while a VM is removed', () => {
  it.each(boundariesOf(destroy))('at %s', async (spec) => {
    const vmid = nextVmid++;
    expect(await daemon.task('POST', '/nodes/testnode/qemu', newGuest(vmid))).toBe('OK');
    await world.crash(spec, () => daemon.call('DELETE', `/nodes/testnode/qemu/${vmid}`));
    await world.recover();

    const task = await world.newest('qmdestroy');
    expect(task).toMatchObject({ id: String(vmid), state: 'ok', status: 'OK' });
    if (!endsBefore(destroy, spec))
      expect(await world.log(task.upid)).toContain('the daemon was restarted; going on');
    await expectNothingLeft(vmid);
    await makeAndRemove(vmid);
  });
});
