// The installation with real programs on a disk in a file: partitions, file systems, image, state, boot loader, the way back.
// What this machine lacks (LVM, FAT in the kernel, udev, grub-install) is stood in for, and said so.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Exec, exec } from '../../server/core/exec.ts';
import { quietContext } from '../../server/core/work-context.ts';
import type { CroftInstaller } from './create-installer.ts';
import { installWorld, uuids } from './install-fixture.ts';
import type { InstallJob } from './job.ts';

const context = quietContext();
const base = mkdtempSync(join(tmpdir(), 'croft-install-'));
const mebibyte = 1024 ** 2;
const imageBytes = 96 * mebibyte;
let disk = '';
let world: ReturnType<typeof installWorld>;
let installer: CroftInstaller;
let job: InstallJob;
let cleanUp = async () => {};
const stoodIn = new Set<string>();
/** GRUB was put on the disk. */
let bootLoader = false;

const installed = (program: string) =>
  (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(join(folder, program)));
const kernelHas = (type: string) =>
  new RegExp(`\\b${type}\\b`).test(readFileSync('/proc/filesystems', 'utf8'));
const hasVfat = kernelHas('vfat');
const done = { exitCode: 0, stdout: '', stderr: '' };

function missing(what: string): typeof done {
  if (!stoodIn.has(what)) process.stdout.write(`not tried with real programs: ${what} is missing here\n`);
  stoodIn.add(what);
  return done;
}

/** Real programs, but for what this machine cannot do. */
const here: Exec = async (file, args, options) => {
  const last = args.at(-1) ?? '';
  if (file === 'udevadm' && !installed(file)) return missing('udev');
  if (/^(pv|vg|lv)/.test(file) && !installed(file)) {
    missing('LVM');
    if (file === 'pvs') return { ...done, stdout: '{"report":[{"pv":[]}]}' };
    if (file === 'vgs') return { ...done, stdout: `{"report":[{"vg":[{"vg_free":"${2048 * mebibyte}"}]}]}` };
    if (file === 'lvs')
      return { ...done, stdout: '{"report":[{"lv":[{"lv_name":"local"},{"lv_name":"data"}]}]}' };
    return done;
  }
  if (last === '/dev/croft/local' && !existsSync(last)) return done;
  if (file === 'grub-install' && !installed(file)) return missing('grub-install');
  if (file === 'grub-install' && args[0] === '--target=x86_64-efi' && !hasVfat)
    return missing('FAT in the kernel');
  if (file === 'mount' && args[1] === 'vfat' && !hasVfat)
    return exec(file, ['-t', 'ext2', ...args.slice(2)], options);
  if (file === 'grub-install' && last === disk) {
    // A loop device does not tell where its partitions begin (HDIO_GETGEO): grub-install then finds no drive for them.
    const tried = await exec(file, args, { ...options, okExitCodes: [0, 1] });
    if (tried.exitCode === 0) bootLoader = true;
    else expect(tried.stderr).toContain('cannot find a GRUB drive');
    return tried.exitCode === 0 ? tried : missing('a disk that grub-install takes');
  }
  const result = await exec(file, args, options);
  if (args.includes('--rereadpt') && !existsSync(`${last}p1`))
    await exec('partx', ['--update', last], { okExitCodes: [0, 1] });
  if (file === 'mkfs.vfat' && !hasVfat) {
    missing('FAT in the kernel');
    expect((await exec('blkid', ['-p', '-s', 'VERSION', '-o', 'value', last])).stdout.trim()).toBe('FAT32');
    await exec('mkfs.ext2', ['-F', '-q', last]);
  }
  return result;
};

beforeAll(async () => {
  const file = join(base, 'disk');
  writeFileSync(file, '');
  truncateSync(file, 12 * 1024 * mebibyte);
  disk = (await exec('losetup', ['--find', '--show', '--partscan', file])).stdout.trim();
  cleanUp = async () => {
    for (const part of ['system', 'state', 'esp'])
      await exec('umount', [join(world.runDir, job.id, part)]).catch(() => {});
    await exec('partx', ['--delete', disk]).catch(() => {});
    await exec('losetup', ['--detach', disk]);
  };
  // What was there: a system of somebody else, with boot code.
  await exec('sgdisk', ['--new=1:0:+64M', '--typecode=1:ef00', '--new=2:0:+1G', disk]);
  await exec('partx', ['--update', disk]).catch(() => {});
  await exec('mkfs.vfat', [`${disk}p1`]);
  await exec('mkfs.ext4', ['-F', '-q', `${disk}p2`]);
  await exec('dd', ['if=/dev/urandom', `of=${disk}`, 'bs=440', 'count=1', 'conv=notrunc']);
  world = installWorld({
    disks: [disk],
    wrap: () => here,
    imageBytes,
    diskBytes: 12 * 1024 * mebibyte,
    parts: { exists: async (path) => existsSync(path) || path.startsWith('/dev/croft/') },
  });
  installer = world.installer;
  job = await installer.accept('', world.confirm, context.signal);
});

