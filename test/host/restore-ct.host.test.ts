// Backups of real containers, made through the API, become containers again: to a new number, over one that is there, from a broken archive.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  lchownSync,
  linkSync,
  mkdirSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Found, readTree, whyNoTrees } from '../../server/backup/trees/trees-fixture.ts';
import { busyboxTemplate } from './ct-templates.ts';
import { CtWorld, firstVmid, whyNoContainers } from './ct-world.ts';

const why = whyNoContainers() ?? whyNoTrees();
if (why !== undefined) process.stderr.write(`restores of containers are not tested: ${why}\n`);

const world = new CtWorld();
const { daemon } = world;
const dump = join(daemon.folder, 'vault', 'dump');
const [ct, copy, third] = [firstVmid + 1, firstVmid + 2, firstVmid + 3] as const;
const idsFrom = 100_000;
let stopped: string;
let suspended: string;
let packed: { root: Found; data: Found };

beforeAll(async () => {
  if (why !== undefined) return;
  await daemon.start();
  const path = join(daemon.folder, 'vault');
  await daemon.ok('POST', '/storage', { storage: 'vault', type: 'dir', path, content: 'backup' });
  const template = world.addTemplate(busyboxTemplate(), 'busybox.tar.gz');
  const params = { hostname: 'kept', description: 'a note', mp0: 'local:0.125,mp=/srv/data,backup=1' };
  expect(await world.create(ct, template, { ...params, mp1: 'local:0.0625,mp=/cache' })).toBe('OK');
  expect(await world.power(ct, 'start')).toBe('OK');
  const root = await rootOf(ct);
  fill(root);
  fill(join(root, 'srv/data'));
  await world.sh(ct, 'echo of then >/root/mark; echo lost >/cache/file');
  packed = await filesOf(ct);
  suspended = await backUp('suspend', 'zstd');
  stopped = await backUp('stop', 'zstd');
});
afterAll(() => world.dispose());

/** What a system may have that is easily lost: odd owners and modes, attributes, access lists, capabilities, links, holes. */
function fill(folder: string): void {
  const at = (name: string) => join(folder, name);
  const file = (name: string, uid: number, gid: number, mode = 0o644) => {
    writeFileSync(at(name), `${name}\n`);
    lchownSync(at(name), idsFrom + uid, idsFrom + gid);
    chmodSync(at(name), mode);
  };
  mkdirSync(at('odd'));
  lchownSync(at('odd'), idsFrom + 1000, idsFrom + 65_534);
  chmodSync(at('odd'), 0o3751);
  file('odd/user', 1000, 65_535);
  file('odd/set', 0, 42, 0o6755);
  file('odd/new\nline ä', 7, 7, 0o600);
  file('odd/note', 0, 0);
  execFileSync('setfattr', ['-n', 'user.note', '-v', '0x00ff0a3d', at('odd/note')]);
  execFileSync('setfacl', ['-m', `u:${idsFrom + 7}:rw,g:${idsFrom + 8}:r`, at('odd/note')]);
  execFileSync('setcap', ['-n', String(idsFrom), 'cap_net_raw+ep', at('odd/set')]);
  linkSync(at('odd/user'), at('odd/hard link'));
  symlinkSync('/etc/../../passwd', at('odd/away'));
  lchownSync(at('odd/away'), idsFrom + 9, idsFrom + 9);
  // More than one frame of the archive, so that its end can be damaged and its beginning read.
  writeFileSync(at('odd/noise'), randomBytes(12 * 1024 ** 2));
  lchownSync(at('odd/noise'), idsFrom, idsFrom);
  file('odd/holes', 3, 3);
  truncateSync(at('odd/holes'), 64 * 1024 ** 2);
  execFileSync('touch', ['-d', '2001-09-09T01:46:40.987654321Z', at('odd/user')]);
}

/** The host's path of a running container's root. */
async function rootOf(vmid: number): Promise<string> {
  const { pid } = await daemon.ok<{ pid: number }>('GET', `${world.path(vmid)}/status/current`);
  return `/proc/${pid}/root`;
}

