// The `lvm` storage on a played volume group: what it calls, names, sizes, errors, and what is left when the power goes at any call.
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { quietContext } from '../../server/core/work-context.ts';
import { refused } from '../../test/contracts/refused.ts';
import { describeStoragePlugin } from '../../test/contracts/storage-plugin.ts';
import {
  conformingGroup,
  type FakeGroup,
  fakeGroup,
  fakeGroupBytes,
  fakeQemuImg,
  fakeRun,
  underTest,
} from '../lvm-volumes/lvm-fixture.ts';
import type { Storage } from '../plugin.ts';
import { createLvmPlugin } from './lvm-plugin.ts';
import { readThroughput } from './wiped-removal.ts';

const context = quietContext();
const mebibyte = 1024 ** 2;
let folder: string;
let lvm: FakeGroup;

function open(options: Record<string, unknown> = {}): Storage {
  const plugin = createLvmPlugin({ exec: lvm.exec, run: fakeRun(() => lvm), deviceFolder: lvm.deviceFolder });
  return plugin.open('san', { vgname: 'vg0', ...options });
}

beforeEach(async () => {
  // In memory: the storage syncs what it writes, again and again.
  folder = await mkdtemp('/dev/shm/croft-lvm-');
  lvm = fakeGroup(folder);
  lvm.others.set('qemu-img', fakeQemuImg);
  lvm.others.set('blkdiscard', (args) => {
    const [, , offset, , length, device = ''] = args;
    const bytes = readFileSync(device);
    bytes.fill(0, Number(offset), Number(offset) + Number(length));
    writeFileSync(device, bytes);
    return '';
  });
});
afterEach(async () => await rm(folder, { recursive: true }));

const raw = { vmid: 100, format: 'raw', sizeBytes: 4 * mebibyte } as const;
const device = (name: string) => path.join(folder, 'vg0', name);
const active = () => [...lvm.volumes.values()].filter((lv) => lv.active).map(({ name }) => name);

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
    expect(() => open(options)).toThrow(expect.objectContaining({ fields: { [field]: expect.any(String) } }));
  });
  test('throughput as clients write it', () => {
    expect([undefined, '-10485760', '5m', '2K', '0'].map(readThroughput)).toEqual([
      ...[10_485_760, 10_485_760, 5_242_880, 2048, 0],
    ]);
  });
});

test('is not there without its volume group', async () => {
  const storage = open({ vgname: 'other' });
  for (const call of [storage.check(context), storage.list(context, {}), storage.usage(context)])
    expect(await refused(call)).toBe('unavailable');
});

test('tells usage, of the group', async () => {
  const storage = open();
  await storage.createDisk(context, raw);
  expect(await storage.usage(context)).toEqual({
    totalBytes: fakeGroupBytes,
    usedBytes: 4 * mebibyte,
    availableBytes: fakeGroupBytes - 4 * mebibyte,
  });
});

