// `saferemove` on a played volume group: what is overwritten before its space is free, and in what pieces.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { quietContext } from '../../server/core/work-context.ts';
import { fakeQemuImg } from '../lvm-volumes/lvm-fixture.ts';
import { unfinishedName } from '../lvm-volumes/unfinished.ts';
import { type LvmWorld, lvmWorld, mebibyte, raw } from './lvm-world-fixture.ts';

const context = quietContext();
let world: LvmWorld;
beforeEach(async () => {
  world = await lvmWorld();
});
afterEach(async () => await world.end());

describe('overwritten before they go', () => {
  test('out of sight at once, gone when they are zeros', async () => {
    const storage = world.open({ saferemove: true, saferemove_throughput: '0', 'saferemove-stepsize': '2' });
    const { name } = await storage.createDisk(context, raw);
    const { store } = world.lvm.volumes.get(name)!;
    writeFileSync(store, Buffer.alloc(4 * mebibyte, 's'));
    await storage.remove(context, name);
    await storage.remove(context, name);
    expect(await storage.list(context, {})).toEqual([]);
    await expect.poll(() => world.lvm.names()).toEqual([]);
    const wiped = world.lvm.calls.filter((line) => line.startsWith('blkdiscard'));
    expect(wiped.map((line) => line.replace(/ \S+\/croft-del-\w+-[0-9a-f]{16}$/, ''))).toEqual([
      'blkdiscard --zeroout --offset 0 --length 2097152',
      'blkdiscard --zeroout --offset 2097152 --length 2097152',
    ]);
  });

  test('a base, too, though it is only read', async () => {
    const storage = world.open({ saferemove: true, saferemove_throughput: '0' });
    const { name } = await storage.makeBase(context, (await storage.createDisk(context, raw)).name);
    world.lvm.others.set('blkdiscard', (args) => {
      const volume = world.lvm.volumes.get(path.basename(args.at(-1) ?? ''));
      if (volume?.readOnly !== false) throw new Error('Operation not permitted');
      return '';
    });
    await storage.remove(context, name);
    await expect.poll(() => world.lvm.names()).toEqual([]);
  });

  test('in pieces of whole sectors, whatever the throughput', async () => {
    const storage = world.open({ saferemove: true, saferemove_throughput: '750000k' });
    const { name } = await storage.createDisk(context, { ...raw, sizeBytes: 736 * mebibyte });
    world.lvm.others.set('blkdiscard', () => '');
    await storage.remove(context, name);
    await expect
      .poll(() => world.lvm.calls.filter((line) => line.startsWith('blkdiscard'))[0])
      .toContain('--offset 0 --length 767557632 ');
    await storage.deactivate(context);
  });

  test('also what was never finished', async () => {
    const storage = world.open({ saferemove: true, saferemove_throughput: '0' });
    const { name } = await storage.createDisk(context, raw);
    world.lvm.others.set('qemu-img', (args) => {
      if (args[0] === 'convert') throw new Error('Input/output error');
      return fakeQemuImg(args);
    });
    await expect(storage.clone(context, name, { vmid: 101, mode: 'full' })).rejects.toThrow();
    world.lvm.add(unfinishedName('other', 'part'));
    world.lvm.add(unfinishedName('other', 'old'));
    await storage.sweep(context, []);
    await expect.poll(() => world.lvm.names()).toEqual([name]);
    const removed = world.lvm.calls.filter((line) => line.startsWith('lvremove'));
    expect(removed.length).toBe(3);
    expect(removed.every((line) => line.includes('vg0/croft-del-'))).toBe(true);
    expect(world.lvm.calls.filter((line) => line.startsWith('blkdiscard')).length).toBe(3);
  });

  test('a device that fails keeps it, out of sight, and it is tried again', async () => {
    const storage = world.open({ saferemove: true, saferemove_throughput: '0' });
    const { name } = await storage.createDisk(context, raw);
    world.lvm.others.set('blkdiscard', () => {
      throw new Error('Input/output error');
    });
    await storage.remove(context, name);
    await expect.poll(() => world.lvm.calls.some((line) => line.startsWith('blkdiscard'))).toBe(true);
    await expect.poll(() => world.active()).toEqual([]);
    await storage.deactivate(context);
    expect(await storage.list(context, {})).toEqual([]);
    expect((await storage.usage(context)).warnings?.join()).toMatch(/1 removed volumes/);
    world.lvm.others.set('blkdiscard', () => '');
    await world.open({ saferemove: true }).activate(context);
    await expect.poll(() => world.lvm.names()).toEqual([]);
  });
});
