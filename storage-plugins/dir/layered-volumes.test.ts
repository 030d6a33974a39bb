// Layered volumes where nothing need be mounted: what is open, what crashes leave, hostile records and links, quotas.
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '../../server/core/errors.ts';
import { type Exec, exec } from '../../server/core/exec.ts';
import { quietContext } from '../../server/core/work-context.ts';
import type { Storage } from '../plugin.ts';
import { createDirPlugin } from './dir-plugin.ts';

const context = quietContext();
const mebibyte = 1024 ** 2;

describe('layered volumes', () => {
  let folder: string;
  let root: string;
  let mounts: string;
  let storage: Storage;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'croft-layers-'));
    root = path.join(folder, 'a, b: c');
    mounts = '';
    storage = createDirPlugin(exec, undefined, async () => mounts).open('local', { path: root });
    await storage.activate(context);
  });
  afterEach(async () => await rm(folder, { recursive: true }));

  const code = async (work: Promise<unknown>): Promise<string> =>
    await work.then(
      () => 'fine',
      (error: unknown) => (error instanceof AppError ? error.code : String(error)),
    );
  const tree = async (vmid = 100) =>
    (await storage.createDisk(context, { vmid, format: 'subvol', sizeBytes: mebibyte })).name;
  const overlay = async (name: string, snapshot?: string) => {
    const attachment = await storage.attach(context, name, snapshot);
    if (attachment.kind !== 'overlay') throw new Error(attachment.kind);
    return attachment;
  };
  const recordOf = (name: string) => path.join(root, 'images', name, 'volume.json');
  const treesOf = async (name: string) => (await readdir(path.join(root, 'images', name, 'trees'))).length;

  test('are closed to all but their owner, and both halves of an overlay lie together', async () => {
    const name = await tree();
    const { upper, work, lower } = await overlay(name);
    expect((await stat(path.join(root, 'images', name))).mode & 0o777).toBe(0o700);
    expect((await stat(upper)).dev).toBe((await stat(work)).dev);
    expect(lower).toHaveLength(1);
    expect(await readdir(lower[0]!)).toEqual([]);
  });

  test('that are mounted refuse what would pull the tree away, however the kernel spells the path', async () => {
    const name = await tree();
    const { upper } = await overlay(name);
    await mkdir(path.join(folder, 'elsewhere'));
    const line = (value: string) =>
      `61 25 0:44 / /run/croft/lxc/100/root rw,relatime - overlay croft rw,lowerdir=/x,upperdir=${value},workdir=/y\n`;
    const escaped = upper.replace(/[ ,]/g, (letter) => `\\0${letter.charCodeAt(0).toString(8)}`);
    // Reached over a link, as when the storage's root is one.
    await symlink(root, path.join(folder, 'link'));
    const linked = path.join(folder, 'link', path.relative(root, upper));
    for (const spelled of [escaped, linked]) {
      mounts = `22 1 8:1 / / rw - ext4 /dev/vda rw\n${line(spelled)}`;
      expect(await code(storage.snapshot(context, name, 'one'))).toBe('wrong-state');
      expect(await code(storage.makeBase(context, name))).toBe('wrong-state');
      expect(await code(storage.reassign(context, name, 101))).toBe('wrong-state');
      expect(await code(storage.remove(context, name))).toBe('wrong-state');
      expect(await code(storage.clone(context, name, { vmid: 101, mode: 'full' }))).toBe('wrong-state');
      expect(await code(storage.resize(context, name, 2 * mebibyte))).toBe('fine');
    }
    mounts = line(path.join(folder, 'elsewhere'));
    expect(await code(storage.snapshot(context, name, 'one'))).toBe('fine');
    mounts = line((await overlay(name)).upper.replace(/[ ,]/g, (l) => `\\0${l.charCodeAt(0).toString(8)}`));
    expect(await code(storage.rollback(context, name, 'one'))).toBe('wrong-state');
  });

  test('name their clones when those keep them', async () => {
    const base = (await storage.makeBase(context, await tree())).name;
    await storage.clone(context, base, { vmid: 101, mode: 'linked' });
    await storage.clone(context, base, { vmid: 102, mode: 'linked' });
    await expect(storage.remove(context, base)).rejects.toThrow(
      "volume '100/base-100-disk-0.subvol' has clones: 101/subvol-101-disk-0.subvol, 102/subvol-102-disk-0.subvol",
    );
    expect(await readdir(path.join(root, 'images/101/subvol-101-disk-0.subvol'))).not.toContain('layers');
  });

  test('a clone of a clone needs both, and the middle one can go first only without it', async () => {
    const base = (await storage.makeBase(context, await tree())).name;
    const middle = (await storage.clone(context, base, { vmid: 101, mode: 'linked' })).name;
    await writeFile(path.join((await overlay(middle)).upper, 'a'), 'middle');
    await storage.snapshot(context, middle, 'one');
    const last = (await storage.clone(context, middle, { vmid: 102, mode: 'linked', snapshot: 'one' })).name;
    expect((await storage.info(context, last)).parent).toBe(middle);
    for (const needed of [base, middle]) expect(await code(storage.remove(context, needed))).toBe('busy');
    const { lower } = await overlay(last);
    expect(lower).toHaveLength(2);
    expect(await readFile(path.join(lower[0]!, 'a'), 'utf8')).toBe('middle');
    for (const name of [last, middle, base]) await storage.remove(context, name);
    expect(await readdir(path.join(root, 'images'))).toEqual([]);
  });

  test('a snapshot of what did not change makes no new layer', async () => {
    const base = (await storage.makeBase(context, await tree())).name;
    const clone = (await storage.clone(context, base, { vmid: 101, mode: 'linked' })).name;
    for (const snapshot of ['s1', 's2', 's3']) await storage.snapshot(context, clone, snapshot);
    expect(await treesOf(clone)).toBe(1);
  });

  test('layers go when nothing needs them any more', async () => {
    const name = await tree();
    for (const snapshot of ['s1', 's2']) {
      await writeFile(path.join((await overlay(name)).upper, snapshot), 'x');
      await storage.snapshot(context, name, snapshot);
    }
    expect(await treesOf(name)).toBe(3);
    await storage.rollback(context, name, 's1');
    expect(await treesOf(name)).toBe(3);
    await storage.removeSnapshot(context, name, 's2');
    expect(await treesOf(name)).toBe(2);
  });

  test('what a crash left is swept: trees that no record names, and volumes in the making', async () => {
    const name = await tree();
    const there = path.join(root, 'images', name);
    await mkdir(path.join(there, 'trees/0123456789abcdef'));
    await mkdir(path.join(there, 'work/0123456789abcdef'));
    const { upper } = await overlay(name);
    const host =
      (await storage.beginImport(context, 'iso', 'a.iso', {})).id.match(/\.croft-[^#]*-/)?.[0] ?? '';
    const part = path.join(root, 'images/0', `${host}0123456789abcdef.part`);
    await mkdir(path.join(part, 'trees/0123456789abcdef'), { recursive: true });
    await writeFile(path.join(part, 'trees/0123456789abcdef/file'), 'x');
    // Its record pins layers of the volume until it is gone.
    await writeFile(
      path.join(part, 'volume.json'),
      JSON.stringify({
        ...{ version: 1, sizeBytes: 0, createdAt: 0, base: false, snapshots: [] },
        layers: [`../../100/${path.basename(there)}/trees/${path.basename(upper)}`],
      }),
    );
    expect(await code(storage.remove(context, name))).toBe('busy');
    expect(await storage.sweep(context, [])).toHaveLength(3);
    expect(existsSync(path.join(root, 'images/0'))).toBe(false);
    expect(await treesOf(name)).toBe(1);
    expect(existsSync(upper)).toBe(true);
    expect(await code(storage.remove(context, name))).toBe('fine');
  });

  test('a record that cannot be read, or leads elsewhere, stops what would destroy', async () => {
    const [first, second] = [await tree(), await tree()];
    const good = await readFile(recordOf(first), 'utf8');
    for (const bad of [
      'not JSON',
      '{}',
      good.replace(/trees\/[0-9a-f]+/, '../../../../etc'),
      good.replace(/"trees\/[0-9a-f]+"/, '"/etc"'),
    ]) {
      await writeFile(recordOf(first), bad);
      expect(await code(storage.attach(context, first)), bad).toBe('unavailable');
      expect(await code(storage.remove(context, second)), bad).toBe('unavailable');
      expect(await code(storage.remove(context, first)), bad).toBe('unavailable');
    }
    await writeFile(recordOf(first), good);
    expect(await code(storage.remove(context, second))).toBe('fine');
  });

  test('links are no volumes, and no layers', async () => {
    const outside = path.join(folder, 'outside');
    await mkdir(path.join(outside, 'subvol-100-disk-5.subvol'), { recursive: true });
    await mkdir(path.join(root, 'images/100'));
    await symlink(
      path.join(outside, 'subvol-100-disk-5.subvol'),
      path.join(root, 'images/100/subvol-100-disk-5.subvol'),
    );
    await symlink(outside, path.join(root, 'images/101'));
    expect(await storage.list(context, {})).toEqual([]);
    expect(await storage.list(context, { vmid: 101 })).toEqual([]);
    for (const work of [
      () => storage.attach(context, '100/subvol-100-disk-5.subvol'),
      () => storage.remove(context, '100/subvol-100-disk-5.subvol'),
      () => storage.createDisk(context, { vmid: 101, format: 'subvol', sizeBytes: 0 }),
    ])
      expect(await code(work())).toBe('invalid-input');
    const name = await tree();
    const { upper } = await overlay(name);
    await rm(upper, { recursive: true });
    await symlink('/etc', upper);
    expect(await code(storage.attach(context, name))).toBe('unavailable');
  });

  test('a folder without record is not ours: neither listed nor removed, and its name is taken', async () => {
    const foreign = path.join(root, 'images/100/subvol-100-disk-0.subvol');
    await mkdir(path.join(foreign, 'etc'), { recursive: true });
    expect(await storage.list(context, {})).toEqual([]);
    expect(await code(storage.info(context, '100/subvol-100-disk-0.subvol'))).toBe('not-found');
    await storage.remove(context, '100/subvol-100-disk-0.subvol');
    expect(existsSync(path.join(foreign, 'etc'))).toBe(true);
    expect(await tree()).toBe('100/subvol-100-disk-1.subvol');
  });

  test("guest 0's volumes tell when they were used last", async () => {
    const disk = { vmid: 0, format: 'subvol', sizeBytes: 0, name: 'subvol-0-tmpl-abc' } as const;
    const base = (await storage.makeBase(context, (await storage.createDisk(context, disk)).name)).name;
    await utimes(recordOf(base), 1000, 1000);
    expect((await storage.info(context, base)).createdAt).toBe(1000);
    await storage.clone(context, base, { vmid: 100, mode: 'linked' });
    expect((await storage.info(context, base)).createdAt).toBeGreaterThan(Date.now() / 1000 - 60);
  });

  test('have quotas where the file system enforces them', async () => {
    const calls: string[][] = [];
    const recording: Exec = async (file, args, options) => {
      if (!['chattr', 'setquota'].includes(file)) return await exec(file, args, options);
      calls.push([file, ...args]);
      return { exitCode: 0, stdout: '', stderr: '' };
    };
    mounts = `22 1 8:1 / ${folder} rw,relatime shared:1 - ext4 /dev/vda2 rw,quota,prjquota,errors=remount-ro\n`;
    const limited = createDirPlugin(recording, undefined, async () => mounts).open('l', { path: root });
    expect(await limited.limitsTrees(context)).toBe(true);
    const { name } = await limited.createDisk(context, { vmid: 100, format: 'subvol', sizeBytes: mebibyte });
    const project = (JSON.parse(await readFile(recordOf(name), 'utf8')) as { project: number }).project;
    expect(calls.slice(1)).toEqual([
      ['chattr', '-p', String(project), expect.stringMatching(/\.part$/)],
      ['chattr', '+P', expect.stringMatching(/\.part$/)],
      ['setquota', '-P', String(project), '1024', '1024', '0', '0', folder],
    ]);
    await limited.resize(context, name, 2 ** 50);
    expect(calls.at(-1)).toEqual([
      'setquota',
      '-P',
      String(project),
      String(2 ** 40),
      String(2 ** 40),
      '0',
      '0',
      folder,
    ]);
    // statfs of this folder tells of the whole file system here: certainly more than a byte.
    expect(await code(limited.resize(context, name, 1))).toBe('invalid-input');
    await limited.remove(context, name);
    expect(calls.at(-1)?.slice(3, 5)).toEqual(['0', '0']);
    mounts = mounts.replace('prjquota,', '');
    expect(await limited.limitsTrees(context)).toBe(false);
  });
});
