// Templates and containers that mean harm, through the daemon on real LXC: refused or contained, and nothing outside is touched.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestEntry, tarOf } from '../../server/guests/ct/setup/tar-fixture.ts';
import { busyboxTemplate } from './ct-templates.ts';
import { CtWorld, firstVmid, ownBridge, ownNet, whyNoContainers } from './ct-world.ts';
import { eventually } from './wait.ts';

const why = whyNoContainers();
if (why !== undefined) process.stderr.write(`hostile containers are not tested: ${why}\n`);

const bridge = ownBridge;
const world = new CtWorld(bridge);
const { daemon } = world;
/** A folder of the host that must stay as it is; within reach of everybody, so that only the daemon's care keeps them out. */
const victim = join(daemon.folder, 'victim');
let before: string;
let vmid = firstVmid + 20;

/** Names, owners, modes and contents of what could have been written to. */
function fingerprint(): string {
  const own = readdirSync(victim)
    .sort()
    .map((name) => {
      const path = join(victim, name);
      const { uid, gid, mode, ino } = statSync(path);
      return [name, uid, gid, mode, ino, statSync(path).isFile() ? readFileSync(path, 'utf8') : ''];
    });
  const host = [
    '/etc/passwd',
    '/etc/shadow',
    '/etc/hostname',
    '/etc/hosts',
    '/etc/resolv.conf',
    '/etc/fstab',
  ].map((path) => (existsSync(path) ? createHash('sha256').update(readFileSync(path)).digest('hex') : ''));
  return JSON.stringify([
    own,
    host,
    readdirSync('/dev').filter((name) => !/^(loop|pts|tty|vcs)/.test(name)),
    readdirSync('/'),
  ]);
}

beforeAll(async () => {
  await daemon.start();
  mkdirSync(victim, { mode: 0o777 });
  for (const name of ['passwd', 'hostname', 'hosts', 'resolv.conf', 'interfaces', 'inittab', 'secret'])
    writeFileSync(join(victim, name), `of the host: ${name}\n`, { mode: 0o666 });
  before = fingerprint();
});
afterAll(() => world.dispose());

/** Asks for a container of it, started; answers the error, or `OK`. */
async function createdFrom(archive: Buffer | string, params: Record<string, unknown> = {}): Promise<string> {
  const path = join(daemon.folder, `hostile-${vmid}.tar.gz`);
  if (typeof archive !== 'string') writeFileSync(path, archive);
  const volume = world.addTemplate(typeof archive === 'string' ? archive : path, `hostile-${vmid}.tar.gz`);
  const status = await world.create(vmid, volume, { memory: 64, ...params });
  rmSync(join(daemon.storagePath, 'template/cache', `hostile-${vmid}.tar.gz`));
  return status;
}

const folder = (name: string): TestEntry => ({ name, letter: '5' });
const link = (name: string, linkName: string): TestEntry => ({ name, letter: '2', linkName });
const gz = (...entries: TestEntry[]) => gzipSync(tarOf(entries));
const zeros = gzipSync(
  Buffer.concat([tarOf([{ name: 'big', size: 3 * 1024 ** 2 }], false), Buffer.alloc(1024)]),
);
/** 1.5 GiB of zeros in little room, and honest about them. */
function bomb(): Buffer {
  const path = join(daemon.folder, 'bomb');
  const out = openSync(path, 'w');
  const step = 100 * 1024 ** 2;
  for (let at = 0; at < 15; at++) {
    const header = tarOf([{ name: `big-${at}`, size: step }], false);
    writeSync(out, header, 0, header.length, at * (header.length + step));
  }
  ftruncateSync(out, 15 * (step + 512) + 1024);
  closeSync(out);
  execFileSync('zstd', ['-q', '--rm', path]);
  return readFileSync(`${path}.zst`);
}

const refused: readonly (readonly [string, () => Buffer, RegExp])[] = [
  ['a name with ..', () => gz(folder('a'), { name: 'a/../../../victim/passwd', data: 'x' }), /\.\./],
  ['a device node', () => gz({ name: 'disk', letter: '4', mode: 0o666 }), /disk/],
  ['an owner beyond the map', () => gz({ name: 'file', data: 'x', uid: 70_000 }), /70000|owner/],
  [
    'a file through a link that leads out',
    () => gz(link('out', victim), { name: 'out/passwd', data: 'x' }),
    /out/,
  ],
  [
    'a hard link to what is outside',
    () => gz({ name: 'hard', letter: '1', linkName: join(victim, 'secret') }),
    /hard/,
  ],
  [
    'a hard link through a link',
    () => gz(link('out', '../../../../../..'), { name: 'hard', letter: '1', linkName: 'out/etc/shadow' }),
    /hard|out/,
  ],
  ['a file that ends early', () => zeros, /end|damaged|cut/],
  ['no archive at all', () => Buffer.from('this is no archive'), /no \.tar/],
  ['a bomb', bomb, /bomb|free/],
];

