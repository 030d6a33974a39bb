// Files below a hostile root, with what only root can make: FIFOs, devices, mounts, foreign owners.
import { chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { exec } from './exec.ts';
import { openRoot, type RootFiles } from './root-files.ts';

let root: string;
let files: RootFiles;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'croft-root-'));
  for (const name of ['etc', 'proc', 'data', 'low', 'net']) mkdirSync(join(root, name));
  files = await openRoot(root);
});
afterEach(async () => {
  await files.close();
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  for (const line of mounts.filter((mount) => mount.includes(` ${root}/`)).reverse())
    await exec('umount', [line.split(' ')[1] as string]);
  rmSync(root, { recursive: true });
});

it('a FIFO and a device are refused at once, and not replaced', async () => {
  await exec('mkfifo', [join(root, 'etc/fifo')]);
  await exec('mknod', [join(root, 'etc/zero'), 'c', '1', '5']);
  const started = Date.now();
  for (const [path, kind] of [
    ['/etc/fifo', 'a FIFO'],
    ['/etc/zero', 'a device'],
  ] as const) {
    const refused = { code: 'wrong-state', message: `${path} is ${kind}, not a file` };
    await expect(files.read(path, 10)).rejects.toMatchObject(refused);
    await expect(files.openForRead(path)).rejects.toMatchObject(refused);
    await expect(files.write(path, 'x')).rejects.toMatchObject(refused);
    expect(await files.stat(path)).toMatchObject({ kind: 'other' });
  }
  expect(Date.now() - started).toBeLessThan(2000);
});

it('mounts below the root: file systems of disks are entered, proc and its like are not', async () => {
  await exec('mount', ['-t', 'proc', 'proc', join(root, 'proc')]);
  await exec('mount', ['-t', 'tmpfs', 'croft-test', join(root, 'data')]);
  writeFileSync(join(root, 'data/file'), 'on a mount');
  expect((await files.read('/data/file', 100)).toString()).toBe('on a mount');
  await files.write('/data/new', 'x');
  const refused = {
    code: 'unsupported',
    message: "/proc/version: a file system of the kind 'proc' is mounted there",
  };
  await expect(files.read('/proc/version', 10_000)).rejects.toMatchObject(refused);
  await expect(files.list('/proc')).rejects.toMatchObject({ code: 'unsupported' });
  await files.symlink('/proc/1/root/etc/passwd', '/etc/hostname');
  await expect(files.read('/etc/hostname', 10_000)).rejects.toMatchObject({ code: 'unsupported' });
  // A file of another file system, mounted over one of the root's.
  await files.write('/etc/version', '');
  await exec('mount', ['--bind', '/proc/version', join(root, 'etc/version')]);
  await expect(files.read('/etc/version', 10_000)).rejects.toMatchObject({ code: 'unsupported' });
});

it('new files belong to whom their folder belongs, replaced ones to whom they belonged', async () => {
  chownSync(join(root, 'etc'), 100_000, 100_000);
  await files.write('/etc/hosts', 'x');
  await files.makeFolders('/etc/a/b');
  await files.symlink('hosts', '/etc/link');
  for (const path of ['hosts', 'a', 'a/b']) {
    const { uid, gid } = statSync(join(root, 'etc', path));
    expect([path, uid, gid]).toEqual([path, 100_000, 100_000]);
  }
  expect(await files.stat('/etc/link', { follow: false })).toMatchObject({ uid: 100_000, kind: 'link' });
  chownSync(join(root, 'etc/hosts'), 100_042, 100_007);
  await files.write('/etc/hosts', 'y');
  expect(await files.stat('/etc/hosts')).toMatchObject({ uid: 100_042, gid: 100_007 });
  await files.write('/etc/hosts', 'z', { uid: 5, gid: 6, mode: 0o600 });
  expect(await files.stat('/etc/hosts')).toMatchObject({ uid: 5, gid: 6, mode: 0o600 });
});

it('a held folder can be mounted on by another program', async () => {
  const held = await files.hold('/data');
  await exec('mount', ['--no-canonicalize', '-t', 'tmpfs', 'croft-test', held.path]);
  await held.close();
  expect(readFileSync('/proc/self/mounts', 'utf8')).toContain(`${root}/data tmpfs`);
});
