// ext4 in real volumes: made, refused where something is, grown while mounted and not; trees copied with all that belongs to them.
import {
  chownSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { exec } from '../../../core/exec.ts';
import { quietContext } from '../../../core/work-context.ts';
import { createCtFileSystems } from './file-systems.ts';

const fileSystems = createCtFileSystems(exec);
const context = quietContext();
const mib = 1024 ** 2;
let base: string;
let path: string;
const volume = () => ({ kind: 'file', path, format: 'raw' }) as const;

/** capabilities(7): bit 24; the kernel asks for it in EXT4_IOC_RESIZE_FS. */
function mayResizeMounted(): boolean {
  const mask = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return (BigInt(`0x${mask}`) & (1n << 24n)) !== 0n;
}

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'croft-fs-'));
  path = join(base, 'disk.raw');
  mkdirSync(join(base, 'mnt'));
  writeFileSync(path, '');
  truncateSync(path, 64 * mib);
});
afterEach(async () => {
  await exec('umount', [join(base, 'mnt')], { okExitCodes: [0, 32] });
  expect((await exec('losetup', ['--noheadings', '--associated', path])).stdout).toBe('');
  rmSync(base, { recursive: true });
});

it('formats what is empty, with a root folder of the given owner; never what holds something', async () => {
  await fileSystems.format(context, volume(), 100_000);
  const before = readFileSync(path);
  await expect(fileSystems.format(context, volume(), 0)).rejects.toMatchObject({
    code: 'wrong-state',
    message: 'the volume is not empty: it holds ext4',
  });
  expect(readFileSync(path).equals(before)).toBe(true);
  await exec('mount', ['-o', 'loop', path, join(base, 'mnt')]);
  expect(statSync(join(base, 'mnt'))).toMatchObject({ uid: 100_000, gid: 100_000 });
  const qcow2 = { ...volume(), format: 'qcow2' } as const;
  await expect(fileSystems.format(context, qcow2, 0)).rejects.toMatchObject({ code: 'unsupported' });
});

it('a partition table counts as something', async () => {
  await exec('sfdisk', ['--quiet', path], { input: 'label: gpt\n,10M\n' });
  await expect(fileSystems.format(context, volume(), 0)).rejects.toMatchObject({
    message: 'the volume is not empty: it holds gpt',
  });
});

it('grows while nobody uses it, and while it is mounted', async () => {
  await fileSystems.format(context, volume(), 0);
  const sizeOf = async () => {
    const { stdout } = await exec('stat', ['--file-system', '--format=%b', join(base, 'mnt')]);
    return Number(stdout);
  };
  truncateSync(path, 128 * mib);
  await fileSystems.grow(context, volume());
  await exec('mount', ['-o', 'loop', path, join(base, 'mnt')]);
  const small = await sizeOf();
  truncateSync(path, 256 * mib);
  if (!mayResizeMounted()) {
    process.stderr.write('growing while mounted: not tried, this machine keeps CAP_SYS_RESOURCE from root\n');
    await expect(fileSystems.grow(context, volume())).rejects.toMatchObject({ code: 'command-failed' });
    return;
  }
  await fileSystems.grow(context, volume());
  expect(await sizeOf()).toBeGreaterThan(small * 1.8);
  await fileSystems.grow(context, volume());
});

it('copies owners, modes, times, hard links, holes, attributes and access lists', async () => {
  const from = join(base, 'from');
  const to = join(base, 'to');
  mkdirSync(from, { mode: 0o750 });
  mkdirSync(to);
  writeFileSync(join(from, 'a'), 'begin');
  truncateSync(join(from, 'a'), 200 * mib);
  chownSync(join(from, 'a'), 100_005, 100_006);
  linkSync(join(from, 'a'), join(from, 'b'));
  await exec('chmod', ['2640', join(from, 'a')]);
  await exec('touch', ['-d', '2001-02-03T04:05:06Z', join(from, 'a')]);
  await exec('perl', [
    '-e',
    'my ($n, $v) = ("user.note", "kept"); syscall(188, $ARGV[0], $n, $v, 4, 0) == 0 or die "$!"',
    join(from, 'a'),
  ]);
  await fileSystems.copyTree(context, from, to);
  const copied = statSync(join(to, 'a'));
  expect(copied).toMatchObject({ uid: 100_005, gid: 100_006, nlink: 2, mtimeMs: 981_173_106_000 });
  expect(copied.mode & 0o7777).toBe(0o2640);
  expect(copied.blocks).toBeLessThan(100);
  expect(statSync(join(to, 'b')).ino).toBe(copied.ino);
  expect(statSync(to).mode & 0o777).toBe(0o750);
  const { stdout } = await exec('perl', [
    '-e',
    'my ($k, $v) = ("user.note", "x" x 16); my $n = syscall(191, $ARGV[0], $k, $v, 16); print substr($v, 0, $n)',
    join(to, 'a'),
  ]);
  expect(stdout).toBe('kept');
});