/** Of a running container. */
async function filesOf(vmid: number): Promise<{ root: Found; data: Found }> {
  const root = await rootOf(vmid);
  return {
    root: readTree(join(root, 'odd'), idsFrom),
    data: readTree(join(root, 'srv/data/odd'), idsFrom),
  };
}

/** Backs the first container up; answers the volume. */
async function backUp(mode: 'stop' | 'suspend', compress: string): Promise<string> {
  const there: string[] = await readdir(dump).catch(() => []);
  const params = { vmid: ct, storage: 'vault', mode, compress };
  const upid = await daemon.ok<string>('POST', '/nodes/testnode/vzdump', params);
  const end = await daemon.taskEnd(upid);
  expect(end, (await world.log(upid)).join('\n')).toBe('OK');
  const made = (await readdir(dump)).filter((name) => !there.includes(name));
  return `vault:backup/${made.find((name) => /\.tar\.\w+$/.test(name))}`;
}

/** Waits for a restore; warnings without those that trees are not limited here. */
async function restore(vmid: number, ostemplate: string, more: object = {}) {
  const params = { vmid, ostemplate, restore: 1, ...more };
  const upid = await daemon.ok<string>('POST', '/nodes/testnode/lxc', params);
  const end = await daemon.taskEnd(upid);
  const log = (await world.log(upid)).join('\n');
  const warnings = [...log.matchAll(/^WARN: (.*)$/gm)]
    .map(([, text = '']) => text)
    .filter((text) => !text.includes('cannot limit the size of a tree'));
  return { end: end.startsWith('WARNINGS') ? 'OK' : end, warnings, log };
}

const emptyCache = 'mp1: its files are not in the backup; /cache is a new, empty volume';

describe.skipIf(why !== undefined)('a backup of a container', () => {
  it.each(['stop', 'suspend'] as const)('in mode %s becomes another one that runs', async (mode) => {
    const { end, warnings, log } = await restore(copy, mode === 'stop' ? stopped : suspended, { start: 1 });
    expect([end, warnings], log).toEqual(['OK', [emptyCache]]);
    expect(await world.config(copy)).toMatchObject({
      ...{ hostname: 'kept', description: 'a note', unprivileged: 1 },
      mp0: expect.stringMatching(/^local:\S+,mp=\/srv\/data,backup=1,size=128M$/),
      mp1: expect.stringMatching(/^local:\S+,mp=\/cache,size=64M$/),
    });
    expect(await world.state(copy)).toBe('running');
    expect(await filesOf(copy)).toEqual(packed);
    expect(Object.keys(packed.root).length).toBeGreaterThan(8);
    expect(await world.sh(copy, 'hostname; cat /root/mark; ls /cache')).toBe('kept\nof then');
    expect(await world.power(copy, 'stop')).toBe('OK');
    expect(await world.remove(copy)).toBe('OK');
    expect(world.leftovers(copy)).toEqual([]);
  });

  it('is not restored over a container that runs, nor over one without being told to', async () => {
    expect((await restore(ct, stopped, { force: 1 })).end).toBe(`unable to restore CT ${ct} - CT is running`);
    const answer = await daemon.call('POST', '/nodes/testnode/lxc', {
      ...{ vmid: ct, ostemplate: stopped, restore: 1 },
    });
    expect(answer.reason).toContain(`unable to restore CT ${ct} - CT ${ct} already exists`);
  });

  it('goes over a container that is there, and what it does not have stays', async () => {
    await world.sh(ct, 'echo later >/root/mark; echo kept >/cache/file; rm -r /srv/data/odd');
    expect(await world.power(ct, 'stop')).toBe('OK');
    await world.set(ct, { hostname: 'mine', mp3: 'local:0.0625,mp=/photos' });
    const before = await world.config(ct);
    const volume = (key: string) => String(before[key]).replace(/,.*$/, '');
    const { end, log } = await restore(ct, suspended, { force: 1, memory: 96, start: 1 });
    expect(end, log).toBe('OK');
    const after = await world.config(ct);
    expect(after).toMatchObject({ hostname: 'kept', memory: 96 });
    expect(after).not.toHaveProperty('mp3');
    expect([after['unused0'], after['unused1']].sort()).toEqual([volume('mp1'), volume('mp3')].sort());
    expect(await filesOf(ct)).toEqual(packed);
    expect(await world.sh(ct, 'cat /root/mark; ls /cache')).toBe('of then');
    const there = world.volumes().join('\n');
    for (const key of ['rootfs', 'mp0']) expect(there).not.toContain(volume(key).replace('local:', ''));
    expect(await world.power(ct, 'stop')).toBe('OK');
  });

  it('of root is taken by its path, with mounts given anew', async () => {
    const path = join(dump, stopped.replace('vault:backup/', ''));
    const { end, warnings, log } = await restore(third, path, {
      rootfs: 'local:0.25',
      hostname: 'new',
      bwlimit: 0,
    });
    expect(end, log).toBe('OK');
    expect(warnings).toHaveLength(2);
    const config = await world.config(third);
    expect(config).toMatchObject({ hostname: 'new', rootfs: expect.stringContaining('size=256M') });
    expect(config).not.toHaveProperty('mp0');
    expect(await world.power(third, 'start')).toBe('OK');
    expect(await filesOf(third)).toEqual(packed);
    expect(await world.power(third, 'stop')).toBe('OK');
    expect(await world.remove(third)).toBe('OK');
    expect(world.leftovers(third)).toEqual([]);
  });
});

