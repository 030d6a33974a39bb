// Disks for real: a sparse file as a disk, divided and formatted by the real programs, read by the real lsblk and blkid.
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { partitions } from '../../server/core/appliance-layout.ts';
import { exec } from '../../server/core/exec.ts';
import { gibibyte } from '../../server/core/units.ts';
import { observeDisks } from './observe-disks.ts';
import { observeMachine } from './observe-machine.ts';
import type { DiskFacts } from './types.ts';

let folder: string;
let loop: string;
const made: string[] = [];
const part = (number: number) => `${loop}p${number}`;

/** Partition nodes, also on kernels that do not read GPT themselves: partx tells them, and devtmpfs or we make the nodes. */
async function showPartitions(): Promise<void> {
  const name = basename(loop);
  await exec('partx', ['--update', loop]).catch(() => exec('partx', ['--add', loop]));
  for (const { number } of Object.values(partitions)) {
    if (existsSync(part(number))) continue;
    const device = await readFile(`/sys/block/${name}/${name}p${number}/dev`, 'utf8');
    const [major = '', minor = ''] = device.trim().split(':');
    await exec('mknod', [part(number), 'b', major, minor]);
    made.push(part(number));
  }
}

async function look(stateSchema: number): Promise<DiskFacts> {
  const [disk] = await observeDisks({ exec, stateSchema, names: new RegExp(`^${basename(loop)}$`) });
  if (!disk) throw new Error('the disk is not seen');
  return disk;
}

async function write(number: number, files: Record<string, string>): Promise<void> {
  const at = await mkdtemp(join(folder, 'at-'));
  await exec('mount', [part(number), at]);
  try {
    for (const [path, text] of Object.entries(files)) {
      await exec('mkdir', ['-p', join(at, path, '..')]);
      await writeFile(join(at, path), text);
    }
  } finally {
    await exec('umount', [at]);
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'croft-disk-'));
  const file = join(folder, 'disk');
  await writeFile(file, '');
  await truncate(file, 13 * gibibyte);
  loop = (await exec('losetup', ['--find', '--show', file])).stdout.trim();
});

afterAll(async () => {
  if (loop) {
    await exec('partx', ['--delete', loop]).catch(() => undefined);
    for (const node of made) await rm(node, { force: true });
    await exec('losetup', ['--detach', loop]);
  }
  await rm(folder, { recursive: true, force: true });
});

describe('a disk', () => {
  test('that is empty', async () => {
    expect(await look(1)).toMatchObject({
      path: loop,
      sizeBytes: 13 * gibibyte,
      sectorBytes: 512,
      contents: [],
      croft: undefined,
      problem: undefined,
    });
  });

  test('that is formatted as a whole', async () => {
    await exec('mkfs.ext4', ['-q', '-F', '-L', 'my "disk\\', loop], { timeoutMs: 60_000 });
    const { contents } = await look(1);
    expect(contents).toMatchObject([
      { device: loop, type: 'ext4', label: 'my "disk\\', description: 'Linux file system (ext4)' },
    ]);
    await exec('wipefs', ['--all', '--quiet', loop]);
    expect((await look(1)).contents).toEqual([]);
  });

  test("that is divided as Croft's, with an installation on it", async () => {
    const { bios, esp, system, state, guests } = partitions;
    const sizes = [
      [bios, '+1M', 'ef02'],
      [esp, '+256M', 'ef00'],
      [system, '+3G', '8300'],
      [state, '+1G', '8300'],
      [guests, '0', '8e00'],
    ] as const;
    const args = sizes.flatMap(([{ number, name }, size, type]) => [
      `--new=${number}:0:${size}`,
      `--typecode=${number}:${type}`,
      `--change-name=${number}:${name}`,
    ]);
    await exec('sgdisk', [...args, loop]);
    await showPartitions();
    await exec('mkfs.vfat', ['-F', '32', '-n', 'CROFT_ESP', part(2)]);
    await exec('mkfs.ext4', ['-q', '-L', 'croft-system', part(3)], { timeoutMs: 60_000 });
    await exec('mkfs.ext4', ['-q', '-L', 'croft-state', part(4)], { timeoutMs: 60_000 });
    await exec('mkswap', [part(5)]);
    await write(3, {
      'A/manifest.json': JSON.stringify({ version: '0.3.0', built: '2026-11-01T00:00:00Z' }),
    });
    await write(4, { schema: '1\n', 'files/etc/hostname': 'attic\n' });

    const before = await readFile('/proc/self/mountinfo', 'utf8');
    const disk = await look(1);
    expect(await readFile('/proc/self/mountinfo', 'utf8')).toBe(before);
    expect(
      disk.contents.map(({ device, type, label, description }) => [device, type, label, description]),
    ).toEqual([
      [part(1), '', '', 'Croft: start for BIOS'],
      [part(2), 'vfat', 'CROFT_ESP', 'Croft: start'],
      [part(3), 'ext4', 'croft-system', 'Croft: system'],
      [part(4), 'ext4', 'croft-state', 'Croft: settings'],
      [part(5), 'swap', '', 'Croft: guests'],
    ]);
    // Swap where the volume group should be: everything is read, and it is said why it cannot be kept.
    expect(disk.croft).toEqual({
      hostname: 'attic',
      version: '0.3.0',
      stateSchema: 1,
      keepable: false,
      reason: 'the volume group croft with the guests is not on it',
    });
    expect(disk.problem).toBeUndefined();
  });

  test('that is in use', async () => {
    const at = await mkdtemp(join(folder, 'use-'));
    await exec('mount', ['-o', 'ro', part(4), at]);
    try {
      expect(await look(1)).toMatchObject({
        problem: `it is in use: ${part(4)} is mounted at ${at}`,
        croft: { hostname: 'attic' },
      });
    } finally {
      await exec('umount', [at]);
    }
  });
});

test('this machine', async () => {
  const { disks, nics, memoryBytes } = await observeMachine({ exec, stateSchema: 1, live: false });
  expect(memoryBytes).toBeGreaterThan(gibibyte / 4);
  for (const disk of disks) expect(disk.path).toBe(`/dev/${disk.name}`);
  for (const { mac } of nics) expect(mac).toMatch(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/);
  // Whatever this machine runs from must never be offered.
  const root = (await exec('findmnt', ['--noheadings', '--output', 'SOURCE', '/'])).stdout.trim();
  for (const disk of disks) if (root.startsWith(disk.path)) expect(disk.problem).toBeDefined();
});
