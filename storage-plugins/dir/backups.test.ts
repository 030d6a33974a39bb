// Backups in a real folder: Proxmox VE's own files beside them, links and other strangers in `dump/`, and what a crash leaves.
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { exec } from '../../server/core/exec.ts';
import { quietContext } from '../../server/core/work-context.ts';
import { refused } from '../../test/contracts/refused.ts';
import type { Storage } from '../plugin.ts';
import { createDirPlugin } from './dir-plugin.ts';

const context = quietContext();
const archive = 'vzdump-qemu-100-2026_06_01-02_30_00.vma.zst';
const log = 'vzdump-qemu-100-2026_06_01-02_30_00.log';
const volume = `backup/${archive}`;
const hourMs = 3_600_000;

let root: string;
let dump: string;
let outside: string;
let storage: Storage;
beforeEach(async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'croft-backups-'));
  root = path.join(folder, 'storage');
  outside = path.join(folder, 'outside');
  dump = path.join(root, 'dump');
  storage = createDirPlugin(exec).open('test', { path: root, content: 'backup' });
  await storage.activate(context);
  await writeFile(outside, 'secret');
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(path.dirname(root), { recursive: true });
});

const put = async (name: string, content: string | Uint8Array = '') =>
  await writeFile(path.join(dump, name), content);
const names = async () => (await storage.list(context, { contents: ['backup'] })).map(({ name }) => name);
/** Sweeps when everything here is older than an hour. */
const sweepLater = async () => {
  vi.useFakeTimers({ now: Date.now() + 2 * hourMs, toFake: ['Date'] });
  return (await storage.sweep(context, [])).sort();
};

describe("Proxmox VE's own files", () => {
  test('are read and written as it does', async () => {
    await put(archive, 'x');
    await put(`${archive}.notes`, 'from PVE\nsecond line');
    await put(`${archive}.protected`);
    expect(await storage.info(context, volume)).toMatchObject({
      notes: 'from PVE\nsecond line',
      protected: true,
    });
    expect(await refused(storage.remove(context, volume))).toBe('wrong-state');
    await storage.annotate(context, volume, { notes: 'οurs', protected: false });
    expect((await readdir(dump)).sort()).toEqual([archive, `${archive}.notes`]);
    expect(await readFile(path.join(dump, `${archive}.notes`), 'utf8')).toBe('οurs');
    await storage.annotate(context, volume, { notes: '', protected: true });
    expect((await readdir(dump)).sort()).toEqual([archive, `${archive}.protected`]);
    expect((await lstat(path.join(dump, `${archive}.protected`))).size).toBe(0);
  });

  test('are the names of what lies beside, and go with the archive', async () => {
    await put(archive);
    await put(`${archive}.notes`, 'n');
    for (const kind of ['log', 'picture', 'proof'] as const)
      await storage.putBeside(context, volume, kind, Buffer.from(kind));
    expect((await readdir(dump)).sort()).toEqual(
      [archive, log, `${archive}.notes`, `${archive}.png`, `${archive}.proof`].sort(),
    );
    await put('vzdump-qemu-101-2026_06_01-02_30_00.log', 'of another');
    await storage.remove(context, volume);
    expect(await readdir(dump)).toEqual(['vzdump-qemu-101-2026_06_01-02_30_00.log']);
  });

  test('may hold anything', async () => {
    await put(archive);
    await put(
      `${archive}.notes`,
      Buffer.concat([Buffer.alloc(64 * 1024 - 1, 'x'), Buffer.from('ω and more')]),
    );
    expect((await storage.info(context, volume)).notes).toBe('x'.repeat(64 * 1024 - 1));
    await put(`${archive}.notes`, Buffer.from([0x66, 0xff, 0x67]));
    expect((await storage.info(context, volume)).notes).toBe('f\ufffdg');
    await put(`${archive}.notes`);
    expect(await storage.info(context, volume)).not.toHaveProperty('notes');
  });
});