describe.skipIf(why !== undefined)('a container that is restored over', () => {
  beforeAll(async () => {
    if ((await world.state(ct)) !== 'stopped') await world.power(ct, 'stop');
  });
  /** Its configuration and volumes. */
  const all = async () => ({ config: await world.config(ct), volumes: world.volumes().sort() });

  it.each([
    ['cut off', (bytes: Buffer) => bytes.subarray(0, bytes.length - 4 * 1024 ** 2)],
    [
      'changed near its end',
      (bytes: Buffer) => {
        const changed = Buffer.from(bytes);
        for (let at = 0; at < 64; at += 1) changed[bytes.length - 4 * 1024 ** 2 + at]! ^= 0x55;
        return changed;
      },
    ],
  ])('by an archive that was %s is as it was', async (_what, damage) => {
    const broken = `vzdump-lxc-${ct}-2026_06_01-02_30_00.tar.zst`;
    const whole = await readFile(join(dump, stopped.replace('vault:backup/', '')));
    await writeFile(join(dump, broken), damage(whole));
    const before = await all();
    const over = await restore(ct, `vault:backup/${broken}`, { force: 1 });
    expect(over.end, over.log).toMatch(/damaged|cut off|ends|checksum|broken/);
    expect(await all()).toEqual(before);
    const fresh = await restore(third, `vault:backup/${broken}`);
    expect(fresh.end).toMatch(/damaged|cut off|ends|checksum|broken/);
    expect((await daemon.call('GET', `${world.path(third)}/config`)).status).not.toBe(200);
    expect(world.leftovers(third)).toEqual([]);
    expect(await world.power(ct, 'start')).toBe('OK');
    expect(await filesOf(ct)).toEqual(packed);
    expect(await world.power(ct, 'stop')).toBe('OK');
  });

  it.each(['restore-volumes', 'write-config'])(
    'is as it was when the daemon is killed at %s',
    async (step) => {
      const before = await all();
      await daemon.end();
      await daemon.start({ CROFT_TEST_CRASH_AT: `vzrestore:${step}:after-run` });
      await daemon.ok('POST', '/nodes/testnode/lxc', { vmid: ct, ostemplate: stopped, restore: 1, force: 1 });
      await daemon.ended();
      await daemon.start();
      expect(await all()).toEqual(before);
      expect(world.mounts()).toEqual([]);
    },
  );
});
