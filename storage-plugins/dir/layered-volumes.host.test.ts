// Layered volumes with real overlays: whiteouts, long chains, faithful copies, hostile trees, and nothing left mounted.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '../../server/core/errors.ts';
import { exec } from '../../server/core/exec.ts';
import { quietContext } from '../../server/core/work-context.ts';
import type { Storage } from '../plugin.ts';
import { createDirPlugin } from './dir-plugin.ts';
import { mostLayers } from './layered-volumes.ts';
import { withOverlay } from './overlay-trees-fixture.ts';

const context = quietContext();

describe('layered volumes with overlays', () => {
  let folder: string;
  let root: string;
  let storage: Storage;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'croft-layers-'));
    root = path.join(folder, 'storage');
    storage = createDirPlugin(exec).open('local', { path: root });
    await storage.activate(context);
  });
  afterEach(async () => {
    execFileSync('rm', ['-rf', '--', folder]);
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(folder);
  });

  const code = async (work: Promise<unknown>): Promise<string> =>
    await work.then(
      () => 'fine',
      (error: unknown) => (error instanceof AppError ? error.code : String(error)),
    );
  const tree = async () =>
    (await storage.createDisk(context, { vmid: 100, format: 'subvol', sizeBytes: 0 })).name;
  const inside = async <T>(name: string, work: (merged: string) => Promise<T>, snapshot?: string) =>
    await withOverlay(await storage.attach(context, name, snapshot), work);
  const run = (program: string, ...args: string[]) => execFileSync(program, args, { stdio: 'pipe' });
  /** Everything about a tree that a copy must keep. */
  const facts = (merged: string) =>
    run('find', merged, '-printf', '%P\\t%y\\t%m\\t%U\\t%G\\t%T@\\t%n\\t%l\\n').toString().split('\n').sort();

  test('deleted files and replaced folders stay so through snapshots, rollbacks and copies', async () => {
    const name = await tree();
    await inside(name, async (merged) => {
      await mkdir(path.join(merged, 'etc/deep'), { recursive: true });
      await writeFile(path.join(merged, 'etc/deep/old'), 'old');
      await writeFile(path.join(merged, 'gone'), 'x');
    });
    await storage.snapshot(context, name, 's1');
    await inside(name, async (merged) => {
      await rm(path.join(merged, 'gone'));
      await rm(path.join(merged, 'etc'), { recursive: true });
      await mkdir(path.join(merged, 'etc'));
      await writeFile(path.join(merged, 'etc/new'), 'new');
    });
    await storage.snapshot(context, name, 's2');
    const list = async (volume: string, snapshot?: string) =>
      await inside(volume, async (merged) => (await readdir(merged, { recursive: true })).sort(), snapshot);
    const [first, second] = [
      ['etc', 'etc/deep', 'etc/deep/old', 'gone'],
      ['etc', 'etc/new'],
    ];
    expect(await list(name)).toEqual(second);
    expect(await list(name, 's1')).toEqual(first);
    const copy = await storage.clone(context, name, { vmid: 101, mode: 'full' });
    expect(await list(copy.name)).toEqual(second);
    const linked = await storage.clone(context, name, { vmid: 102, mode: 'linked', snapshot: 's2' });
    expect(await list(linked.name)).toEqual(second);
    await storage.removeSnapshot(context, name, 's1');
    expect(await list(name)).toEqual(second);
    expect(await list(name, 's2')).toEqual(second);
  });

  test('a chain of snapshots stays short, and each of them whole', async () => {
    const name = await tree();
    const count = mostLayers + 4;
    for (let number = 0; number < count; number += 1) {
      await inside(name, async (merged) => {
        await writeFile(path.join(merged, `file${number}`), String(number));
        await writeFile(path.join(merged, 'last'), String(number));
        if (number > 0) await rm(path.join(merged, `file${number - 1}`));
      });
      await storage.snapshot(context, name, `s${number}x`);
    }
    for (const number of [0, 7, mostLayers - 1, mostLayers, count - 1]) {
      const found = await inside(
        name,
        async (merged) => [(await readdir(merged)).sort(), await readFile(path.join(merged, 'last'), 'utf8')],
        `s${number}x`,
      );
      expect(found).toEqual([[`file${number}`, 'last'], String(number)]);
    }
    const now = await storage.attach(context, name);
    expect(now.kind === 'overlay' && now.lower.length).toBeLessThan(mostLayers);
    for (let number = 0; number < count; number += 1)
      await storage.removeSnapshot(context, name, `s${number}x`);
    expect(await inside(name, async (merged) => (await readdir(merged)).sort())).toEqual([
      `file${count - 1}`,
      'last',
    ]);
    const left = await readdir(path.join(root, 'images', name));
    expect(left.sort()).toEqual(['empty', 'trees', 'volume.json', 'work']);
    expect(await storage.sweep(context, [])).toEqual([]);
  });

  test('a full clone keeps owners, modes, times, links, devices, capabilities and holes; and follows nothing', async () => {
    const name = await tree();
    await writeFile(path.join(folder, 'secret'), 'of the host');
    await inside(name, async (merged) => {
      const at = (file: string) => path.join(merged, file);
      await writeFile(at('suid'), 'x');
      run('chown', '100000:100005', at('suid'), merged);
      run('chmod', '4755', at('suid'));
      run('chmod', '1711', merged);
      run('ln', at('suid'), at('hard'));
      run('mknod', at('null'), 'c', '1', '3');
      run('mkfifo', at('pipe'));
      await symlink(path.join(folder, 'secret'), at('link'));
      await symlink(folder, at('folder'));
      await writeFile(at('-rf'), 'dash');
      await writeFile(at('new\nline'), 'newline');
      run('truncate', '-s', '1G', at('sparse'));
      await writeFile(at('ping'), 'x');
      run('setcap', 'cap_net_raw+ep', at('ping'));
      run('touch', '-h', '-d', '2020-01-02', at('suid'), at('link'), at('pipe'));
    });
    await storage.snapshot(context, name, 'one');
    await inside(name, async (merged) => await writeFile(path.join(merged, 'upper'), 'x'));
    const copy = (await storage.clone(context, name, { vmid: 101, mode: 'full' })).name;
    const [before, after] = [
      await inside(name, async (merged) => facts(merged)),
      await inside(copy, async (merged) => facts(merged)),
    ];
    expect(after).toEqual(before);
    await inside(copy, async (merged) => {
      expect(run('getcap', path.join(merged, 'ping')).toString()).toContain('cap_net_raw=ep');
      expect((await stat(path.join(merged, 'null'))).rdev).toBe(0x103);
      expect((await stat(path.join(merged, 'sparse'))).blocks).toBe(0);
      expect(await readFile(path.join(merged, 'new\nline'), 'utf8')).toBe('newline');
    });
    await storage.remove(context, copy);
    await storage.remove(context, name);
    expect(await readFile(path.join(folder, 'secret'), 'utf8')).toBe('of the host');
    expect(await readdir(path.join(root, 'images'))).toEqual([]);
  });

  test('works where the path of the storage is full of what mounts take for their own', async () => {
    const odd = path.join(folder, 'a,b:c \\d "e"');
    const other = createDirPlugin(exec).open('odd', { path: odd });
    await other.activate(context);
    const { name } = await other.createDisk(context, { vmid: 100, format: 'subvol', sizeBytes: 0 });
    const attachment = await other.attach(context, name);
    if (attachment.kind !== 'overlay') throw new Error(attachment.kind);
    await writeFile(path.join(attachment.upper, 'a'), 'x');
    const copy = await other.clone(context, name, { vmid: 101, mode: 'full' });
    const copied = await other.attach(context, copy.name);
    expect(copied.kind === 'overlay' && readFileSync(path.join(copied.upper, 'a'), 'utf8')).toBe('x');
  });

  test('one that is mounted is not taken apart', async () => {
    const name = await tree();
    await inside(name, async () => {
      expect(await code(storage.snapshot(context, name, 'one'))).toBe('wrong-state');
      expect(await code(storage.remove(context, name))).toBe('wrong-state');
    });
    expect(await code(storage.snapshot(context, name, 'one'))).toBe('fine');
  });

  test('a full clone that is cancelled leaves nothing, neither files nor mounts', async () => {
    const name = await tree();
    await inside(name, async (merged) => {
      run('dd', 'if=/dev/zero', `of=${path.join(merged, 'big')}`, 'bs=1M', 'count=600');
    });
    const abort = new AbortController();
    const copying = storage.clone(quietContext(abort.signal), name, { vmid: 101, mode: 'full' });
    await expect.poll(() => existsSync(path.join(root, 'images/101'))).toBe(true);
    setTimeout(() => abort.abort(), 150);
    expect(await code(copying)).toBe('cancelled');
    expect(await readdir(path.join(root, 'images'))).toEqual(['100']);
    expect(await code(storage.snapshot(context, name, 'one'))).toBe('fine');
  });

  test('files that were made immutable go too', async () => {
    const name = await tree();
    const marked = await inside(name, async (merged) => {
      await mkdir(path.join(merged, 'a'));
      await writeFile(path.join(merged, 'a/file'), 'x');
      return spawnSync('chattr', ['+i', path.join(merged, 'a/file'), path.join(merged, 'a')]).status === 0;
    });
    expect(marked).toBe(true);
    await storage.remove(context, name);
    expect(await readdir(path.join(root, 'images'))).toEqual([]);
  });

  test('removing a hundred thousand files does not hold the daemon up', async () => {
    const name = await tree();
    await inside(name, async (merged) => {
      const make = 'for $d (0..99) { mkdir $d; for $f (0..999) { open(F, ">", "$d/$f"); } }';
      execFileSync('perl', ['-e', make], { cwd: merged });
    });
    let longest = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 5);
    await storage.remove(context, name);
    clearInterval(timer);
    expect(longest).toBeLessThan(250);
    expect(await readdir(path.join(root, 'images'))).toEqual([]);
  });
});