describe.skipIf(why !== undefined)('a template with', () => {
  it.each(refused)('%s is refused, and nothing of it stays', async (_name, archive, told) => {
    vmid++;
    const status = await createdFrom(archive());
    expect(status).toMatch(told);
    expect(status).not.toMatch(/internal|undefined|at .*\.ts/);
    expect((await daemon.call('GET', `${world.path(vmid)}/config`)).status).not.toBe(200);
    expect(world.leftovers(vmid)).toEqual([]);
    expect(readdirSync(join(daemon.storagePath, 'images'), { recursive: true })).toEqual([]);
    expect(fingerprint()).toBe(before);
  });

  it('a whole privileged tree is as little trusted', async () => {
    vmid++;
    const status = await createdFrom(gz(link('out', victim), { name: 'out/passwd', data: 'x' }), {
      unprivileged: 0,
    });
    expect(status).toMatch(/out/);
    expect(world.leftovers(vmid)).toEqual([]);
    expect(fingerprint()).toBe(before);
  });

  it('absolute names is unpacked below its own root', async () => {
    vmid++;
    const files = [
      { name: join(victim, 'passwd'), data: 'x' },
      { name: '/etc/evil', data: 'x' },
    ];
    expect(await createdFrom(gz(folder('/etc'), ...files))).toBe('OK');
    expect(fingerprint()).toBe(before);
    expect(existsSync('/etc/evil')).toBe(false);
    expect(await world.remove(vmid)).toBe('OK');
    expect(world.leftovers(vmid)).toEqual([]);
  });

  it('/etc that is a link out gets nothing written there', async () => {
    for (const target of [victim, `../../../../../../../../..${victim}`, '/proc/1/root/etc', '/etc']) {
      vmid++;
      const status = await createdFrom(
        gz(link('etc', target), folder('bin'), { name: 'bin/sh', data: 'x' }),
        { password: 'geheim-1', start: 1 },
      );
      expect(status).not.toBe('OK');
      expect(status).not.toMatch(/internal/);
      expect(fingerprint()).toBe(before);
      expect(world.leftovers(vmid)).toEqual([]);
    }
  });
});

/** A busybox whose tree was changed by a shell script run in it by the host. */
function changedBusybox(script: string): string {
  const work = mkdtempSync(join(daemon.folder, 'tree-'));
  execFileSync('tar', ['-C', work, '-xzf', busyboxTemplate()]);
  execFileSync('sh', ['-euc', script], { cwd: work });
  execFileSync('tar', ['-C', work, '--numeric-owner', '-czf', `${work}.tar.gz`, '.']);
  rmSync(work, { recursive: true });
  return `${work}.tar.gz`;
}

/** What it is, how it is laid, and how the start ends: LXC itself mounts no /dev on a link. */
/** What is a link, how it is laid, and how the start ends: LXC itself mounts no /dev on one. */
const traps: readonly (readonly [string, string, RegExp])[] = [
  [
    'files of /etc',
    `for name in hostname hosts resolv.conf inittab passwd; do ln -sf ${victim}/$name etc/$name; done`,
    /^OK$/,
  ],
  [
    'files of /etc, by many steps up',
    `for name in hostname hosts resolv.conf; do ln -sf ../../../../../../..${victim}/$name etc/$name; done`,
    /^OK$/,
  ],
  ['the folder of the network', `rm -rf etc/network; ln -s ${victim} etc/network`, /^OK$/],
  ['/dev', `rm -rf dev; ln -s ${victim} dev`, /Not a directory/],
  [
    '/dev, /proc and /sys',
    `rm -rf dev proc sys; ln -s ${victim} dev; ln -s ${victim} proc; ln -s /sys/../etc sys`,
    /Not a directory/,
  ],
  ['/proc', `rm -rf proc; ln -s ${victim} proc`, /\S/],
  [
    'the place of a mount point',
    `rm -rf srv mnt; ln -s ${victim} srv; ln -s ../../../../../../../../.. mnt`,
    /^OK$/,
  ],
];

describe.skipIf(why !== undefined)('a container whose links lead out:', () => {
  it.each(traps)('%s', async (_name, script, ending) => {
    vmid++;
    const params = {
      ...{ hostname: 'evil', net0: `name=eth0,bridge=${bridge},ip=${ownNet}.2/24`, nameserver: '192.0.2.1' },
      ...{ mp0: 'local:0.03125,mp=/srv/data', mp1: `local:0.03125,mp=/mnt${victim}/deep` },
    };
    expect(await createdFrom(changedBusybox(script), params)).toBe('OK');
    expect(fingerprint()).toBe(before);
    const started = await world.power(vmid, 'start');
    expect(started).toMatch(ending);
    expect(started).not.toMatch(/internal/);
    expect(fingerprint()).toBe(before);
    expect(world.mounts().filter((point) => !point.startsWith(`${world.base}/${vmid}/`))).toEqual([]);
    if (started === 'OK') {
      await world.set(vmid, { hostname: 'worse', nameserver: '192.0.2.2', mp2: 'local:0.03125,mp=/srv/hot' });
      expect(fingerprint()).toBe(before);
    }
    expect(await world.remove(vmid, { force: 1 })).toBe('OK');
    expect(world.leftovers(vmid)).toEqual([]);
    expect(fingerprint()).toBe(before);
  });
});

