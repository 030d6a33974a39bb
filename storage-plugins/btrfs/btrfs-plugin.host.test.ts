// The btrfs storage on a file system of its own in a loop file: the whole contract, and what is its own.
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '../../server/core/errors.ts';
import { exec } from '../../server/core/exec.ts';
import { quietContext } from '../../server/core/work-context.ts';
import { describeStoragePlugin } from '../../test/contracts/storage-plugin.ts';
import type { TreeAccess } from '../../test/contracts/storage-trees.ts';
import { unfinishedFiles } from '../../test/fixtures/dir-storage.ts';
import type { Attachment, Storage } from '../plugin.ts';
import { createBtrfsPlugin } from './btrfs-plugin.ts';

const context = quietContext();
const mebibyte = 1024 ** 2;
const run = (program: string, ...args: string[]) => execFileSync(program, args, { stdio: 'pipe' }).toString();

let folder: string;
let mount: string;
let number = 0;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'croft-btrfs-'));
  mount = path.join(folder, 'mount');
  const image = path.join(folder, 'image');
  await writeFile(image, '');
  await truncate(image, 1024 * mebibyte);
  run('mkfs.btrfs', '-q', image);
  run('mkdir', mount);
  run('mount', '-o', 'loop', image, mount);
});
afterAll(async () => {
  run('umount', mount);
  await rm(folder, { recursive: true });
  expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(folder);
  expect(run('losetup', '--list', '--noheadings', '--output', 'BACK-FILE')).not.toContain(folder);
});

function placeOf(attachment: Attachment): string {
  if (attachment.kind !== 'directory') throw new Error(attachment.kind);
  return attachment.path;
}
const directories: TreeAccess = {
  write: async (attachment, file, text) => await writeFile(path.join(placeOf(attachment), file), text),
  read: async (attachment, file) =>
    await readFile(path.join(placeOf(attachment), file), 'utf8').catch(() => undefined),
  remove: async (attachment, file) => await rm(path.join(placeOf(attachment), file)),
};

/** A storage in a fresh folder of the file system, and how to take every subvolume of it away. */
function freshRoot(): { root: string; clear: () => void } {
  number += 1;
  const root = path.join(mount, `storage${number}`);
  return {
    root,
    clear() {
      spawnSync('rm', ['-rf', root]);
      const list = () => run('btrfs', 'subvolume', 'list', mount).trim().split('\n').filter(Boolean);
      for (const line of list().reverse()) {
        const at = path.join(mount, line.replace(/^.* path /, ''));
        spawnSync('btrfs', ['property', 'set', '-t', 'subvol', at, 'ro', 'false']);
        run('btrfs', 'subvolume', 'delete', at);
      }
      run('rm', '-rf', root);
    },
  };
}

describeStoragePlugin(
  'btrfs',
  async () => {
    const { root, clear } = freshRoot();
    return {
      plugin: createBtrfsPlugin(exec),
      options: { path: root },
      cleanUp: async () => clear(),
      leftovers: async () => await unfinishedFiles(root),
      tooManyBytes: 2 ** 52,
      trees: directories,
    };
  },
  { qcow2: false, fullCopies: true },
);

