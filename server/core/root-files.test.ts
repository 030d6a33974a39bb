// Files below a hostile root: every way out that links, renames and special files offer, and the plain uses.
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from './errors.ts';
import { openRoot, type RootFiles } from './root-files.ts';

let base: string;
let root: string;
let outside: string;
let files: RootFiles;

beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), 'croft-root-'));
  root = join(base, 'root');
  outside = join(base, 'outside');
  mkdirSync(join(root, 'etc/network'), { recursive: true });
  mkdirSync(outside);
  writeFileSync(join(outside, 'secret'), 'secret of the host');
  writeFileSync(join(root, 'etc/hostname'), 'inside\n');
  files = await openRoot(root);
});

afterEach(async () => {
  await files.close();
  rmSync(base, { recursive: true });
});

const link = (target: string, path: string) => symlinkSync(target, join(root, path));
const inside = (path: string) => readFileSync(join(root, path), 'utf8');
const readText = async (path: string) => (await files.read(path, 1000)).toString();
const openHandles = () => readdirSync('/proc/self/fd').length;
const untouched = () => {
  expect(readdirSync(outside)).toEqual(['secret']);
  expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('secret of the host');
};

describe('plain use', () => {
  it('reads, writes, lists, and leaves no handle and no other file behind', async () => {
    const before = openHandles();
    await files.write('/etc/hosts', 'text', { mode: 0o640 });
    await files.makeFolders('/a/b/c', { mode: 0o700 });
    await files.symlink('../hosts', '/etc/network/hosts');
    await files.rename('/etc/hosts', '/a/hosts');
    expect(await files.list('/etc')).toEqual(['hostname', 'network']);
    expect(await files.list('/')).toEqual(['a', 'etc']);
    expect(await files.stat('a/hosts')).toMatchObject({ kind: 'file', sizeBytes: 4, mode: 0o640 });
    expect(statSync(join(root, 'a/b')).mode & 0o777).toBe(0o700);
    expect(await files.readLink('/etc/network/hosts')).toBe('../hosts');
    expect(await files.stat('/nothing/there')).toBeUndefined();
    expect(await files.exists('/')).toBe(true);
    await files.remove('/a/hosts');
    await files.remove('/a/hosts');
    await files.remove('/a/b/c');
    expect(readdirSync(join(root, 'a/b'))).toEqual([]);
    expect(openHandles()).toBe(before);
  });

  it('a replaced file keeps its mode, unless another is given; never setuid', async () => {
    await files.write('/f', '1', { mode: 0o4755 });
    expect(statSync(join(root, 'f')).mode & 0o7777).toBe(0o4755);
    await files.write('/f', '2');
    expect(statSync(join(root, 'f')).mode & 0o7777).toBe(0o755);
  });

  it('streams: a file appears at the commit, and not at all when it is given up', async () => {
    const writing = await files.openForWrite('/big', { mode: 0o600 });
    await new Promise<void>((done) => writing.stream.end(Buffer.alloc(300_000, 'x'), () => done()));
    expect(existsSync(join(root, 'big'))).toBe(false);
    await writing.commit();
    await writing.discard();
    const reading = await files.openForRead('/big');
    expect(reading.entry.sizeBytes).toBe(300_000);
    expect((await text(reading.stream)).length).toBe(300_000);
    const given = await files.openForWrite('/never');
    given.stream.write('x');
    await given.discard();
    expect(readdirSync(root).sort()).toEqual(['big', 'etc']);
  });

  it('a held folder is a path that stays the same place', async () => {
    const held = await files.hold('/etc');
    expect(readFileSync(`${held.path}/hostname`, 'utf8')).toBe('inside\n');
    await held.close();
    await expect(files.hold('/etc', 'file')).rejects.toMatchObject({ code: 'wrong-state' });
  });
});

