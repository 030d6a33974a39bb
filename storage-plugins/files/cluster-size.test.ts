// The clusters of new images: how many there are at most, who gets them, and which images are made anew when they are copied.
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Exec } from '../../server/core/exec.ts';
import { gibibyte, kibibyte, mebibyte, tebibyte } from '../../server/core/units.ts';
import { quietContext } from '../../server/core/work-context.ts';
import { createDirPlugin } from '../dir/dir-plugin.ts';
import type { Storage } from '../plugin.ts';
import { clusterBytesFor, clusterOptions, hasTooSmallClusters } from './cluster-size.ts';
import { qcow2HeaderBytes } from './qcow2-header.ts';

test.each([
  [mebibyte, 256 * kibibyte],
  [64 * gibibyte, 256 * kibibyte],
  [64 * gibibyte + 512, 512 * kibibyte],
  [256 * gibibyte, mebibyte],
  [512 * gibibyte, 2 * mebibyte],
  [64 * tebibyte, 2 * mebibyte],
  [undefined, 2 * mebibyte],
])('an image of %s bytes has clusters of %d bytes', (sizeBytes, clusterBytes) => {
  expect(clusterBytesFor(sizeBytes)).toBe(clusterBytes);
  expect(clusterOptions(sizeBytes)).toBe(`cluster_size=${clusterBytes},extended_l2=on`);
});

test.each([
  [65 * gibibyte, 64 * kibibyte, true],
  [64 * gibibyte, 64 * kibibyte, false],
  [257 * gibibyte, 256 * kibibyte, true],
  // None larger are to be had.
  [16 * tebibyte, 2 * mebibyte, false],
])('%d bytes in clusters of %d bytes: made anew %s', (sizeBytes, clusterBytes, anew) => {
  expect(hasTooSmallClusters({ sizeBytes, clusterBytes })).toBe(anew);
});

let folder: string;
let storage: Storage;
let ran: string[];
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'croft-clusters-'));
  ran = [];
  // Programs that are noted, and make what they are to make.
  const noted = async (file: string, args: readonly string[]) => {
    ran.push([file, ...args].join(' '));
    const made = args.find((arg) => arg.endsWith('.part'));
    if (made !== undefined) await writeFile(made, '');
  };
  const exec: Exec = async (file, args) => {
    await noted(file, args);
    return { stdout: '{}', stderr: '', exitCode: 0 };
  };
  storage = createDirPlugin(exec, noted).open('local', { path: folder });
  await storage.activate(quietContext());
});
afterEach(async () => await rm(folder, { recursive: true }));

async function image(name: string, sizeBytes: number, clusterBits: number): Promise<void> {
  const header = Buffer.alloc(qcow2HeaderBytes);
  header.writeUInt32BE(0x514649fb, 0);
  header.writeUInt32BE(3, 4);
  header.writeUInt32BE(clusterBits, 20);
  header.writeBigUInt64BE(BigInt(sizeBytes), 24);
  const { vmid } = await storage.createDisk(quietContext(), { vmid: 100, format: 'raw', sizeBytes: 512 });
  await writeFile(path.join(folder, `images/${vmid}`, name), header);
}

test('every way to a new qcow2 image has them', async () => {
  await image('base-100-disk-1.qcow2', 100 * gibibyte, 16);
  ran = [];
  const context = quietContext();
  await storage.createDisk(context, { vmid: 101, format: 'qcow2', sizeBytes: 100 * gibibyte });
  await storage.clone(context, '100/base-100-disk-1.qcow2', { vmid: 101, mode: 'linked' });
  const source = await storage.attach(context, '100/base-100-disk-1.qcow2');
  await storage.copyDisk(context, source, { vmid: 101, format: 'qcow2' });
  expect(ran).toEqual([
    expect.stringMatching(/^qemu-img create .*-o cluster_size=524288,extended_l2=on /),
    expect.stringMatching(/^qemu-img create .*-o cluster_size=524288,extended_l2=on -b /),
    expect.stringMatching(/^qemu-img convert .*-o cluster_size=524288,extended_l2=on /),
  ]);
  // Not of other formats.
  ran = [];
  await storage.copyDisk(context, source, { vmid: 101, format: 'raw' });
  expect(ran).toEqual([expect.not.stringContaining('cluster_size')]);
});

test.each([
  [16, /^qemu-img convert .*cluster_size=524288/],
  [19, /^cp /],
])('a full clone of an image with clusters of 2^%d bytes', async (bits, program) => {
  await image('vm-100-disk-1.qcow2', 100 * gibibyte, bits);
  ran = [];
  await storage.clone(quietContext(), '100/vm-100-disk-1.qcow2', { vmid: 101, mode: 'full' });
  expect(ran).toEqual([expect.stringMatching(program)]);
});

test('a volume tells how many clusters a snapshot is counted over', async () => {
  await image('vm-100-disk-1.qcow2', 100 * gibibyte, 16);
  const clusters = async () => (await storage.info(quietContext(), '100/vm-100-disk-1.qcow2')).clusters;
  expect(await clusters()).toBe(1);
  const file = path.join(folder, 'images/100/vm-100-disk-1.qcow2');
  await truncate(file, 10 * gibibyte);
  expect(await clusters()).toBe(163_840);
  // With what older snapshots keep it is longer than the disk.
  await truncate(file, 300 * gibibyte);
  expect(await clusters()).toBe(1_638_400);
  expect((await storage.info(quietContext(), '100/vm-100-disk-0.raw')).clusters).toBeUndefined();
});
