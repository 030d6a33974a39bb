// The real tools on loop devices: a partition table, wiping, file systems in partitions, mounts. Device mapper (LVM) is the lab's.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { exec } from '../core/exec.ts';
import { mebibyte } from '../core/units.ts';
import { mountAll } from './disk-mounts.ts';
import { createDiskService } from './disk-service.ts';
import { createHostDisks } from './host-disks.ts';

const signal = new AbortController().signal;
const programs = ['losetup', 'sgdisk', 'sfdisk', 'wipefs', 'mkfs.ext4', 'partx'];
const folder = mkdtempSync(join(tmpdir(), 'croft-disks-'));
const image = join(folder, 'disk.img');
const mountsFolder = join(folder, 'mounts');
const root = join(folder, 'mnt');
const run = (program: string, ...args: string[]) => execFileSync(program, args, { encoding: 'utf8' }).trim();
const has = (program: string) => ['/usr/sbin/', '/sbin/', '/usr/bin/'].some((at) => existsSync(at + program));

const lacking = programs.filter((program) => !has(program));
const why =
  process.getuid?.() !== 0
    ? 'root is needed'
    : lacking.length > 0
      ? `${lacking.join(', ')} is not installed`
      : undefined;
if (why !== undefined) process.stderr.write(`disks on loop devices are not tested: ${why}\n`);
const withXfs = has('mkfs.xfs') && readFileSync('/proc/filesystems', 'utf8').includes('\txfs\n');
if (!withXfs)
  process.stderr.write('XFS is not tested here: mkfs.xfs or the kernel lacks it; the lab has it\n');

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(why !== undefined)('a loop device as a disk', () => {
  let disk = '';
  const driver = createHostDisks({
    ...{ exec, folder: mountsFolder, root },
    isDisk: ({ path }) => path === disk,
    // Kernels of development machines may lack the format that ext4 keeps them in; the lab's has it.
    hasQuotas: () => false,
  });
  const service = createDiskService({ driver, storages: () => [], guestPaths: () => [] });
  const marks = async () => (await driver.signatures([disk], signal)).map(({ type }) => type);

  beforeEach(() => {
    writeFileSync(image, '');
    truncateSync(image, 400 * mebibyte);
    disk = run('losetup', '--find', '--partscan', '--show', image);
  });
  afterEach(async () => {
    for (const mount of await driver.mounts()) {
      await driver.unmount(mount, signal);
      await driver.forgetMount(mount);
    }
    try {
      run('partx', '--delete', disk);
    } catch {
      // There is none.
    }
    run('losetup', '--detach', disk);
  });

  test('an empty one, with an empty table, and without again', async () => {
    expect(await service.find(disk, signal)).toMatchObject({ empty: true, uses: [], losses: [] });
    const guid = '11111111-2222-4333-8444-555555555555';
    await driver.makeTable(disk, guid, signal);
    expect(await driver.table(disk, signal)).toEqual({ type: 'gpt', partitions: [] });
    expect(run('sgdisk', '--print', disk)).toContain(guid);
    expect(await service.find(disk, signal)).toMatchObject({ empty: true });
    await driver.erase(disk, 'disk', signal);
    expect(await marks()).toEqual([]);
    expect(await driver.table(disk, signal)).toBeUndefined();
  });

  test.each(['ext4', ...(withXfs ? ['xfs'] : [])] as ('ext4' | 'xfs')[])(
    'a directory on %s, mounted again at a start, and erased',
    async (type) => {
      const guid = 'AAAAAAAA-BBBB-4CCC-8DDD-EEEEEEEEEEEE';
      const uuid = '0b0e6f3c-2d3a-4d0e-9f0a-5d8f0a6b1c2d';
      const part = await driver.makePartition(disk, guid, signal);
      expect(await driver.makePartition(disk, guid, signal)).toBe(part);
      await driver.makeFileSystem(part, type, uuid, signal);
      const mount = driver.mountOf('box', { uuid, type, partition: guid });
      await driver.mount(mount, signal);
      await driver.mount(mount, signal);
      writeFileSync(join(mount.path, 'a file'), 'text');
      expect(await driver.someFiles(mount, 5)).toEqual(['a file']);
      expect((await driver.space(mount))?.sizeBytes).toBeGreaterThan(200 * mebibyte);
      expect((await service.directories(signal))[0]).toMatchObject({ name: 'box', mounted: 1, device: part });

      // In use: by words, and by the kernel when nobody asked.
      const { uses, losses } = await service.find(disk, signal);
      expect(uses).toEqual([`${part} is mounted at ${mount.path} as directory 'box'`]);
      expect(losses).toContainEqual(expect.stringContaining(`file system ${type}`));

      await driver.unmount(mount, signal);
      expect(await mountAll(driver, signal)).toEqual([]);
      expect(readFileSync(join(mount.path, 'a file'), 'utf8')).toBe('text');
      await driver.unmount(mount, signal);
      await driver.erase(part, 'part', signal);
      expect(await mountAll(driver, signal)).toEqual([expect.stringMatching(/^directory 'box': mount/)]);
      await driver.forgetMount(mount);
      expect(await driver.mounts()).toEqual([]);
      await driver.removePartition(disk, guid, signal);
      await driver.erase(disk, 'disk', signal);
      expect(await service.find(disk, signal)).toMatchObject({ empty: true, losses: [] });
    },
  );

  test('one with an empty table of another kind (MBR) gets a GPT', async () => {
    const guid = 'AAAAAAAA-BBBB-4CCC-8DDD-EEEEEEEEEEEE';
    const writeMbr = () => execFileSync('sfdisk', ['--quiet', disk], { input: 'label: dos\n' });
    writeMbr();
    expect(await service.find(disk, signal)).toMatchObject({ empty: true, losses: [] });
    await driver.makeTable(disk, undefined, signal);
    expect(await driver.table(disk, signal)).toEqual({ type: 'gpt', partitions: [] });
    await driver.erase(disk, 'disk', signal);
    writeMbr();
    await driver.makePartition(disk, guid, signal);
    expect(await driver.table(disk, signal)).toMatchObject({ type: 'gpt', partitions: [{ guid }] });
  });

  test.each(['ext4', ...(withXfs ? ['xfs'] : [])] as ('ext4' | 'xfs')[])(
    '%s with quotas is mounted without them by any kernel',
    async (type) => {
      const uuid = '0b0e6f3c-2d3a-4d0e-9f0a-5d8f0a6b1c2f';
      const withQuotas = createHostDisks({
        ...{ exec, folder: mountsFolder, root },
        ...{ isDisk: ({ path }) => path === disk, hasQuotas: () => true },
      });
      await withQuotas.makeFileSystem(disk, type, uuid, signal);
      const mount = withQuotas.mountOf('box', { uuid, type, partition: '' });
      const plain = await withQuotas.withoutQuotas(mount, disk, signal);
      expect(await withQuotas.withoutQuotas(mount, disk, signal)).toEqual(plain);
      await withQuotas.mount(plain!, signal);
      expect(await withQuotas.space(mount)).toBeDefined();
      const line = readFileSync('/proc/self/mounts', 'utf8')
        .split('\n')
        .find((one) => one.startsWith(disk));
      expect(line).toContain(` ${type} `);
      expect(line).not.toContain('prjquota');
    },
  );

  test('what the kernel has in use is not erased', async () => {
    const uuid = '0b0e6f3c-2d3a-4d0e-9f0a-5d8f0a6b1c2e';
    await driver.makeFileSystem(disk, 'ext4', uuid, signal);
    const mount = driver.mountOf('whole', { uuid, type: 'ext4', partition: '' });
    await driver.mount(mount, signal);
    await expect(driver.erase(disk, 'disk', signal)).rejects.toMatchObject({ code: 'busy' });
    expect(await marks()).toEqual(['ext4']);
    expect(await driver.space(mount)).toBeDefined();
  }, 40_000);
});
