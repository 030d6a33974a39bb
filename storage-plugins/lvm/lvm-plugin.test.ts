// The `lvm` storage on a played volume group: what it calls, names, sizes, errors.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '../../server/core/errors.ts';
import type { Exec } from '../../server/core/exec.ts';
import { quietContext } from '../../server/core/work-context.ts';
import { refused } from '../../test/contracts/refused.ts';
import { describeStoragePlugin } from '../../test/contracts/storage-plugin.ts';
import {
  conformingGroup,
  fakeGroupBytes,
  fakeQemuImg,
  fakeRun,
  underTest,
} from '../lvm-volumes/lvm-fixture.ts';
import type { Storage } from '../plugin.ts';
import { createLvmPlugin } from './lvm-plugin.ts';
import { type LvmWorld, lvmWorld, mebibyte, raw } from './lvm-world-fixture.ts';
import { readThroughput } from './wiped-removal.ts';

const context = quietContext();
let world: LvmWorld;
beforeEach(async () => {
  world = await lvmWorld();
});
afterEach(async () => await world.end());

describeStoragePlugin(
  'lvm, with images and their snapshots',
  async () => {
    const group = await conformingGroup();
    const plugin = createLvmPlugin({
      exec: group.exec,
      run: fakeRun(() => group),
      deviceFolder: group.deviceFolder,
    });
    return { ...underTest(group), plugin, options: { vgname: 'vg0', 'snapshot-as-volume-chain': true } };
  },
  { qcow2: true, fullCopies: true },
);

describe('options', () => {
  test.each([
    [{ vgname: '' }, 'vgname'],
    [{ vgname: '-x' }, 'vgname'],
    [{ vgname: '../x' }, 'vgname'],
    [{ base: 'no-volume' }, 'base'],
    [{ base: 'a:b c' }, 'base'],
    [{ saferemove_throughput: 'fast' }, 'saferemove_throughput'],
  ])('%j', (options, field) => {
    expect(() => world.open(options)).toThrow(
      expect.objectContaining({ fields: { [field]: expect.any(String) } }),
    );
  });
  test('throughput as clients write it', () => {
    expect([undefined, '-10485760', '5m', '2K', '0'].map(readThroughput)).toEqual([
      ...[10_485_760, 10_485_760, 5_242_880, 2048, 0],
    ]);
  });
});

test('is not there without its volume group', async () => {
  const storage = world.open({ vgname: 'other' });
  for (const call of [storage.check(context), storage.list(context, {}), storage.usage(context)])
    expect(await refused(call)).toBe('unavailable');
});

test('tells usage, of the group', async () => {
  const storage = world.open();
  await storage.createDisk(context, raw);
  expect(await storage.usage(context)).toEqual({
    totalBytes: fakeGroupBytes,
    usedBytes: 4 * mebibyte,
    availableBytes: fakeGroupBytes - 4 * mebibyte,
  });
});

