// kill -9 of the real daemon at every boundary of changing a running VM: its configuration, its volumes and what it runs with agree.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exec } from '../../server/core/exec.ts';
import type { VmParts } from '../../server/guests/vm-parts.ts';
import { vmConfigKind } from '../../server/tasks/kinds/vm-config.ts';
import { boundariesOf, CrashWorld, endsBefore, stepsOf, undoBoundariesOf, undoLines } from './crash-world.ts';

const configure = stepsOf(vmConfigKind({} as VmParts));
const world = new CrashWorld();
const { daemon } = world;
let vmid = 100;
/** 1 MiB. */
const smallDisk = 'local:0.0009765625';
const first = () => `${vmid}/vm-${vmid}-disk-0.qcow2`;
const second = () => `${vmid}/vm-${vmid}-disk-1.qcow2`;
const third = () => `${vmid}/vm-${vmid}-disk-2.qcow2`;
const path = () => `/nodes/testnode/qemu/${vmid}`;

beforeAll(() => daemon.start());
afterAll(() => daemon.dispose());

async function makeRunning(): Promise<void> {
  const guest = { vmid, memory: 32, scsihw: 'virtio-scsi-pci', scsi0: smallDisk, scsi2: smallDisk, start: 1 };
  expect(await daemon.task('POST', '/nodes/testnode/qemu', guest)).toBe('OK');
}

/** A disk comes, another goes for good. */
const change = () =>
  daemon.call('POST', `${path()}/config`, { name: 'changed', scsi1: smallDisk, delete: 'scsi2', force: 1 });

/** Configuration, storage and domain name the same disks. */
async function expectDisks(disks: readonly string[]): Promise<void> {
  const config = await daemon.ok<Record<string, string>>('GET', `${path()}/config`);
  const named = Object.values(config).flatMap(
    (value) => /^local:(\d+\/[^,]+)/.exec(String(value))?.[1] ?? [],
  );
  const { stdout } = await exec('virsh', ['-c', 'qemu:///system', 'dumpxml', world.domainOf(vmid)]);
  const opened = [...stdout.matchAll(/images\/(\d+\/[^']+)'/g)].map((match) => match[1]);
  const stored = (await world.storageEntries()).flatMap(
    (entry) => /^images\/(\d+\/.+)/.exec(entry)?.[1] ?? [],
  );
  expect({ named: named.sort(), opened: opened.sort(), stored }).toEqual({
    named: disks,
    opened: disks,
    stored: disks,
  });
  const pending = await daemon.ok<{ pending?: unknown; delete?: number }[]>('GET', `${path()}/pending`);
  expect(pending.filter((line) => line.pending !== undefined || line.delete !== undefined)).toEqual([]);
}

/** The next change and the end go through at once: nobody holds a lock. */
async function finish(): Promise<void> {
  const next = await daemon.ok<string>('POST', `${path()}/config`, { description: 'next' });
  expect(await daemon.taskEnd(next, 10_000)).toBe('OK');
  expect(await daemon.task('POST', `${path()}/status/stop`)).toBe('OK');
  expect(await daemon.task('DELETE', path())).toBe('OK');
  expect(await world.storageEntries()).toEqual([]);
  vmid += 1;
}

describe('a crash while a running VM is changed', () => {
  it.each(boundariesOf(configure))('at %s', async (spec) => {
    await makeRunning();
    await world.crash(spec, change);
    await world.recover();

    const task = await world.newest('qmconfig');
    const config = await daemon.ok<{ name?: string }>('GET', `${path()}/config`);
    if (endsBefore(configure, spec)) {
      expect(task).toMatchObject({ state: 'ok' });
      expect(config.name).toBe('changed');
      await expectDisks([first(), third()]);
    } else {
      expect(task).toMatchObject({ state: 'interrupted' });
      expect(task.status).not.toContain('could not undo');
      expect((await world.log(task.upid)).filter((line) => line.startsWith('undoing'))).toEqual(
        undoLines(configure, spec),
      );
      expect(config.name).toBeUndefined();
      // What was removed before the crash cannot come back.
      await expectDisks(spec === 'qmconfig:remove-volumes:after-run' ? [first()] : [first(), second()]);
    }
    await finish();
  });

  it.each(undoBoundariesOf(configure))('and another while it is undone, at %s', async (spec) => {
    await makeRunning();
    await world.crash('qmconfig:remove-volumes:before-run', change);
    await world.crashInRecovery(spec);
    await world.recover();
    expect(await world.newest('qmconfig')).toMatchObject({ state: 'interrupted' });
    await expectDisks([first(), second()]);
    await finish();
  });
});
