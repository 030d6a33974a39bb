// kill -9 of the real daemon at every boundary of starting a VM: a start that was asked for goes on, one that failed is undone.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VmParts } from '../../server/guests/vm-parts.ts';
import { vmStartKind } from '../../server/tasks/kinds/vm-start.ts';
import { boundariesOf, CrashWorld, endsBefore, stepsOf } from './crash-world.ts';

const start = stepsOf(vmStartKind({} as VmParts));
const world = new CrashWorld();
const { daemon } = world;
const good = '/nodes/testnode/qemu/100';
const bad = '/nodes/testnode/qemu/101';
/** 1 MiB. */
const smallDisk = 'local:0.0009765625';

beforeAll(async () => {
  await daemon.start();
  const guest = { memory: 32, scsi0: smallDisk, scsi1: smallDisk };
  expect(await daemon.task('POST', '/nodes/testnode/qemu', { vmid: 100, ...guest })).toBe('OK');
  const nowhere = { net0: 'virtio,bridge=nosuchbridge' };
  expect(await daemon.task('POST', '/nodes/testnode/qemu', { vmid: 101, ...guest, ...nowhere })).toBe('OK');
});
afterAll(() => daemon.dispose());

describe('a crash while a VM is started', () => {
  it.each(boundariesOf(start))('at %s', async (spec) => {
    await world.crash(spec, () => daemon.call('POST', `${good}/status/start`));
    await world.recover();

    const task = await world.newest('qmstart');
    expect(task).toMatchObject({ id: '100', state: 'ok', status: 'OK' });
    if (!endsBefore(start, spec))
      expect(await world.log(task.upid)).toContain('the daemon was restarted; going on');
    expect(await daemon.domains()).toEqual([world.domainOf(100)]);
    expect(await daemon.ok('GET', `${good}/status/current`)).toMatchObject({ status: 'running' });

    // What it runs with is known: a change of the memory waits for the next start.
    await daemon.ok('PUT', `${good}/config`, { memory: 48 });
    expect(await daemon.ok('GET', `${good}/pending`)).toContainEqual({
      key: 'memory',
      value: '32',
      pending: '48',
    });
    await daemon.ok('PUT', `${good}/config`, { revert: 'memory' });
    expect(await daemon.taskEnd(await daemon.ok('POST', `${good}/status/stop`), 10_000)).toBe('OK');
    expect(await daemon.domains()).toEqual([]);
  });
});

describe('a crash while a failed start is undone', () => {
  // The bridge is missing, so the second step fails; the third never begins.
  const specs = ['start-domain', 'attach-volumes'].flatMap((step) =>
    ['before-undo', 'after-undo'].map((moment) => `qmstart:${step}:${moment}`),
  );
  it.each(specs)('at %s', async (spec) => {
    await world.crash(spec, () => daemon.call('POST', `${bad}/status/start`));
    await world.recover();

    const task = await world.newest('qmstart');
    expect(task).toMatchObject({ id: '101', state: 'failed' });
    expect(task.status).toContain('nosuchbridge');
    const log = await world.log(task.upid);
    expect(log).toContain('undoing step start-domain');
    expect(log).toContain('undoing step attach-volumes');
    expect(await daemon.domains()).toEqual([]);
    expect(world.hasRunDirectory(101)).toBe(false);
    expect(await daemon.ok('GET', `${bad}/status/current`)).toMatchObject({ status: 'stopped' });
  });
});