describe('strangers in the folder', () => {
  test('links are no backups, and are not followed', async () => {
    await symlink(outside, path.join(dump, archive));
    await mkdir(path.join(dump, 'folder.vma'));
    await put('plain.txt');
    expect(await names()).toEqual([]);
    for (const name of [volume, 'backup/folder.vma']) {
      expect(await refused(storage.attach(context, name))).toBe('invalid-input');
      expect(await refused(storage.info(context, name))).toBe('invalid-input');
      expect(await refused(storage.exportStream(context, name))).toBe('invalid-input');
      expect(await refused(storage.annotate(context, name, { notes: 'x' }))).toBe('invalid-input');
      expect(await refused(storage.putBeside(context, name, 'proof', Buffer.from('x')))).toBe(
        'invalid-input',
      );
      expect(await refused(storage.remove(context, name))).toBe('invalid-input');
    }
    expect(await readFile(outside, 'utf8')).toBe('secret');
  });

  test('a link in the place of the folder holds no backups', async () => {
    await rm(dump, { recursive: true });
    await symlink(path.dirname(outside), dump);
    expect(await names()).toEqual([]);
    expect(await refused(storage.beginImport(context, 'backup', archive, {}))).toBe('invalid-input');
    expect(await refused(storage.attach(context, volume))).toBe('invalid-input');
  });

  test('links beside a backup are not read, and replaced when written', async () => {
    await put(archive);
    for (const ending of ['notes', 'png', 'proof'])
      await symlink(outside, path.join(dump, `${archive}.${ending}`));
    await symlink('/nowhere', path.join(dump, `${archive}.protected`));
    const info = await storage.info(context, volume);
    expect([info.notes, info.protected]).toEqual([undefined, true]);
    expect(await storage.readBeside(context, volume, 'picture')).toBeUndefined();
    await storage.putBeside(context, volume, 'picture', Buffer.from('new'));
    await storage.annotate(context, volume, { notes: 'new', protected: false });
    expect(await readFile(outside, 'utf8')).toBe('secret');
    expect(await readFile(path.join(dump, `${archive}.png`), 'utf8')).toBe('new');
    await storage.remove(context, volume);
    expect(await readdir(dump)).toEqual([]);
  });

  test('names with spaces and signs are backups that somebody renamed', async () => {
    for (const name of ['before the upgrade.vma.zst', 'vzdump-lxc-101-old, but good.tar', 'α#1.tgz'])
      await put(name);
    const listed = await storage.list(context, { contents: ['backup'] });
    expect(listed.map(({ name, format, vmid }) => [name, format, vmid])).toEqual([
      ['backup/before the upgrade.vma.zst', 'vma.zst', undefined],
      ['backup/vzdump-lxc-101-old, but good.tar', 'tar', 101],
      ['backup/α#1.tgz', 'tgz', undefined],
    ]);
    await storage.annotate(context, 'backup/α#1.tgz', { notes: 'n', protected: true });
    await storage.annotate(context, 'backup/α#1.tgz', { protected: false });
    for (const { name } of listed) await storage.remove(context, name);
    expect(await readdir(dump)).toEqual([]);
  });

  test('names that nobody can have are left alone', async () => {
    for (const name of ['-rf.vma', '.hidden.vma', 'a\n.vma', 'vzdump-qemu-100.vma.part']) await put(name);
    expect(await names()).toEqual([]);
    expect(await sweepLater()).toEqual([]);
    expect(await readdir(dump)).toHaveLength(4);
  });

  test('a pipe beside a backup makes nobody wait', async () => {
    await put(archive);
    await exec('mkfifo', [path.join(dump, `${archive}.notes`)]);
    expect(await storage.info(context, volume)).not.toHaveProperty('notes');
  });
});

describe('after a crash', () => {
  test('what lay beside a removed archive goes, once it is old', async () => {
    for (const name of [log, `${archive}.notes`, `${archive}.png`, `${archive}.proof`]) await put(name);
    expect(await storage.sweep(context, [])).toEqual([]);
    expect(await sweepLater()).toEqual(
      [log, `${archive}.notes`, `${archive}.png`, `${archive}.proof`].sort(),
    );
    expect(await readdir(dump)).toEqual([]);
  });

  test('a removal that was cut off goes on', async () => {
    for (const name of [log, `${archive}.notes`, `${archive}.png`]) await put(name);
    await storage.remove(context, volume);
    expect(await readdir(dump)).toEqual([]);
  });

  test('what belongs to others stays', async () => {
    const kept = [
      // A backup that failed at the peers.
      log,
      'vzdump-qemu-101-2026_06_01-02_30_00.vma.zst.protected',
      ...['photo.png', 'todo.notes', 'x.proof'],
      ...['vzdump-qemu-102-2026_06_01-02_30_00.vma', 'vzdump-qemu-102-2026_06_01-02_30_00.log'],
    ].sort();
    for (const name of kept) await put(name);
    // The same backup, compressed later: its log is still somebody's.
    await put('vzdump-qemu-102-2026_06_01-02_30_00.vma.zst.notes');
    expect(await sweepLater()).toEqual(['vzdump-qemu-102-2026_06_01-02_30_00.vma.zst.notes']);
    expect((await readdir(dump)).sort()).toEqual(kept);
  });

  test('archives and notes in the making go, unless somebody still works on them', async () => {
    const { id } = await storage.beginImport(context, 'backup', archive, {});
    const file = await storage.importPath(context, id);
    await writeFile(file, 'half');
    const stray = file.replace(/[0-9a-f]{16}\.part$/, '0123456789abcdef.part');
    await writeFile(stray, '');
    await utimes(stray, 0, 0);
    expect(await storage.sweep(context, [])).toEqual([path.basename(stray)]);
    expect(await readdir(dump)).toEqual([path.basename(file)]);
    // What was begun in a former life is found by its id.
    expect(await storage.importPath(context, id)).toBe(file);
    expect((await storage.commitImport(context, id, false)).sizeBytes).toBe(0);
  });

  test('an archive is not taken over by a later one of its name', async () => {
    const first = await storage.beginImport(context, 'backup', archive, {});
    const second = await storage.beginImport(context, 'backup', archive, {});
    await writeFile(await storage.importPath(context, first.id), 'first');
    await writeFile(await storage.importPath(context, second.id), 'second');
    await storage.commitImport(context, first.id, false);
    expect(await refused(storage.commitImport(context, second.id, false))).toBe('already-exists');
    await storage.discardImport(context, second.id, { published: true });
    expect(await readFile(path.join(dump, archive), 'utf8')).toBe('first');
    expect(await readdir(dump)).toEqual([archive]);
    await storage.discardImport(context, first.id, { published: true });
    expect(await readdir(dump)).toEqual([]);
  });
});
