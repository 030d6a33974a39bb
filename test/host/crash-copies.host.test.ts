// kill -9 of the real daemon at every boundary of cloning a VM, making it a template and moving its disks: nothing is left behind.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { VmParts } from '../../server/guests/vm-parts.ts';
import { vmCloneKind } from '../../server/tasks/kinds/vm-clone.ts';
import { vmGiveDiskKind } from '../../server/tasks/kinds/vm-give-disk.ts';
import { vmMoveDiskKind } from '../../server/tasks/kinds/vm-move-disk.ts';
import { vmTemplateKind } from '../../server/tasks/kinds/vm-template.ts';
import { boundariesOf, CrashWorld, endsBefore, stepsOf, undoBoundariesOf } from './crash-world.ts';

const noParts = {} as VmParts;
const clone = stepsOf(vmCloneKind(noParts));
const template = stepsOf(vmTemplateKind(noParts));
const move = stepsOf(vmMoveDiskKind(noParts));
const give = stepsOf(vmGiveDiskKind(noParts));
const world = new CrashWorld();
const { daemon } = world;
/** 1 MiB. */
const smallDisk = 'local:0.0009765625';
let vmid = 100;
const guest = (id: number) => `/nodes/testnode/qemu/${id}`;
const other = () => vmid + 1;

beforeAll(() => daemon.start());
afterAll(() => daemon.dispose());
beforeEach(() => {
  vmid += 2;
});

async function make(id: number, more: object = {}): Promise<void> {
  const params = { vmid: id, memory: 32, scsi0: smallDisk, ...more };
  expect(await daemon.task('POST', '/nodes/testnode/qemu', params)).toBe('OK');
}

/** Each disk of each configuration is on the storage, and nothing else is. */
async function expectAgreement(ids: readonly number[]): Promise<string[]> {
  const named: string[] = [];
  for (const id of ids) {
    const config = await daemon.ok<Record<string, string>>('GET', `${guest(id)}/config`);
    for (const value of Object.values(config))
      named.push(...(/^local:(\d+\/[^,]+)/.exec(String(value))?.slice(1) ?? []));
  }
  const stored = (await world.storageEntries()).flatMap(
    (entry) => /^images\/(\d+\/.+)/.exec(entry)?.[1] ?? (entry.startsWith('images/') ? [] : entry),
  );
  expect(stored.sort()).toEqual(named.sort());
  return named;
}

/** Nobody holds a lock: all goes at once. */
async function finish(...ids: number[]): Promise<void> {
  for (const id of ids) {
    const upid = await daemon.ok<string>('DELETE', guest(id));
    expect(await daemon.taskEnd(upid, 10_000)).toBe('OK');
  }
  expect(await world.storageEntries()).toEqual([]);
}

async function expectInterrupted(type: string): Promise<void> {
  const task = await world.newest(type);
  expect(task).toMatchObject({ state: 'interrupted' });
  expect(task.status).not.toContain('could not undo');
}

describe('a crash while a VM is cloned', () => {
  const ask = () => daemon.call('POST', `${guest(vmid)}/clone`, { newid: other() });

  it.each(boundariesOf(clone))('at %s', async (spec) => {
    await make(vmid);
    expect(await daemon.task('POST', `${guest(vmid)}/template`)).toBe('OK');
    await world.crash(spec, ask);
    await world.recover();
    if (endsBefore(clone, spec)) {
      expect(await world.newest('qmclone')).toMatchObject({ state: 'ok' });
      await expectAgreement([vmid, other()]);
      return await finish(other(), vmid);
    }
    await expectInterrupted('qmclone');
    expect(await world.guestExists(other())).toBe(false);
    await expectAgreement([vmid]);
    expect(await daemon.task('POST', `${guest(vmid)}/clone`, { newid: other(), full: 1 })).toBe('OK');
    await finish(vmid, other());
  });

  it.each(undoBoundariesOf(clone))('and another while it is undone, at %s', async (spec) => {
    await make(vmid);
    await world.crash('qmclone:join-pool:before-run', ask);
    await world.crashInRecovery(spec);
    await world.recover();
    await expectInterrupted('qmclone');
    expect(await world.guestExists(other())).toBe(false);
    await expectAgreement([vmid]);
    await finish(vmid);
  });
});

describe('a crash while a VM becomes a template', () => {
  it.each(boundariesOf(template))('at %s', async (spec) => {
    await make(vmid, { scsi1: smallDisk });
    await world.crash(spec, () => daemon.call('POST', `${guest(vmid)}/template`));
    await world.recover();
    const named = await expectAgreement([vmid]);
    // What was asked for is finished.
    expect(await world.newest('qmtemplate')).toMatchObject({ state: 'ok' });
    expect(named.filter((name) => name.includes('/base-'))).toHaveLength(2);
    expect(await daemon.ok('GET', `${guest(vmid)}/config`)).toMatchObject({ template: 1 });
    await finish(vmid);
  });
});

describe('a crash while a disk moves', () => {
  const ask = () =>
    daemon.call('POST', `${guest(vmid)}/move_disk`, { disk: 'scsi0', format: 'raw', delete: 1 });

  it.each(boundariesOf(move))('to another format, at %s', async (spec) => {
    await make(vmid);
    await world.crash(spec, ask);
    await world.recover();
    const named = await expectAgreement([vmid]);
    // From the first step without a way back it goes on by itself.
    const moved = /::ended$|:switch:|:remove-source:/.test(spec);
    if (moved) expect(await world.newest('qmmove')).toMatchObject({ state: 'ok' });
    else await expectInterrupted('qmmove');
    expect(named).toEqual([`${vmid}/vm-${vmid}-disk-${moved ? '1.raw' : '0.qcow2'}`]);
    await finish(vmid);
  });

  const undone = undoBoundariesOf(move).filter((spec) => !/:switch:|:remove-source:/.test(spec));
  it.each(undone)('to another format, and again while it is undone, at %s', async (spec) => {
    await make(vmid);
    await world.crash('qmmove:write-config:after-run', ask);
    await world.crashInRecovery(spec);
    await world.recover();
    await expectInterrupted('qmmove');
    expect(await expectAgreement([vmid])).toEqual([`${vmid}/vm-${vmid}-disk-0.qcow2`]);
    await finish(vmid);
  });

  it.each(boundariesOf(give))('to another VM, at %s', async (spec) => {
    await make(vmid);
    await make(other());
    const params = { disk: 'scsi0', 'target-vmid': other(), 'target-disk': 'scsi1' };
    await world.crash(spec, () => daemon.call('POST', `${guest(vmid)}/move_disk`, params));
    await world.recover();
    const named = await expectAgreement([vmid, other()]);
    const given = endsBefore(give, spec);
    if (!given) await expectInterrupted('qmmove');
    expect(named.filter((name) => name.startsWith(`${other()}/`))).toHaveLength(given ? 2 : 1);
    await finish(vmid, other());
  });
});