afterAll(async () => {
  await cleanUp();
  await world?.dispose();
  rmSync(base, { recursive: true });
});

async function bytesAt(path: string, offset: number, count: number): Promise<Buffer> {
  const handle = await open(path, 'r');
  const bytes = Buffer.alloc(count);
  await handle.read(bytes, 0, count, offset);
  await handle.close();
  return bytes;
}

async function looking<T>(device: string, look: (folder: string) => T): Promise<T> {
  const folder = join(base, 'look');
  mkdirSync(folder, { recursive: true });
  await exec('mount', ['-o', 'ro', device, folder]);
  try {
    return look(folder);
  } finally {
    await exec('umount', [folder]);
  }
}

test('a disk with another system becomes an installation', async () => {
  const seen: number[] = [];
  for (const { name } of installer.steps) {
    const progress = (fraction: number) => name === 'image' && seen.push(fraction);
    await installer.runStep(name, { ...context, progress }, job);
    // Once more, as after a crash of the daemon.
    if (name !== 'image') await installer.runStep(name, context, job);
  }
  expect(seen.length).toBeGreaterThan(imageBytes / mebibyte / 2);
  expect(seen.at(-1)).toBe(1);

  const table = JSON.parse((await exec('sfdisk', ['--json', disk])).stdout).partitiontable;
  expect(
    table.partitions.map(({ name, start }: { name: string; start: number }) => [name, start % 2048]),
  ).toEqual([
    ['croft-bios', 0],
    ['croft-esp', 0],
    ['croft-system', 0],
    ['croft-state', 0],
    ['croft-guests', 0],
  ]);
  const features = (await exec('dumpe2fs', ['-h', `${disk}p3`])).stdout;
  expect(features).toContain(uuids.system);
  // What GRUB 2.12 cannot read: a seed of its own, orphan files, a journal that is not empty.
  expect(/^Filesystem features:(.*)$/m.exec(features)?.[1]).not.toMatch(
    /metadata_csum_seed|orphan_file|needs_recovery/,
  );
  await looking(`${disk}p3`, (folder) => {
    expect(readFileSync(join(folder, 'A/filesystem.squashfs')).length).toBe(imageBytes);
    expect(existsSync(join(folder, 'A.new'))).toBe(false);
  });
  await looking(`${disk}p4`, (folder) => {
    expect(readFileSync(join(folder, 'accounts/shadow'), 'utf8')).toMatch(
      /^root:\$6\$[^:]{86,}:\d+:0:99999:7:::\n$/,
    );
    expect(readFileSync(join(folder, 'files/etc/hostname'), 'utf8')).toBe('server1\n');
  });
  expect((await exec('findmnt', ['--list', '--noheadings', '--output', 'SOURCE'])).stdout).not.toContain(
    disk,
  );
});

test('the hash is that of the password', async () => {
  const secret = await looking(`${disk}p4`, (folder) =>
    readFileSync(join(folder, 'accounts/shadow'), 'utf8'),
  );
  const [, salt = '', hash] = /^root:\$6\$([^$]+)\$([^:]+):/.exec(secret) ?? [];
  const again = await exec('openssl', ['passwd', '-6', '-salt', salt, '-stdin'], { input: 'geheim-0815\n' });
  expect(again.stdout.trim()).toBe(`$6$${salt}$${hash}`);
});

test('a BIOS finds boot code, and its core in the partition for it', async ({ skip }) => {
  skip(!bootLoader, 'the boot loader could not be installed on a disk of this machine');
  const sector = await bytesAt(disk, 0, 512);
  expect(sector.includes('GRUB')).toBe(true);
  expect((await bytesAt(`${disk}p1`, 0, 512)).some((byte) => byte !== 0)).toBe(true);
  await looking(`${disk}p2`, (folder) => {
    expect(existsSync(join(folder, 'grub/i386-pc/normal.mod'))).toBe(true);
    expect(readFileSync(join(folder, 'grub/grubenv')).length).toBe(1024);
  });
});

test('abandoned, the disk starts nothing and shows no partitions', async () => {
  await installer.abandon(context, job);
  expect((await bytesAt(disk, 0, 440)).every((byte) => byte === 0)).toBe(true);
  expect((await exec('blkid', ['-p', disk], { okExitCodes: [2] })).stdout).toBe('');
  await installer.abandon(context, job);
});
