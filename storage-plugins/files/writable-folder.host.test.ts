// Folders on file systems that take no writes, in loop files: mounted so, and set so by the kernel after an error.
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { exec } from '../../server/core/exec.ts';
import { quietContext } from '../../server/core/work-context.ts';
import { createDirPlugin } from '../dir/dir-plugin.ts';
import { openRootFolder } from '../root-folder.ts';
import { whyNotWritable } from './writable-folder.ts';

const run = (program: string, ...args: string[]) => execFileSync(program, args, { stdio: 'pipe' }).toString();
let folder: string;
let mount: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'croft-read-only-'));
  mount = path.join(folder, 'mount');
  const image = path.join(folder, 'image');
  await writeFile(image, '');
  await truncate(image, 64 * 1024 ** 2);
  run('mkfs.ext4', '-q', '-E', 'lazy_itable_init=0,lazy_journal_init=0', image);
  run('mkdir', mount);
  run('mount', '-o', 'loop,errors=remount-ro', image, mount);
});
afterEach(async () => {
  run('umount', mount);
  await rm(folder, { recursive: true });
  expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain(folder);
});

test('one that is well is not written to', async () => {
  const device = deviceOfMount();
  const sectorsWritten = async () => {
    return (await readFile(`/sys/block/${device}/stat`, 'utf8')).trim().split(/\s+/)[6];
  };
  run('sync', '--file-system', mount);
  const before = await sectorsWritten();
  for (let time = 0; time < 20; time += 1) expect(await whyNotWritable(mount)).toBeUndefined();
  run('sync', '--file-system', mount);
  expect(await sectorsWritten()).toBe(before);
});

test('one that is mounted read-only is told, and still serves what is only read', async () => {
  run('mount', '-o', 'remount,ro', mount);
  expect(await whyNotWritable(mount)).toBe("the storage's file system is read-only");
  await expect(openRootFolder({ path: mount, content: 'iso,images' }).check()).rejects.toThrow('read-only');
  await expect(openRootFolder({ path: mount }).check()).rejects.toThrow('read-only');
  await openRootFolder({ path: mount, content: 'iso,vztmpl' }).check();
});

test('one that the kernel made read-only after an error is told, until it was repaired', async () => {
  const device = deviceOfMount();
  await writeFile(`/sys/fs/ext4/${device}/trigger_fs_error`, '1');
  expect(await whyNotWritable(mount)).toMatch(
    /^the storage's file system (is read-only|was shut down after errors)$/,
  );
  const storage = createDirPlugin(exec).open('folder', { path: mount });
  for (const call of ['check', 'usage'] as const)
    await expect(storage[call](quietContext())).rejects.toThrow("the storage's file system");
  run('umount', mount);
  // Its exit status is 1 when it mended something (e2fsck(8)).
  try {
    run('e2fsck', '-f', '-y', path.join(folder, 'image'));
  } catch (error) {
    expect(error).toMatchObject({ status: 1 });
  }
  run('mount', '-o', 'loop', path.join(folder, 'image'), mount);
  expect(await whyNotWritable(mount)).toBeUndefined();
});

test('errors that were counted and did not stop it are no reason', async () => {
  run('mount', '-o', 'remount,errors=continue', mount);
  const device = deviceOfMount();
  await writeFile(`/sys/fs/ext4/${device}/trigger_fs_error`, '1');
  expect(await readFile(`/sys/fs/ext4/${device}/errors_count`, 'utf8')).toBe('1\n');
  expect(await whyNotWritable(mount)).toBeUndefined();
});

function deviceOfMount(): string {
  return path.basename(run('findmnt', '--noheadings', '--output', 'SOURCE', mount).trim());
}
