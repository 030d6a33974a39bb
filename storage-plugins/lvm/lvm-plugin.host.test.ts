// Images on devices by the real qemu-img: LVM is played, but its volumes are loop devices. LVM itself: the lab's tests of storages.
import { execFileSync } from 'node:child_process';
import { mkdtemp, open as openFile, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { exec } from '../../server/core/exec.ts';
import { quietContext } from '../../server/core/work-context.ts';
import { createQemuImg } from '../files/qemu-img.ts';
import { type FakeGroup, fakeGroup } from '../lvm-volumes/lvm-fixture.ts';
import { createLvmThinPlugin } from '../lvmthin/lvmthin-plugin.ts';
import type { Storage } from '../plugin.ts';
import { createLvmPlugin } from './lvm-plugin.ts';

const context = quietContext();
const mebibyte = 1024 ** 2;
let folder: string;
let lvm: FakeGroup;
let storage: Storage;
const loops = new Map<string, string>();

const played = new Set(['lvs', 'vgs', 'lvcreate', 'lvchange', 'lvremove', 'lvrename', 'lvextend']);
const run: typeof exec = async (program, args, options) =>
  played.has(program) ? await lvm.exec(program, args, options) : await exec(program, args, options);

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'croft-lvm-host-'));
  lvm = fakeGroup(folder, 'vg0', {
    attach(store) {
      const device = execFileSync('losetup', ['--find', '--show', store], { encoding: 'utf8' }).trim();
      loops.set(store, device);
      return device;
    },
    detach(store) {
      execFileSync('losetup', ['--detach', loops.get(store) ?? '']);
      loops.delete(store);
    },
  });
  const plugin = createLvmPlugin({ exec: run, deviceFolder: folder });
  storage = plugin.open('san', { vgname: 'vg0', 'snapshot-as-volume-chain': true });
});
afterEach(async () => {
  for (const device of loops.values()) execFileSync('losetup', ['--detach', device]);
  loops.clear();
  await rm(folder, { recursive: true });
});

const image = (name: string) => path.join(folder, name);
/** What a guest would write. */
async function write(device: string, pattern: number): Promise<void> {
  const { path: at } = (await storage.attach(context, device)) as { path: string };
  await exec('qemu-io', ['-f', 'qcow2', '-c', `write -P ${pattern} 1M 2M`, at]);
  await storage.detach(context, device);
}
async function holds(device: string, pattern: number, snapshot?: string): Promise<boolean> {
  const { path: at } = (await storage.attach(context, device, snapshot)) as { path: string };
  const { stdout } = await exec('qemu-io', ['-r', '-f', 'qcow2', '-c', `read -P ${pattern} 1M 2M`, at]);
  await storage.detach(context, device);
  return !stdout.includes('verification failed');
}

test('snapshots of an image: kept, gone back to, merged away', async () => {
  const { name } = await storage.createDisk(context, {
    vmid: 100,
    format: 'qcow2',
    sizeBytes: 16 * mebibyte,
  });
  await write(name, 1);
  await storage.snapshot(context, name, 'one');
  await write(name, 2);
  await storage.snapshot(context, name, 'two');
  await write(name, 3);
  expect(await holds(name, 3)).toBe(true);
  expect(await holds(name, 1, 'one')).toBe(true);
  expect(await holds(name, 2, 'two')).toBe(true);

  const clone = await storage.clone(context, name, { vmid: 101, mode: 'full', snapshot: 'two' });
  expect(clone).toMatchObject({ name: 'vm-101-disk-0.qcow2', sizeBytes: 16 * mebibyte });
  expect(await holds(clone.name, 2)).toBe(true);

  await storage.rollback(context, name, 'one');
  expect(await holds(name, 1)).toBe(true);
  await storage.removeSnapshot(context, name, 'one');
  expect(await holds(name, 1)).toBe(true);
  expect(await holds(name, 2, 'two')).toBe(true);
  await storage.resize(context, name, 32 * mebibyte);
  expect((await storage.info(context, name)).sizeBytes).toBe(32 * mebibyte);
  expect(await holds(name, 1)).toBe(true);
  await storage.remove(context, name);
  await storage.remove(context, clone.name);
  expect(lvm.names()).toEqual([]);
  expect(loops.size).toBe(0);
});

test('a full image fits its volume', async () => {
  const { name } = await storage.createDisk(context, {
    vmid: 100,
    format: 'qcow2',
    sizeBytes: 16 * mebibyte,
  });
  const { path: at } = (await storage.attach(context, name)) as { path: string };
  await exec('qemu-io', ['-f', 'qcow2', '-c', 'write -P 7 0 16M', at]);
  await storage.detach(context, name);
});

