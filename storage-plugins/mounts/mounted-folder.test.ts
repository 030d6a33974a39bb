// Mounting and unmounting in every state that a place can be in: free, ours, somebody else's, stale, silent, read-only.
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { quietContext } from '../../server/core/work-context.ts';
import { refused } from '../../test/contracts/refused.ts';
import { createNfsPlugin } from '../nfs/nfs-plugin.ts';
import type { Storage } from '../plugin.ts';
import { type FakeNode, fakeNode, removeFakeNode } from './fake-mounts-fixture.ts';

const context = quietContext();
const busy = { exitCode: 32, stderr: 'umount: /mnt/croft/nas: target is busy.\n' };

describe('a mounted folder', () => {
  let folder: string;
  let node: FakeNode;
  let place: string;
  let storage: Storage;
  const open = (options: Record<string, unknown> = {}) =>
    createNfsPlugin(node.exec, undefined, node.world).open('nas', {
      ...{ server: 'nas.example', export: '/srv/images' },
      ...options,
    });
  const ours = { source: 'nas.example:/srv/images', fileSystem: 'nfs4', flags: 'rw,nosuid,nodev' };
  const said = async (work: Promise<unknown>) =>
    await work.then(
      () => 'fine',
      (error: Error) => error.message,
    );

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'croft-mounts-'));
    node = fakeNode(folder);
    place = path.join(folder, 'mounts/nas');
    storage = open();
  });
  afterEach(async () => await removeFakeNode(folder));

  test('is mounted once, on a folder of its own, and leaves nothing', async () => {
    expect(await said(storage.check(context))).toContain('is not mounted on this node');
    await storage.activate(context);
    await storage.activate(context);
    await storage.check(context);
    expect(node.mounts).toHaveLength(1);
    expect(node.ran.filter((line) => line.startsWith('mount '))).toEqual([
      `mount --types nfs --options retry=0,nosuid,nodev -- nas.example:/srv/images ${place}`,
    ]);
    expect(node.asked).toContain('nas.example:2049');
    await storage.deactivate(context);
    await storage.deactivate(context);
    expect([node.mounts, existsSync(place)]).toEqual([[], false]);
  });

  test('no call works on the disk of the node when the mount is gone, and the next activation brings it back', async () => {
    await storage.activate(context);
    const disk = { vmid: 100, format: 'raw', sizeBytes: 512 } as const;
    const { name } = await storage.createDisk(context, disk);
    // Somebody unmounts it by hand.
    await node.exec('umount', ['--', place]);
    await mkdir(path.join(place, 'images'));
    expect(await refused(storage.createDisk(context, disk))).toBe('unavailable');
    expect(await refused(storage.list(context, {}))).toBe('unavailable');
    expect(await refused(storage.attach(context, name))).toBe('unavailable');
    expect(await readdir(path.join(place, 'images'))).toEqual([]);
    await storage.detach(context, name);
    // What lies on the place now would be hidden.
    expect(await said(storage.activate(context))).toContain('holds files already');
  });

  test('what is mounted there by others is left alone', async () => {
    node.mounts.push({ ...ours, place, source: 'other.example:/srv/images' });
    for (const work of [
      () => storage.activate(context),
      () => storage.check(context),
      () => storage.list(context, {}),
    ])
      expect(await said(work())).toContain("nfs4 of 'other.example:/srv/images'");
    await storage.deactivate(context);
    expect(node.mounts).toHaveLength(1);
    expect(node.ran).toEqual([]);
  });

  test('a server that does not answer: nothing is mounted, and a mount of it is not touched', async () => {
    node.faults.server = "server 'nas.example' does not answer (port 2049)";
    expect(await said(storage.activate(context))).toBe(node.faults.server);
    expect(existsSync(place)).toBe(false);
    node.faults.server = undefined;
    await storage.activate(context);
    node.ran.length = 0;
    node.faults.server = "server 'nas.example' does not answer (port 2049)";
    for (const work of [
      () => storage.activate(context),
      () => storage.check(context),
      () => storage.usage(context),
    ])
      expect(await said(work())).toBe(node.faults.server);
    expect(node.ran).toEqual([]);
    node.faults.server = undefined;
    await storage.activate(context);
    expect(node.mounts).toHaveLength(1);
  });

  test('a mount whose server is gone goes by force, but only when it cannot go otherwise', async () => {
    await storage.activate(context);
    node.faults.umount = busy;
    expect(await refused(storage.deactivate(context))).toBe('busy');
    expect(node.mounts).toHaveLength(1);
    node.faults.server = 'gone';
    await storage.deactivate(context);
    expect(node.mounts).toEqual([]);
    expect(node.ran.at(-1)).toBe(`umount --lazy --force --internal-only --no-canonicalize -- ${place}`);
  });

  test.each(['Stale file handle', 'Transport endpoint is not connected'])(
    '%s: is mounted anew',
    async (text) => {
      await storage.activate(context);
      const stale = `stat: cannot read file system information for '${place}': ${text}\n`;
      node.faults.stat = stale;
      expect(await refused(storage.check(context))).toBe('unavailable');
      node.ran.length = 0;
      await storage.activate(context);
      expect(node.ran.map((line) => line.split(' ')[0])).toEqual(['stat', 'umount', 'mount']);
      expect(node.mounts).toHaveLength(1);
    },
  );

  test('a mount that was left without its guards, or made by hand, gets them with the next activation', async () => {
    await mkdir(place, { recursive: true });
    node.mounts.push({ ...ours, place, flags: 'rw,relatime' });
    await storage.activate(context);
    expect(node.ran.at(-1)).toBe(`mount --options remount,bind,nosuid,nodev -- ${place}`);
    node.ran.length = 0;
    await storage.activate(context);
    expect(node.ran.filter((line) => line.startsWith('mount '))).toEqual([]);
    node.mounts[0]!.flags = 'ro,relatime';
    await open({ options: 'ro' }).activate(context);
    expect(node.ran.at(-1)).toBe(`mount --options remount,bind,nosuid,nodev,ro -- ${place}`);
  });

  test('a mount that answers with an error says so and stays', async () => {
    await storage.activate(context);
    node.faults.stat = `stat: cannot read file system information for '${place}': Permission denied\n`;
    expect(await said(storage.activate(context))).toContain('Permission denied');
    expect(node.mounts).toHaveLength(1);
  });

  test('a mount that hangs is given up and stays: its server may come back', async () => {
    await storage.activate(context);
    node.faults.stat = 'silent';
    expect(await said(storage.activate(context))).toContain('does not answer, though its server does');
    expect(node.mounts).toHaveLength(1);
  }, 10_000);

  test('read-only when nobody asked for it: refused; when asked for: read, never written', async () => {
    await storage.activate(context);
    node.mounts[0]!.flags = 'ro,nosuid,nodev';
    for (const work of [
      () => storage.activate(context),
      () => storage.check(context),
      () => storage.list(context, {}),
    ])
      expect(await said(work())).toContain('mounted read-only');
    await storage.deactivate(context);
    const archive = open({ options: 'ro,vers=4.2' });
    await archive.activate(context);
    expect(await archive.list(context, {})).toEqual([]);
    expect(await archive.sweep(context, [])).toEqual([]);
    expect(await refused(archive.beginImport(context, 'iso', 'a.iso', {}))).toBe('unsupported');
    expect(await refused(archive.remove(context, 'iso/a.iso'))).toBe('unsupported');
  });

  test('a mount that did not work leaves nothing mounted and tells why', async () => {
    node.faults.mount = {
      exitCode: 32,
      stderr: 'mount.nfs: access denied by server while mounting nas.example:/srv/images\n',
    };
    expect(await said(storage.activate(context))).toBe(
      "mount the NFS export 'nas.example:/srv/images': access denied by server while mounting nas.example:/srv/images",
    );
    expect(await refused(storage.activate(context))).toBe('unavailable');
    await storage.deactivate(context);
    expect(existsSync(place)).toBe(false);
  });

  test('a mount program that is beaten by another process is no failure', async () => {
    const beaten = createNfsPlugin(
      async (file, args, options) => {
        if (file === 'mount') {
          node.mounts.push({ ...ours, place });
          node.faults.mount = {
            exitCode: 32,
            stderr: 'mount.nfs: /mnt/croft/nas is busy or already mounted\n',
          };
        }
        return await node.exec(file, args, options);
      },
      undefined,
      node.world,
    ).open('nas', { server: 'nas.example', export: '/srv/images' });
    await beaten.activate(context);
    expect(node.mounts).toHaveLength(1);
  });

  test('all of several mounts on each other go', async () => {
    await storage.activate(context);
    node.mounts.push({ ...ours, place });
    await storage.deactivate(context);
    expect(node.mounts).toEqual([]);
  });

  test('a path of its own: only an empty folder, made when it may be', async () => {
    const chosen = path.join(folder, 'chosen');
    await mkdir(chosen);
    await writeFile(path.join(chosen, 'letter'), 'mine');
    expect(await said(open({ path: chosen }).activate(context))).toContain('holds files already');
    const missing = path.join(folder, 'missing');
    const strict = open({ path: missing, 'create-base-path': false });
    expect(await refused(strict.activate(context))).toBe('unavailable');
    expect([existsSync(missing), node.mounts]).toEqual([false, []]);
    const made = open({ path: missing });
    await made.activate(context);
    await made.deactivate(context);
    // Somebody chose it: it stays.
    expect(existsSync(missing)).toBe(true);
  });
});
