// Mounting with the real programs and the kernel's own list: a tmpfs plays the server's file system, a FUSE mount without its process the stale one.
import { existsSync } from 'node:fs';
import { type FileHandle, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { exec } from '../../server/core/exec.ts';
import { quietContext } from '../../server/core/work-context.ts';
import { refused } from '../../test/contracts/refused.ts';
import { readOwnMounts } from '../folders/open-mounts.ts';
import { mountParts } from './mount-parts.ts';
import { readMountState } from './mount-state.ts';
import { createMountedFolder, type MountKind } from './mounted-folder.ts';

const context = quietContext();
let folder: string;
let place: string;
let fuse: FileHandle | undefined;
let server: string | undefined;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'croft-mounted-'));
  place = path.join(folder, 'a place');
  server = undefined;
});
afterEach(async () => {
  await fuse?.close().catch(() => {});
  fuse = undefined;
  await exec('umount', ['--lazy', '--quiet', '--', place], { okExitCodes: [0, 1, 32] });
  await rm(folder, { recursive: true });
});

const fromTmpfs = async (at: string) => {
  await exec('mount', ['--types', 'tmpfs', '--options', 'size=1m', '--', 'croft-test', at]);
};
/** A FUSE mount whose process is this one: it is gone when the descriptor is closed. */
const fromFuse = async (at: string) => {
  fuse = await open('/dev/fuse', 'r+');
  const options = 'fd=3,rootmode=40000,user_id=0,group_id=0';
  await exec('mount', ['--internal-only', '--types', 'fuse', '--options', options, '--', 'croft-test', at], {
    files: [fuse.fd],
  });
};
const folderOf = (mount: MountKind['mount'], more: Partial<MountKind> = {}) =>
  createMountedFolder(
    {
      ...{ name: 'the test', place: { path: place, isOwn: true }, mayCreatePlace: true, readOnly: false },
      servers: [{ host: 'nas', port: 1 }],
      isOurs: (entry) => entry.source === 'croft-test',
      mount,
      ...more,
    },
    mountParts(exec, { reach: async () => server }),
  );
const state = async () =>
  readMountState(await readOwnMounts(), place, (entry) => entry.source === 'croft-test');

test('is mounted without special files, used, and unmounted', async () => {
  const mounted = folderOf(async (_context, at) => await fromTmpfs(at));
  expect(await state()).toEqual({ kind: 'free' });
  await mounted.activate(context);
  await mounted.activate(context);
  await mounted.check(context);
  expect(await state()).toEqual({ kind: 'ours', readOnly: false, harmless: true });
  await mounted.deactivate(context);
  expect([await state(), existsSync(place)]).toEqual([{ kind: 'free' }, false]);
});

test('in use it is busy while its server answers, and goes by force when not', async () => {
  const mounted = folderOf(async (_context, at) => await fromTmpfs(at));
  await mounted.activate(context);
  await writeFile(path.join(place, 'disk'), 'x');
  const disk = await open(path.join(place, 'disk'));
  try {
    expect(await refused(mounted.deactivate(context))).toBe('busy');
    expect((await state()).kind).toBe('ours');
    server = 'gone';
    await mounted.deactivate(context);
    expect((await state()).kind).toBe('free');
  } finally {
    await disk.close();
  }
});

test('a file system whose process died is mounted anew', async () => {
  let mounts = 0;
  const mounted = folderOf(async (_context, at) => {
    mounts += 1;
    if (mounts > 1) return await fromTmpfs(at);
    await fromFuse(at);
    // Before anything asks it: this process would have to answer.
    await fuse?.close();
  });
  await mounted.activate(context);
  expect(await refused(mounted.check(context))).toBe('unavailable');
  await mounted.activate(context);
  await mounted.check(context);
  expect(mounts).toBe(2);
});

test('a file system that never answers is given up, and goes when its server is gone', async () => {
  const mounted = folderOf(async (_context, at) => await fromFuse(at));
  // The remount asks it, too, and is ended with its time limit; so this mount is there already.
  await exec('mkdir', ['--', place]);
  await fromFuse(place);
  expect(await refused(mounted.check(context))).toBe('unavailable');
  expect(await refused(mounted.activate(context))).toBe('unavailable');
  server = 'gone';
  await mounted.deactivate(context);
  expect((await state()).kind).toBe('free');
}, 60_000);

test('read-only against its options is refused', async () => {
  const mounted = folderOf(async (_context, at) => await fromTmpfs(at));
  await mounted.activate(context);
  await exec('mount', ['--options', 'remount,ro', '--', place]);
  expect(await refused(mounted.requireMounted())).toBe('unavailable');
  expect(await refused(mounted.activate(context))).toBe('unavailable');
});