test('disks copied onto volumes that held something else, from files and images', async () => {
  await exec('qemu-img', ['create', '-q', '-f', 'qcow2', image('a.qcow2'), '6M']);
  await exec('qemu-io', ['-f', 'qcow2', '-c', 'write -P 5 1M 1M', image('a.qcow2')]);
  const source = { kind: 'file', path: image('a.qcow2'), format: 'qcow2' } as const;
  const dirty: typeof run = async (program, args, options) => {
    const result = await run(program, args, options);
    // What a removed volume left on its devices.
    const device = [...loops.values()].at(-1);
    if (program === 'lvcreate' && device !== undefined)
      await exec('dd', ['if=/dev/urandom', `of=${device}`, 'bs=1M', 'count=8', 'conv=notrunc']);
    return result;
  };
  const plugin = createLvmPlugin({ exec: dirty, deviceFolder: folder });
  const thick = plugin.open('san', { vgname: 'vg0', 'snapshot-as-volume-chain': true });
  const raw = await thick.copyDisk(context, source, { vmid: 100, format: 'raw', bytesPerSecond: 1e9 });
  expect(raw.sizeBytes).toBe(8 * mebibyte);
  const file = await openFile(lvm.volumes.get(raw.name)!.store);
  const { buffer } = await file.read(Buffer.alloc(8 * mebibyte), 0, 8 * mebibyte, 0);
  await file.close();
  expect(buffer.subarray(mebibyte, 2 * mebibyte).every((byte) => byte === 5)).toBe(true);
  expect(buffer.subarray(2 * mebibyte).every((byte) => byte === 0)).toBe(true);
  expect(buffer.subarray(0, mebibyte).every((byte) => byte === 0)).toBe(true);

  const copied = await thick.copyDisk(context, source, { vmid: 100, format: 'qcow2' });
  const { path: at } = (await thick.attach(context, copied.name)) as { path: string };
  const compared = await exec('qemu-img', ['compare', '-F', 'qcow2', '-f', 'qcow2', image('a.qcow2'), at]);
  expect(compared.stdout).toContain('identical');
  await thick.detach(context, copied.name);
});

test('a stranger’s image is read by a confined process, onto a device', async () => {
  lvm.add('data', { kind: 't', sizeBytes: 64 * mebibyte });
  const thin = createLvmThinPlugin({ exec: run, deviceFolder: folder });
  await exec('qemu-img', ['create', '-q', '-f', 'vmdk', image('a.vmdk'), '8M']);
  await exec('qemu-io', ['-f', 'vmdk', '-c', 'write -P 9 1M 1M', image('a.vmdk')]);
  await exec('chmod', ['a+rx', folder]);
  await exec('chmod', ['a+r', image('a.vmdk')]);
  const source = { kind: 'file', path: image('a.vmdk'), format: 'vmdk', foreign: true } as const;
  const pool = thin.open('thin', { vgname: 'vg0', thinpool: 'data' });
  for (const at of [storage, pool]) {
    const { name } = await at.copyDisk(context, source, { vmid: 100, format: 'raw' });
    const { path: device } = (await at.attach(context, name)) as { path: string };
    const read = await exec('qemu-io', [
      '-r',
      '-f',
      'raw',
      '-c',
      'read -P 9 1M 1M',
      '-c',
      'read -P 0 2M 6M',
      device,
    ]);
    expect(read.stdout).not.toContain('verification failed');
    await at.detach(context, name);
    await at.remove(context, name);
  }
});

test('a part of a device is copied as a disk of that size', async () => {
  const { name } = await storage.createDisk(context, { vmid: 100, format: 'raw', sizeBytes: 4 * mebibyte });
  const attached = await storage.attach(context, name);
  if (attached.kind !== 'block') throw new Error(attached.kind);
  await exec('qemu-io', ['-f', 'raw', '-c', 'write -P 6 0 4M', attached.path]);
  const source = { ...attached, part: { offset: 0, bytes: 540_672 } };
  const qemuImg = createQemuImg(exec);
  expect(await qemuImg.virtualSize(context, source)).toBe(540_672);
  await qemuImg.convert(context, source, { file: image('vars.raw'), format: 'raw' });
  const copy = await readFile(image('vars.raw'));
  expect(copy.length).toBe(540_672);
  expect(copy.every((byte) => byte === 6)).toBe(true);
  const back = await storage.copyDisk(context, source, { vmid: 101, format: 'raw' });
  expect(back.sizeBytes).toBe(4 * mebibyte);
  const bytes = await readFile(lvm.volumes.get(back.name)!.store);
  expect(bytes.findIndex((byte) => byte !== 6)).toBe(540_672);
  expect(bytes.subarray(540_672).every((byte) => byte === 0)).toBe(true);
  await storage.detach(context, name);
});

test('overwritten with zeros before it goes', async () => {
  const plugin = createLvmPlugin({ exec: run, deviceFolder: folder });
  const wiping = plugin.open('san', { vgname: 'vg0', saferemove: true, saferemove_throughput: '64m' });
  const { name } = await wiping.createDisk(context, { vmid: 100, format: 'raw', sizeBytes: 8 * mebibyte });
  const { store } = lvm.volumes.get(name)!;
  await exec('dd', ['if=/dev/urandom', `of=${store}`, 'bs=1M', 'count=8', 'conv=notrunc']);
  await wiping.remove(context, name);
  expect(await wiping.list(context, {})).toEqual([]);
  await expect.poll(() => lvm.names(), { timeout: 10_000 }).toEqual([]);
});