describe('btrfs', () => {
  let root: string;
  let clear: () => void;
  let storage: Storage;
  beforeEach(async () => {
    ({ root, clear } = freshRoot());
    storage = createBtrfsPlugin(exec).open('pool', { path: root });
    await storage.activate(context);
  });
  afterEach(() => clear());

  const code = async (work: Promise<unknown>): Promise<string> =>
    await work.then(
      () => 'fine',
      (error: unknown) => (error instanceof AppError ? error.code : String(error)),
    );
  const tree = async (sizeBytes = 0) =>
    (await storage.createDisk(context, { vmid: 100, format: 'subvol', sizeBytes })).name;
  const subvolumes = () => run('btrfs', 'subvolume', 'list', mount).trim().split('\n').filter(Boolean).length;
  const place = async (name: string) => placeOf(await storage.attach(context, name));

  test('is refused where there is no btrfs', async () => {
    const elsewhere = createBtrfsPlugin(exec).open('x', { path: path.join(folder, 'plain') });
    expect(await code(elsewhere.activate(context))).toBe('unavailable');
  });

  test('what is removed leaves no subvolume behind, snapshots and what a guest made inside included', async () => {
    const name = await tree();
    const at = await place(name);
    run('btrfs', 'subvolume', 'create', path.join(at, 'machines'));
    writeFileSync(path.join(at, 'machines/file'), 'x');
    await storage.snapshot(context, name, 'one');
    expect(subvolumes()).toBe(3);
    await storage.remove(context, name);
    expect(subvolumes()).toBe(0);
    expect(await readdir(path.join(root, 'images'))).toEqual([]);
  });

  test('a snapshot while it is mounted works, a rollback does not', async () => {
    const name = await tree();
    const at = path.join(folder, 'bound');
    run('mkdir', '-p', at);
    run('mount', '--bind', await place(name), at);
    try {
      expect(await code(storage.snapshot(context, name, 'one'))).toBe('fine');
      for (const work of [
        () => storage.rollback(context, name, 'one'),
        () => storage.remove(context, name),
        () => storage.makeBase(context, name),
      ])
        expect(await code(work())).toBe('wrong-state');
    } finally {
      run('umount', at);
    }
    expect(await code(storage.rollback(context, name, 'one'))).toBe('fine');
  });

  test('bases and snapshots cannot be written to', async () => {
    const name = await tree();
    await storage.snapshot(context, name, 'one');
    const snapshot = placeOf(await storage.attach(context, name, 'one'));
    expect(() => writeFileSync(path.join(snapshot, 'a'), 'x')).toThrow('EROFS');
    const base = await storage.makeBase(context, name);
    const at = await place(base.name);
    expect(() => writeFileSync(path.join(at, 'a'), 'x')).toThrow('EROFS');
    await storage.remove(context, base.name);
    expect(subvolumes()).toBe(0);
  });

  test('the data of an image is shared by its clone, and not by what is written after', async () => {
    const { name } = await storage.createDisk(context, {
      vmid: 100,
      format: 'raw',
      sizeBytes: 64 * mebibyte,
    });
    const file = async (volume: string) => {
      const attachment = await storage.attach(context, volume);
      if (attachment.kind !== 'file') throw new Error(attachment.kind);
      return attachment.path;
    };
    run('dd', 'if=/dev/urandom', `of=${await file(name)}`, 'bs=1M', 'count=16', 'conv=notrunc');
    const clone = await storage.clone(context, name, { vmid: 101, mode: 'full' });
    run('cmp', await file(name), await file(clone.name));
    run('dd', 'if=/dev/zero', `of=${await file(name)}`, 'bs=1M', 'count=1', 'conv=notrunc');
    expect(spawnSync('cmp', [await file(name), await file(clone.name)]).status).toBe(1);
    expect(clone.sizeBytes).toBe(64 * mebibyte);
    await storage.remove(context, name);
    expect((await storage.info(context, clone.name)).usedBytes).toBeGreaterThan(15 * mebibyte);
  });

  test('with nocow, images are written in place', async () => {
    const inPlace = createBtrfsPlugin(exec).open('pool', { path: root, nocow: true });
    const { name } = await inPlace.createDisk(context, { vmid: 100, format: 'raw', sizeBytes: mebibyte });
    const attachment = await inPlace.attach(context, name);
    expect(attachment.kind === 'file' && run('lsattr', attachment.path)).toMatch(/^-*C/);
  });

  test('what a crash left is swept, subvolumes too', async () => {
    const name = await tree();
    const folderOf = path.join(root, 'images', name);
    run('btrfs', 'subvolume', 'create', path.join(folderOf, 'trees/0123456789abcdef'));
    const host =
      (await storage.beginImport(context, 'iso', 'a.iso', {})).id.match(/\.croft-[^#]*-/)?.[0] ?? '';
    const part = path.join(root, 'images/100', `${host}0123456789abcdef.part`);
    run('mkdir', '-p', path.join(part, 'trees'));
    run('btrfs', 'subvolume', 'create', path.join(part, 'trees/0123456789abcdef'));
    expect(await storage.sweep(context, [])).toHaveLength(2);
    expect(subvolumes()).toBe(1);
  });

  test('limits trees where quotas can be enabled', async ({ skip }) => {
    if (!(await storage.limitsTrees(context))) {
      const { stderr } = spawnSync('btrfs', ['quota', 'enable', mount]);
      skip(`quotas cannot be enabled here: ${String(stderr)}`);
    }
    const name = await tree(8 * mebibyte);
    const big = path.join(await place(name), 'big');
    const fill = () => spawnSync('dd', ['if=/dev/urandom', `of=${big}`, 'bs=1M', 'count=16', 'conv=fsync']);
    expect(String(fill().stderr)).toContain('quota');
    await storage.resize(context, name, 64 * mebibyte);
    expect(fill().status).toBe(0);
    expect(await code(storage.resize(context, name, mebibyte))).toBe('invalid-input');
    await storage.snapshot(context, name, 'one');
    await storage.rollback(context, name, 'one');
    expect(await code(storage.resize(context, name, 32 * mebibyte))).toBe('fine');
  });
});