describe('links', () => {
  it('an absolute link starts at the root, `..` never climbs above it', async () => {
    mkdirSync(join(root, 'deep'));
    link('/etc', 'abs');
    link(`${'../'.repeat(30)}etc/hostname`, 'deep/climb');
    link(join(outside, 'secret'), 'way-out');
    expect(await readText('/abs/hostname')).toBe('inside\n');
    expect(await readText('/deep/climb')).toBe('inside\n');
    expect(await readText('/../../../etc/../etc/./hostname')).toBe('inside\n');
    await expect(readText('/way-out')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('writing through a link writes inside; a link to the host is not followed out', async () => {
    rmSync(join(root, 'etc/network'), { recursive: true });
    link(outside, 'etc/network');
    link('/', 'top');
    link(join(outside, 'secret'), 'etc/resolv.conf');
    await expect(files.write('/etc/network/interfaces', 'x')).rejects.toMatchObject({ code: 'not-found' });
    await expect(files.write('/etc/resolv.conf', 'x')).rejects.toMatchObject({ code: 'not-found' });
    await expect(files.remove('/etc/network/secret')).resolves.toBeUndefined();
    await files.write('/top/top/top/etc/hostname', 'written');
    expect(inside('etc/hostname')).toBe('written');
    await files.makeFolders('/etc/network');
    expect(lstatSync(join(root, outside)).isDirectory()).toBe(true);
    untouched();
  });

  it('replacing or removing takes the link itself', async () => {
    link(join(outside, 'secret'), 'etc/resolv.conf');
    await files.write('/etc/resolv.conf', 'x', { replaceLink: true });
    expect(inside('etc/resolv.conf')).toBe('x');
    link(outside, 'folder');
    await files.remove('/folder');
    await files.symlink('/usr/share', '/etc/resolv.conf');
    expect(readlinkSync(join(root, 'etc/resolv.conf'))).toBe('/usr/share');
    expect(readdirSync(root)).toEqual(['etc']);
    untouched();
  });

  it('circles and long chains end', async () => {
    link('b', 'a');
    link('a', 'b');
    link('self/self/self', 'self');
    for (let i = 0; i < 50; i++) link(i === 49 ? 'etc' : `c${i + 1}`, `c${i}`);
    for (const path of ['/a', '/self/x', '/c0/hostname'])
      await expect(files.read(path, 10)).rejects.toMatchObject({ code: 'invalid-input' });
    expect(await readText('/c15/hostname')).toBe('inside\n');
  });
});

describe('what is not a file or folder', () => {
  it('a component that is a file, a target that is a folder, a socket', async () => {
    const server = createServer();
    await new Promise<void>((done) => server.listen(join(root, 'socket'), done));
    mkdirSync(join(root, 'folder'));
    const refused = { code: 'wrong-state' };
    await expect(readText('/etc/hostname/x')).rejects.toMatchObject(refused);
    await expect(files.write('/etc/hostname/x', '')).rejects.toMatchObject(refused);
    await expect(files.write('/folder', '')).rejects.toMatchObject(refused);
    await expect(files.symlink('x', '/folder')).rejects.toMatchObject(refused);
    await expect(files.write('/', '')).rejects.toMatchObject(refused);
    await expect(files.remove('/')).rejects.toMatchObject(refused);
    await expect(readText('/folder')).rejects.toMatchObject({ message: '/folder is a folder, not a file' });
    await expect(readText('/socket')).rejects.toMatchObject({ message: '/socket is a socket, not a file' });
    await expect(files.write('/socket', '')).rejects.toMatchObject(refused);
    await expect(files.remove('/etc')).rejects.toMatchObject(refused);
    expect(readdirSync(root).sort()).toEqual(['etc', 'folder', 'socket']);
    await new Promise((done) => server.close(done));
  });

  it('too long, too large, too many, NUL', async () => {
    const wrong = { code: 'invalid-input' };
    await expect(files.write(`/${'n'.repeat(256)}`, '')).rejects.toMatchObject(wrong);
    await expect(readText('/a'.repeat(3000))).rejects.toMatchObject(wrong);
    await expect(readText('/etc/host\0name')).rejects.toMatchObject(wrong);
    await expect(files.read('/etc/hostname', 6)).rejects.toMatchObject(wrong);
    expect((await files.read('/etc/hostname', 7)).length).toBe(7);
    await expect(files.list('/etc', 1)).rejects.toMatchObject(wrong);
  });

  it('errors say nothing about the host', async () => {
    const error: unknown = await files.read('/etc/x', 1).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ message: '/etc/x does not exist' });
  });
});

/** Exchanges a folder for a link to the host, as fast as it can, until it is ended. */
const swapper = `
const { renameSync, symlinkSync } = require('node:fs');
const { workerData: { root, outside }, parentPort } = require('node:worker_threads');
symlinkSync(outside, root + '/link');
parentPort.postMessage('ready');
for (;;) {
  renameSync(root + '/etc', root + '/kept');
  renameSync(root + '/link', root + '/etc');
  renameSync(root + '/etc', root + '/link');
  renameSync(root + '/kept', root + '/etc');
}`;

describe('renamed during the walk', () => {
  it('neither reads nor writes outside', async () => {
    writeFileSync(join(root, 'etc/secret'), 'of the container');
    const worker = new Worker(swapper, { eval: true, workerData: { root, outside } });
    await new Promise((ready) => worker.once('message', ready));
    const until = Date.now() + 1500;
    let hits = 0;
    let misses = 0;
    const attempts = [
      async () => expect(await readText('/etc/secret')).toBe('of the container'),
      () => files.write('/etc/new', 'x', { durable: false }),
      () => files.symlink('x', '/etc/network/link'),
      () => files.remove('/etc/new'),
    ];
    while (Date.now() < until) {
      for (const attempt of attempts) {
        try {
          await attempt();
          hits++;
        } catch (error) {
          if (!(error instanceof AppError)) throw error;
          misses++;
        }
      }
    }
    await worker.terminate();
    expect(hits).toBeGreaterThan(10);
    expect(misses).toBeGreaterThan(0);
    untouched();
  });
});