describe.skipIf(why !== undefined)('a container that turns evil while it runs', () => {
  let id: number;
  const file = (name: string) => join(daemon.folder, name);
  const push = (path: string) => world.croft('ct', 'push', String(id), file('to-push'), path);
  const pull = (path: string) => world.croft('ct', 'pull', String(id), path, file('pulled'));

  beforeAll(async () => {
    id = ++vmid;
    const volume = world.addTemplate(busyboxTemplate(), 'busybox.tar.gz');
    expect(
      await world.create(id, volume, { start: 1, net0: `name=eth0,bridge=${bridge},ip=${ownNet}.3/24` }),
    ).toBe('OK');
    writeFileSync(file('to-push'), 'pushed\n');
  });

  it('gets nothing written outside by a change', async () => {
    await world.sh(
      id,
      `cd /etc; for name in hostname hosts resolv.conf inittab; do rm -f $name; ln -s ${victim}/$name $name; done`,
    );
    await world.sh(id, `rm -rf /etc/network; ln -s ${victim} /etc/network`);
    await world.set(id, {
      hostname: 'changed',
      nameserver: '192.0.2.3',
      net1: `name=eth1,bridge=${bridge},ip=${ownNet}.4/24`,
    });
    expect(fingerprint()).toBe(before);
    await world.sh(id, `mv /etc /etc.old; ln -s ${victim} /etc`);
    await world.set(id, { hostname: 'again' });
    expect(fingerprint()).toBe(before);
    await world.sh(id, 'rm /etc; mv /etc.old /etc');
  });

  it('has files pushed and pulled below its own root only', async () => {
    await world.sh(
      id,
      `mkdir -p ${victim} /root/d; echo inside >${victim}/secret; ln -s ${victim} /root/out; ln -s ../../../../../../..${victim}/secret /root/up`,
    );
    for (const path of ['/root/out/secret', '/root/up', `${victim}/secret`]) {
      rmSync(file('pulled'), { force: true });
      expect(await pull(path)).toMatchObject({ code: 0 });
      expect(readFileSync(file('pulled'), 'utf8')).toBe('inside\n');
    }
    expect(await push('/root/out/secret')).toMatchObject({ code: 0 });
    expect(await push('/root/out/fresh')).toMatchObject({ code: 0 });
    expect(await world.sh(id, `cat ${victim}/secret; stat -c %u:%g:%a ${victim}/fresh`)).toBe(
      'pushed\n0:0:644',
    );
    expect(fingerprint()).toBe(before);
  });

  it('cannot have the daemon read what is no file, nor wait for it', async () => {
    await world.sh(id, 'mkfifo /root/pipe; ln -s /dev/zero /root/zero; ln -s loop /root/loop');
    // Here is a file already: a folder does not take its place.
    writeFileSync(file('pulled'), '');
    for (const path of [
      '/root/pipe',
      '/root/zero',
      '/dev/console',
      '/root',
      '/root/loop',
      '/root/none',
      '/proc/kmsg',
    ]) {
      const began = performance.now();
      const { code, stderr } = await pull(path);
      expect({ path, code }).toEqual({ path, code: 1 });
      expect(stderr).not.toMatch(/internal|\n\s+at /);
      expect(performance.now() - began).toBeLessThan(10_000);
    }
    // Of its own processes' roots, at most what is in its own.
    await pull('/proc/1/root/etc/hostname');
    await pull('/proc/self/root/etc/shadow');
    expect(fingerprint()).toBe(before);
    expect((await push('/root/pipe')).code).toBe(1);
    expect(await world.sh(id, 'test -p /root/pipe && echo still')).toBe('still');
  });

  it('keeps nobody from stopping it', async () => {
    await world.sh(
      id,
      'mount -t tmpfs none /root; mount --bind /etc /srv; (trap "" TERM HUP INT; while :; do sleep 1; done) >/dev/null 2>&1 &',
    );
    expect(await world.power(id, 'stop')).toBe('OK');
    await eventually('no mounts', 5000, () => world.mounts().length === 0);
    expect(await world.remove(id)).toBe('OK');
    expect(world.leftovers(id)).toEqual([]);
    expect(fingerprint()).toBe(before);
  });
});