describe('raw disks', () => {
  test('are made under a name of their own, zeroed at their head, never active by themselves', async () => {
    expect(await open().createDisk(context, { ...raw, sizeBytes: 5 * mebibyte })).toEqual({
      ...{ name: 'vm-100-disk-0', content: 'images', format: 'raw', sizeBytes: 8 * mebibyte },
      ...{ usedBytes: 8 * mebibyte, vmid: 100, parent: undefined, createdAt: 1_793_347_225 },
    });
    const [create = '', ...rest] = lvm.calls;
    expect(create.replace(/croft-part-\w+-[0-9a-f]{16}/, 'PART')).toBe(
      'lvcreate --yes --wipesignatures y --zero y --activate y --setautoactivation n --size 5242880b --name PART --addtag pve-vm-100 vg0',
    );
    expect(rest.map((line) => line.split(' ')[0])).toEqual(['lvchange', 'lvs', 'lvrename', 'lvs']);
    expect(active()).toEqual([]);
  });

  test('many at once get names of their own', async () => {
    const storage = open();
    const disks = await Promise.all(Array.from({ length: 8 }, () => storage.createDisk(context, raw)));
    expect(new Set(disks.map(({ name }) => name)).size).toBe(8);
    expect(lvm.names().every((name) => name.startsWith('vm-100-disk-'))).toBe(true);
  });

  test('a wanted name is given once, in whatever format', async () => {
    const storage = open({ 'snapshot-as-volume-chain': true });
    await storage.createDisk(context, { ...raw, name: 'vm-100-cloudinit' });
    const again = { ...raw, name: 'vm-100-cloudinit' };
    expect(await refused(storage.createDisk(context, again))).toBe('already-exists');
    expect(await refused(storage.createDisk(context, { ...again, format: 'qcow2' }))).toBe('already-exists');
    expect(await refused(storage.createDisk(context, { ...raw, name: 'vm-101-a' }))).toBe('invalid-input');
    expect(lvm.names()).toEqual(['vm-100-cloudinit']);
  });

  test('impossible sizes, formats and groups that are full change nothing', async () => {
    const storage = open();
    for (const sizeBytes of [0, -512, 513, 1.5, Number.NaN])
      expect(await refused(storage.createDisk(context, { ...raw, sizeBytes }))).toBe('invalid-input');
    for (const format of ['qcow2', 'vmdk', 'subvol'] as const)
      expect(await refused(storage.createDisk(context, { ...raw, format }))).toBe('invalid-input');
    const large = { ...raw, sizeBytes: 2 * fakeGroupBytes };
    expect(await refused(storage.createDisk(context, large))).toBe('no-capacity');
    expect(lvm.names()).toEqual([]);
  });

  test('are active from attaching to detaching, and while somebody has them open', async () => {
    const storage = open();
    const { name } = await storage.createDisk(context, raw);
    expect(await storage.attach(context, name)).toEqual({ kind: 'block', path: device(name) });
    await storage.attach(context, name);
    lvm.volumes.get(name)!.open = true;
    await storage.detach(context, name);
    expect(active()).toEqual([name]);
    expect(await refused(storage.remove(context, name))).toBe('busy');
    lvm.volumes.get(name)!.open = false;
    await storage.detach(context, name);
    expect(active()).toEqual([]);
    await storage.detach(context, 'vm-100-disk-9');
    expect(await refused(storage.attach(context, 'vm-100-disk-9'))).toBe('not-found');
    expect(await refused(storage.attach(context, 'root'))).toBe('invalid-input');
  });

  test('grow also while they are open, never shrink', async () => {
    const storage = open();
    const { name } = await storage.createDisk(context, raw);
    lvm.volumes.get(name)!.open = true;
    await storage.resize(context, name, 8 * mebibyte);
    await storage.resize(context, name, 8 * mebibyte);
    expect((await storage.info(context, name)).sizeBytes).toBe(8 * mebibyte);
    expect(await refused(storage.resize(context, name, 4 * mebibyte))).toBe('invalid-input');
    expect(await refused(storage.resize(context, name, 2 * fakeGroupBytes))).toBe('no-capacity');
  });

  test('list what are guests’ volumes of this type, and no others', async () => {
    lvm.add('data', { kind: 't' });
    lvm.add('vm-101-disk-0', { kind: 'V', pool: 'data' });
    lvm.add('root');
    lvm.add('croft-part-elsewhere-0123456789abcdef');
    lvm.add('vm-102-disk-0');
    lvm.add('vm-103-disk-0', { tags: ['pve-vm-103'] });
    lvm.add('vm-0-template');
    const names = async (storage: Storage, filter = {}) =>
      (await storage.list(context, filter)).map(({ name }) => name);
    expect(await names(open())).toEqual(['vm-102-disk-0', 'vm-103-disk-0']);
    expect(await names(open(), { vmid: 0 })).toEqual(['vm-0-template']);
    expect(await names(open(), { contents: ['iso'] })).toEqual([]);
    expect(await names(open({ tagged_only: true }))).toEqual(['vm-103-disk-0']);
    expect(await refused(open({ tagged_only: true }).info(context, 'vm-102-disk-0'))).toBe('not-found');
    expect(await refused(open().attach(context, 'vm-101-disk-0'))).toBe('not-found');
  });

  test('copied onto: never taken for zeroed, and nothing old shows behind the end', async () => {
    const storage = open();
    const source = path.join(folder, 'source');
    writeFileSync(source, Buffer.alloc(mebibyte, 'x'));
    const file = { kind: 'file', path: source, format: 'raw' } as const;
    const made = await storage.copyDisk(context, file, { vmid: 100, format: 'raw', bytesPerSecond: 5e6 });
    expect(made.sizeBytes).toBe(4 * mebibyte);
    const convert = lvm.calls.find((line) => line.startsWith('qemu-img convert')) ?? '';
    expect(convert).toMatch(
      /^qemu-img convert -p -n -r 5000000 -O raw json:\{"driver":"raw".* \S+\/vg0\/croft-part-/,
    );
    expect(lvm.calls.filter((line) => line.startsWith('blkdiscard')).join()).toMatch(
      /^blkdiscard --zeroout --offset 1048576 --length 3145728 /,
    );
    const clone = await storage.clone(context, made.name, { vmid: 101, mode: 'full' });
    expect(clone.name).toBe('vm-101-disk-0');
    expect(active()).toEqual([]);
    expect((await text(await storage.exportStream(context, clone.name))).slice(0, 3)).toBe('xxx');
    const linked = storage.clone(context, made.name, { vmid: 101, mode: 'linked' });
    expect(await refused(linked)).toBe('unsupported');
  });

  test('become bases and change hands, tag and all', async () => {
    const storage = open();
    const { name } = await storage.createDisk(context, raw);
    const given = await storage.reassign(context, name, 200);
    expect(given).toMatchObject({ name: 'vm-200-disk-0', vmid: 200 });
    expect(lvm.volumes.get(given.name)?.tags).toEqual(['pve-vm-200']);
    const base = await storage.makeBase(context, given.name);
    expect(base.name).toBe('base-200-disk-0');
    expect(await storage.makeBase(context, given.name)).toEqual(base);
    expect(await storage.makeBase(context, base.name)).toEqual(base);
    expect(lvm.volumes.get(base.name)?.readOnly).toBe(true);
  });

  test('have no snapshots, notes or files, and say so', async () => {
    const storage = open();
    const { name } = await storage.createDisk(context, raw);
    expect(await refused(storage.snapshot(context, name, 'before'))).toBe('unsupported');
    expect(await refused(storage.annotate(context, name, { notes: 'x' }))).toBe('unsupported');
    expect(await refused(storage.beginImport(context, 'iso', 'a.iso', {}))).toBe('unsupported');
  });
});

describe('overwritten before they go', () => {
  test('out of sight at once, gone when they are zeros', async () => {
    const storage = open({ saferemove: true, saferemove_throughput: '0', 'saferemove-stepsize': '2' });
    const { name } = await storage.createDisk(context, raw);
    const { store } = lvm.volumes.get(name)!;
    writeFileSync(store, Buffer.alloc(4 * mebibyte, 's'));
    await storage.remove(context, name);
    await storage.remove(context, name);
    expect(await storage.list(context, {})).toEqual([]);
    await expect.poll(() => lvm.names()).toEqual([]);
    const wiped = lvm.calls.filter((line) => line.startsWith('blkdiscard'));
    expect(wiped.map((line) => line.replace(/ \S+\/croft-del-\w+-[0-9a-f]{16}$/, ''))).toEqual([
      'blkdiscard --zeroout --offset 0 --length 2097152',
      'blkdiscard --zeroout --offset 2097152 --length 2097152',
    ]);
  });

  test('a device that fails keeps it, out of sight, and it is tried again', async () => {
    const storage = open({ saferemove: true, saferemove_throughput: '0' });
    const { name } = await storage.createDisk(context, raw);
    lvm.others.set('blkdiscard', () => {
      throw new Error('Input/output error');
    });
    await storage.remove(context, name);
    await expect.poll(() => active()).toEqual([]);
    await storage.deactivate(context);
    expect(await storage.list(context, {})).toEqual([]);
    expect((await storage.usage(context)).warnings?.join()).toMatch(/1 removed volumes/);
    lvm.others.set('blkdiscard', () => '');
    await open({ saferemove: true }).activate(context);
    await expect.poll(() => lvm.names()).toEqual([]);
  });
});

describe('images with snapshots below them', () => {
  const chained = () => open({ 'snapshot-as-volume-chain': true });
  const image = { vmid: 100, format: 'qcow2', sizeBytes: 8 * mebibyte } as const;

  test('have room for a full image, and the size that the guest sees', async () => {
    const made = await chained().createDisk(context, image);
    expect(made).toMatchObject({ name: 'vm-100-disk-0.qcow2', format: 'qcow2', sizeBytes: 8 * mebibyte });
    expect(made.usedBytes).toBe(12 * mebibyte);
    expect(lvm.volumes.get(made.name)?.tags).toEqual(['pve-vm-100', `croft-size=${8 * mebibyte}`]);
  });

  test('snapshot, attach, roll back, remove', async () => {
    const storage = chained();
    const { name } = await storage.createDisk(context, image);
    await storage.snapshot(context, name, 'one');
    await storage.snapshot(context, name, 'two');
    expect(await refused(storage.snapshot(context, name, 'two'))).toBe('already-exists');
    expect(await storage.listSnapshots(context, name)).toEqual(['one', 'two']);
    const [one, two] = ['snap_vm-100-disk-0_one.qcow2', 'snap_vm-100-disk-0_two.qcow2'];
    const below = (lv: string) => ({ path: device(lv), format: 'qcow2', device: true });
    expect(await storage.attach(context, name)).toEqual({
      ...{ kind: 'block', path: device(name), format: 'qcow2', backing: [below(two), below(one)] },
    });
    expect(await storage.attach(context, name, 'one')).toEqual({
      ...{ kind: 'block', path: device(one), format: 'qcow2' },
    });
    await storage.detach(context, name);
    expect(active()).toEqual([]);

    await storage.rollback(context, name, 'one');
    expect(await storage.attach(context, name)).toMatchObject({ backing: [below(one)] });
    await storage.detach(context, name);
    expect(await storage.listSnapshots(context, name)).toEqual(['one', 'two']);
    await storage.removeSnapshot(context, name, 'one');
    await storage.removeSnapshot(context, name, 'one');
    const attached = await storage.attach(context, name);
    expect(attached).toEqual({ kind: 'block', path: device(name), format: 'qcow2' });
    expect((await storage.attach(context, name, 'two')).kind).toBe('block');
    await storage.detach(context, name);
    await storage.remove(context, name);
    expect(lvm.names()).toEqual([]);
  });

  test('stay as they are while a guest has them open', async () => {
    const storage = chained();
    const { name } = await storage.createDisk(context, image);
    await storage.snapshot(context, name, 'one');
    await storage.attach(context, name);
    lvm.volumes.get(name)!.open = true;
    const before = lvm.names();
    for (const call of [
      storage.snapshot(context, name, 'two'),
      storage.rollback(context, name, 'one'),
      storage.removeSnapshot(context, name, 'one'),
      storage.resize(context, name, 16 * mebibyte),
    ])
      expect(await refused(call)).toBe('wrong-state');
    expect(await refused(storage.remove(context, name))).toBe('busy');
    expect(lvm.names()).toEqual(before);
  });

  test('grow with their volume', async () => {
    const storage = chained();
    const { name } = await storage.createDisk(context, image);
    await storage.resize(context, name, 16 * mebibyte);
    expect((await storage.info(context, name)).sizeBytes).toBe(16 * mebibyte);
    expect(lvm.volumes.get(name)?.sizeBytes).toBe(20 * mebibyte);
    expect(await refused(storage.resize(context, name, 8 * mebibyte))).toBe('invalid-input');
  });

  test.each(['/etc/shadow', '/dev/vg0/root', 'vm-101-disk-0.qcow2', '../vg1/a'])(
    'that name %s below are refused',
    async (backing) => {
      const storage = chained();
      const { name } = await storage.createDisk(context, image);
      fakeQemuImg(['create', '-b', backing, lvm.volumes.get(name)!.store, '4096']);
      expect(await refused(storage.attach(context, name))).toBe('invalid-input');
    },
  );
});

describe('the power goes', () => {
  const chained = { 'snapshot-as-volume-chain': true };
  const cases: [string, Record<string, unknown>, (storage: Storage) => Promise<unknown>][] = [
    ['creating', {}, (storage) => storage.createDisk(context, { ...raw, name: 'vm-100-new' })],
    [
      'copying',
      {},
      (storage) => storage.clone(context, 'vm-100-disk-0', { vmid: 100, mode: 'full', name: 'vm-100-new' }),
    ],
    ['removing', {}, (storage) => storage.remove(context, 'vm-100-disk-0')],
    [
      'creating an image',
      chained,
      (storage) => storage.createDisk(context, { ...raw, format: 'qcow2', name: 'vm-100-new' }),
    ],
    ['taking a snapshot', chained, (storage) => storage.snapshot(context, 'vm-100-disk-1.qcow2', 'new')],
    ['going back', chained, (storage) => storage.rollback(context, 'vm-100-disk-1.qcow2', 'old')],
    [
      'removing a snapshot',
      chained,
      (storage) => storage.removeSnapshot(context, 'vm-100-disk-1.qcow2', 'old'),
    ],
  ];
  test.each(cases)(
    '%s, at any call: nothing half-made, nothing lost, and it can be done again',
    async (_what, options, work) => {
      for (const after of [false, true])
        for (let calls = 0; ; calls += 1) {
          const here = path.join(folder, `${after}-${calls}`);
          lvm = fakeGroup(await mkdtemp(path.join(folder, 'run-')));
          lvm.others.set('qemu-img', fakeQemuImg);
          lvm.others.set('blkdiscard', () => '');
          const storage = open({ ...chained, ...options });
          await storage.createDisk(context, raw);
          const { name } = await storage.createDisk(context, { ...raw, format: 'qcow2' });
          await storage.snapshot(context, name, 'old');
          lvm.powerFor = { calls, after };
          const done = await work(storage).then(
            () => true,
            () => false,
          );
          const unused = (lvm.powerFor?.calls ?? 0) > 0;
          lvm.powerFor = undefined;
          const again = open({ ...chained, ...options });
          await again.activate(context);
          await again.sweep(context, []);
          expect(
            lvm.names().filter((each) => each.startsWith('croft-')),
            here,
          ).toEqual([]);
          // The image is whole: everything that it stands on is there.
          expect((await again.attach(context, name)).kind, here).toBe('block');
          await again.detach(context, name);
          if (!done)
            await work(again).catch((error: unknown) => {
              if (!/exists already|has a snapshot/.test(String(error))) throw error;
            });
          expect(
            lvm.names().filter((each) => each.startsWith('croft-')),
            here,
          ).toEqual([]);
          if (done && unused) break;
          expect(calls).toBeLessThan(60);
        }
    },
  );
});