describe('raw disks', () => {
  test.each([
    ['of this node', {}, [], ['vm-100-disk-0']],
    ['of several nodes', { shared: true }, ['lvchange --activate n vg0/vm-100-disk-0'], []],
    ['on a LUN', { base: 'san:0.0.1.lun' }, ['lvchange --activate n vg0/vm-100-disk-0'], []],
  ])(
    'are made by one program, zeroed at their head, never active by themselves, in a group %s',
    async (_what, options, after, active) => {
      const storage = world.open(options);
      await storage.activate(context);
      world.lvm.calls.length = 0;
      const before = Math.floor(Date.now() / 1000);
      const made = await storage.createDisk(context, { ...raw, sizeBytes: 5 * mebibyte });
      expect(made).toEqual({
        ...{ name: 'vm-100-disk-0', content: 'images', format: 'raw', sizeBytes: 8 * mebibyte },
        ...{ usedBytes: 8 * mebibyte, vmid: 100, parent: undefined, createdAt: made.createdAt },
      });
      expect(made.createdAt).toBeGreaterThanOrEqual(before);
      expect(made.createdAt).toBeLessThanOrEqual(Date.now() / 1000);
      const [look = '', ...calls] = world.lvm.calls;
      expect(look).toMatch(/^lvs /);
      expect(calls).toEqual([
        'lvcreate --yes --wipesignatures y --zero y --activate y --setautoactivation n --size 5242880b --name vm-100-disk-0 --addtag pve-vm-100 vg0',
        ...after,
      ]);
      expect(world.active()).toEqual(active);
      // As LVM tells it, but for the time.
      const { createdAt, ...told } = await storage.info(context, made.name);
      expect(made).toMatchObject(told);
      expect(createdAt).toBe(1_793_347_225);
    },
  );

  test('of one that fails nothing stays, and what another node has made meanwhile does', async () => {
    const exec: Exec = async (program, args, options) => {
      const done = await world.lvm.exec(program, args, options);
      if (program !== 'lvcreate') return done;
      throw new AppError('timeout', 'it did not end');
    };
    const storage = createLvmPlugin({ exec, deviceFolder: world.lvm.deviceFolder }).open('thick', {
      vgname: 'vg0',
    });
    expect(await refused(storage.createDisk(context, raw))).toBe('timeout');
    expect(world.lvm.names()).toEqual([]);

    const late: Exec = async (program, args, options) => {
      if (program === 'lvcreate') world.lvm.add('vm-100-disk-0');
      return await world.lvm.exec(program, args, options);
    };
    const other = createLvmPlugin({ exec: late, deviceFolder: world.lvm.deviceFolder }).open('thick', {
      vgname: 'vg0',
    });
    expect(await refused(other.createDisk(context, raw))).toBe('already-exists');
    expect(world.lvm.names()).toEqual(['vm-100-disk-0']);
  });

  test('many at once get names of their own', async () => {
    const storage = world.open();
    const disks = await Promise.all(Array.from({ length: 8 }, () => storage.createDisk(context, raw)));
    expect(new Set(disks.map(({ name }) => name)).size).toBe(8);
    expect(world.lvm.names().every((name) => name.startsWith('vm-100-disk-'))).toBe(true);
  });

  test('a wanted name is given once, in whatever format', async () => {
    const storage = world.open({ 'snapshot-as-volume-chain': true });
    await storage.createDisk(context, { ...raw, name: 'vm-100-cloudinit' });
    const again = { ...raw, name: 'vm-100-cloudinit' };
    expect(await refused(storage.createDisk(context, again))).toBe('already-exists');
    expect(await refused(storage.createDisk(context, { ...again, format: 'qcow2' }))).toBe('already-exists');
    expect(await refused(storage.createDisk(context, { ...raw, name: 'vm-101-a' }))).toBe('invalid-input');
    expect(world.lvm.names()).toEqual(['vm-100-cloudinit']);
  });

  test('impossible sizes, formats and groups that are full change nothing', async () => {
    const storage = world.open();
    for (const sizeBytes of [0, -512, 513, 1.5, Number.NaN])
      expect(await refused(storage.createDisk(context, { ...raw, sizeBytes }))).toBe('invalid-input');
    for (const format of ['qcow2', 'vmdk', 'subvol'] as const)
      expect(await refused(storage.createDisk(context, { ...raw, format }))).toBe('invalid-input');
    const large = { ...raw, sizeBytes: 2 * fakeGroupBytes };
    expect(await refused(storage.createDisk(context, large))).toBe('no-capacity');
    expect(world.lvm.names()).toEqual([]);
  });

  test('are active from attaching to detaching, and while somebody has them open', async () => {
    const storage = world.open();
    const { name } = await storage.createDisk(context, raw);
    expect(await storage.attach(context, name)).toEqual({ kind: 'block', path: world.device(name) });
    await storage.attach(context, name);
    world.lvm.volumes.get(name)!.open = true;
    await storage.detach(context, name);
    expect(world.active()).toEqual([name]);
    expect(await refused(storage.remove(context, name))).toBe('busy');
    world.lvm.volumes.get(name)!.open = false;
    await storage.detach(context, name);
    expect(world.active()).toEqual([]);
    await storage.detach(context, 'vm-100-disk-9');
    expect(await refused(storage.attach(context, 'vm-100-disk-9'))).toBe('not-found');
    expect(await refused(storage.attach(context, 'root'))).toBe('invalid-input');
  });

  test('grow also while they are open, never shrink', async () => {
    const storage = world.open();
    const { name } = await storage.createDisk(context, raw);
    world.lvm.volumes.get(name)!.open = true;
    await storage.resize(context, name, 8 * mebibyte);
    await storage.resize(context, name, 8 * mebibyte);
    expect((await storage.info(context, name)).sizeBytes).toBe(8 * mebibyte);
    expect(await refused(storage.resize(context, name, 4 * mebibyte))).toBe('invalid-input');
    expect(await refused(storage.resize(context, name, 2 * fakeGroupBytes))).toBe('no-capacity');
  });

  test('list what are guests’ volumes of this type, and no others', async () => {
    world.lvm.add('data', { kind: 't' });
    world.lvm.add('vm-101-disk-0', { kind: 'V', pool: 'data' });
    world.lvm.add('root');
    world.lvm.add('croft-part-elsewhere-0123456789abcdef');
    world.lvm.add('vm-102-disk-0');
    world.lvm.add('vm-103-disk-0', { tags: ['pve-vm-103'] });
    world.lvm.add('vm-0-template');
    const names = async (storage: Storage, filter = {}) =>
      (await storage.list(context, filter)).map(({ name }) => name);
    expect(await names(world.open())).toEqual(['vm-102-disk-0', 'vm-103-disk-0']);
    expect(await names(world.open(), { vmid: 0 })).toEqual(['vm-0-template']);
    expect(await names(world.open(), { contents: ['iso'] })).toEqual([]);
    expect(await names(world.open({ tagged_only: true }))).toEqual(['vm-103-disk-0']);
    expect(await refused(world.open({ tagged_only: true }).info(context, 'vm-102-disk-0'))).toBe('not-found');
    expect(await refused(world.open().attach(context, 'vm-101-disk-0'))).toBe('not-found');
  });

  test('copied onto: never taken for zeroed, and nothing old shows behind the end', async () => {
    const storage = world.open();
    const source = path.join(world.folder, 'source');
    writeFileSync(source, Buffer.alloc(mebibyte, 'x'));
    const file = { kind: 'file', path: source, format: 'raw' } as const;
    const made = await storage.copyDisk(context, file, { vmid: 100, format: 'raw', bytesPerSecond: 5e6 });
    expect(made.sizeBytes).toBe(4 * mebibyte);
    const convert = world.lvm.calls.find((line) => line.startsWith('qemu-img convert')) ?? '';
    expect(convert).toMatch(
      /^qemu-img convert -p -n -r 5000000 -O raw json:\{"driver":"raw".* \S+\/vg0\/croft-part-/,
    );
    expect(world.lvm.calls.filter((line) => line.startsWith('blkdiscard')).join()).toMatch(
      /^blkdiscard --zeroout --offset 1048576 --length 3145728 /,
    );
    const clone = await storage.clone(context, made.name, { vmid: 101, mode: 'full' });
    expect(clone.name).toBe('vm-101-disk-0');
    // Of what it was copied from nobody knows any more; itself it may stay open until it is detached.
    expect(world.active()).toEqual(['vm-101-disk-0']);
    await storage.detach(context, clone.name);
    expect(world.active()).toEqual([]);
    expect((await text(await storage.exportStream(context, clone.name))).slice(0, 3)).toBe('xxx');
    const linked = storage.clone(context, made.name, { vmid: 101, mode: 'linked' });
    expect(await refused(linked)).toBe('unsupported');
  });

  test('copied in a group of several nodes: none of them stays active', async () => {
    const storage = world.open({ shared: true });
    const { name } = await storage.createDisk(context, raw);
    await storage.clone(context, name, { vmid: 101, mode: 'full' });
    expect(world.lvm.names()).toEqual(['vm-100-disk-0', 'vm-101-disk-0']);
    expect(world.active()).toEqual([]);
  });

  test('that end within a sector of their device are zeroed behind it all the same', async () => {
    const storage = world.open();
    world.lvm.add('old', { sizeBytes: 4 * mebibyte });
    const source = path.join(world.folder, 'source');
    writeFileSync(source, Buffer.alloc(mebibyte + 512, 'x'));
    const { lvm } = world;
    const { exec } = lvm;
    const dirty: typeof exec = async (program, args, options) => {
      const result = await exec(program, args, options);
      for (const { store, active, name } of world.lvm.volumes.values())
        if (program === 'lvcreate' && active && name.startsWith('croft-part-'))
          writeFileSync(store, Buffer.alloc(4 * mebibyte, 's'));
      return result;
    };
    const plugin = createLvmPlugin({
      ...{ exec: dirty, run: fakeRun(() => lvm), deviceFolder: world.lvm.deviceFolder },
    });
    const file = { kind: 'file', path: source, format: 'raw' } as const;
    const { name } = await plugin
      .open('san', { vgname: 'vg0' })
      .copyDisk(context, file, { vmid: 100, format: 'raw' });
    expect(world.lvm.calls.filter((line) => line.startsWith('blkdiscard')).join()).toMatch(
      /^blkdiscard --zeroout --offset 1052672 --length 3141632 /,
    );
    const bytes = readFileSync(world.lvm.volumes.get(name)!.store);
    expect(bytes.subarray(mebibyte, mebibyte + 512).every((byte) => byte === 0x78)).toBe(true);
    expect(bytes.subarray(mebibyte + 512).every((byte) => byte === 0)).toBe(true);
    expect((await storage.info(context, name)).sizeBytes).toBe(4 * mebibyte);
  });

  test('are closed again when their copying is cancelled', async () => {
    const storage = world.open();
    const { name } = await storage.createDisk(context, raw);
    const cancelled = new AbortController();
    world.lvm.others.set('qemu-img', (args) => {
      if (args[0] === 'convert') cancelled.abort();
      cancelled.signal.throwIfAborted();
      return fakeQemuImg(args);
    });
    const copied = storage.clone(quietContext(cancelled.signal), name, { vmid: 101, mode: 'full' });
    await expect(copied).rejects.toThrow();
    expect(world.lvm.names()).toEqual([name]);
    expect(world.active()).toEqual([]);
  });

  test('become bases and change hands, tag and all', async () => {
    const storage = world.open();
    const { name } = await storage.createDisk(context, raw);
    const given = await storage.reassign(context, name, 200);
    expect(given).toMatchObject({ name: 'vm-200-disk-0', vmid: 200 });
    expect(world.lvm.volumes.get(given.name)?.tags).toEqual(['pve-vm-200']);
    const base = await storage.makeBase(context, given.name);
    expect(base.name).toBe('base-200-disk-0');
    expect(await storage.makeBase(context, given.name)).toEqual(base);
    expect(await storage.makeBase(context, base.name)).toEqual(base);
    expect(world.lvm.volumes.get(base.name)?.readOnly).toBe(true);
  });

  test('have no snapshots, notes or files, and say so', async () => {
    const storage = world.open();
    const { name } = await storage.createDisk(context, raw);
    expect(await refused(storage.snapshot(context, name, 'before'))).toBe('unsupported');
    expect(await refused(storage.annotate(context, name, { notes: 'x' }))).toBe('unsupported');
    expect(await refused(storage.beginImport(context, 'iso', 'a.iso', {}))).toBe('unsupported');
  });
});
