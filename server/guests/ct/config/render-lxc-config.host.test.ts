// The real LXC reads every golden file, and runs what is rendered: ids, limits, folders with their owners, devices, programs.
import { constants } from 'node:fs';
import {
  access,
  chmod,
  chown,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { exec } from '../../../core/exec.ts';
import type { CtConfig } from '../../ct-parts.ts';
import { ctIdMap } from '../ct-driver.ts';
import { ctPaths } from '../ct-paths.ts';
import { makeDeviceNodes } from '../driver/device-nodes.ts';
import { lxcGoldens } from './ct-config-fixture.ts';
import type { CtHostFacts } from './ct-host-facts.ts';
import { deviceNodes, mountSourceOf } from './lxc-mounts.ts';
import { readCtConfig } from './read-ct-config.ts';
import { renderLxcConfig } from './render-lxc-config.ts';

const busybox = '/usr/bin/busybox';
const tools = [
  ...['sh', 'cat', 'cut', 'grep', 'hostname', 'id', 'ls', 'mount', 'sleep', 'stat', 'touch', 'true'],
];
const testdata = join(import.meta.dirname, 'testdata');
const vmid = 999_000_000 + (process.pid % 90_000);
const prefix = `crc${process.pid}.`;

/** Their paths. */
const programs = new Map<string, string>();

async function whyNot(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'needs root';
  for (const program of ['lxc-start', 'lxc-info']) {
    const found = await exec('which', [program], { okExitCodes: [0, 1] });
    if (found.exitCode !== 0) return `${program} is not installed (package lxc)`;
    programs.set(program, found.stdout.trim());
  }
  return access(busybox, constants.X_OK).then(
    () => undefined,
    () => `${busybox} is not there (package busybox-static)`,
  );
}
const why = await whyNot();

describe.skipIf(why !== undefined)(`LXC${why ? ` (skipped: ${why})` : ''}`, () => {
  let base = '';
  let shared = '';
  const paths = () => ctPaths(base, vmid);
  const cgroupVersion = () =>
    access('/sys/fs/cgroup/cgroup.controllers').then(
      () => 2 as const,
      () => 1 as const,
    );

  beforeAll(async () => {
    base = await mkdtemp('/run/croft-lxc-config-');
    await chmod(base, 0o711);
    shared = await mkdtemp('/var/tmp/croft-lxc-config-');
    await mkdir(join(base, 'state'));
    const hooks = join(base, 'hooks');
    await mkdir(hooks);
    // Not executable: so is everything below a /run that is mounted noexec.
    for (const name of ['ct-started', 'ct-stopped'])
      await writeFile(join(hooks, name), `echo "$LXC_HOOK_TYPE $PPID" >>${hooks}/ran\n`, { mode: 0o644 });
  });

  afterEach(async () => {
    const { stdout } = await exec('findmnt', ['-rn', '-o', 'TARGET']);
    const left = stdout.split('\n').filter((point) => point.startsWith(`${base}/`));
    for (const point of left.reverse()) await exec('umount', [point]);
    await rm(paths().folder, { recursive: true, force: true });
  });

  afterAll(async () => {
    await rm(base, { recursive: true, force: true });
    await rm(shared, { recursive: true, force: true });
    const { stdout } = await exec('find', [
      '/sys/fs/cgroup',
      '-depth',
      '-type',
      'd',
      '-path',
      `*/${prefix}*`,
    ]);
    for (const folder of stdout.split('\n').filter((line) => line !== ''))
      await exec('rmdir', [folder], { okExitCodes: [0, 1] });
    const { stdout: still } = await exec('find', ['/sys/fs/cgroup', '-type', 'd', '-name', `${prefix}*`]);
    expect(still).toBe('');
  });

  /** What LXC understood of a file: it loads all of it, and refuses keys and values that it does not know. */
  const info = (file: string, ...keys: string[]) =>
    exec('lxc-info', [
      ...['-P', join(base, 'none'), '-n', 'x', '--rcfile', file],
      ...keys.flatMap((key) => ['-c', key]),
    ]);

  test.each(Object.keys(lxcGoldens))('reads %s', async (name) => {
    const file = join(testdata, `${name}.conf`);
    const text = await readFile(file, 'utf8');
    const lines = text.split('\n').flatMap((line) => (line.startsWith('lxc.') ? [line.split(' = ')] : []));
    const single = lines.filter(
      ([key]) => !/^lxc\.(cgroup2?\.devices|idmap|environment|mount|apparmor\.raw|cap|hook)/.test(key!),
    );
    for (const [key, value] of single) {
      // LXC tells these otherwise: in bytes, by number, in small letters, or not at all.
      if (/^lxc\.(console\.size|arch|rootfs\.path|signal\.|net\.\d+\.(type|flags|hwaddr|ipv))/.test(key!))
        continue;
      const { stdout } = await info(file, key!);
      expect(stdout.trim(), key).toBe(`${key} = ${value}`);
    }
  });

  test('refuses what it does not know, so that reading means something', async () => {
    const file = join(base, 'bad.conf');
    await writeFile(file, 'lxc.uts.name = a\nlxc.croft.unknown = 1\n');
    await expect(info(file, 'lxc.uts.name')).rejects.toMatchObject({ code: 'command-failed' });
  });

  /** Runs `script` inside; answers what it wrote. */
  async function run(
    config: CtConfig,
    script: string,
    prepare: (root: string) => Promise<void> = async () => {},
  ): Promise<string> {
    const model = readCtConfig({
      vmid,
      config: { rootfs: 'local:1/a.subvol', entrypoint: '/bin/sh /check', ...config },
    });
    const { folder, root, config: file, log } = paths();
    const owner = model.unprivileged ? ctIdMap.first : 0;
    await mkdir(root, { recursive: true });
    await chown(folder, 0, owner);
    await chmod(folder, 0o710);
    for (const name of ['bin', 'dev', 'proc', 'sys', 'out', 'tmp']) await mkdir(join(root, name));
    await exec('cp', [busybox, join(root, 'bin/busybox')]);
    for (const name of tools) await symlink('busybox', join(root, 'bin', name));
    await writeFile(join(root, 'check'), `exec >/out/text 2>&1\n${script}\n`);
    await exec('chown', ['-hR', `${owner}:${owner}`, root]);
    await prepare(root);
    const facts: CtHostFacts = {
      paths: paths(),
      prefix,
      hooksFolder: join(base, 'hooks'),
      filesFolder: join(import.meta.dirname, 'files'),
      cgroupVersion: await cgroupVersion(),
      swapAccounting: await access('/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes').then(
        () => true,
        () => false,
      ),
      appArmor: await readFile('/sys/module/apparmor/parameters/enabled', 'utf8').then(
        (text) => text.trim() === 'Y',
        () => false,
      ),
      seccomp: true,
      lxcfs: false,
      onlineCpus: [0, 1],
      bridges: new Map(),
      devices: new Map([['/dev/loop-control', { type: 'c', major: 10, minor: 237 }]]),
    };
    await makeDeviceNodes(exec, base, vmid, deviceNodes(model, facts));
    await writeFile(file, renderLxcConfig(model, facts), { mode: 0o600 });
    // Without newuidmap(1) in the search path LXC writes the id map itself, whatever /etc/subuid says.
    await exec(
      programs.get('lxc-start')!,
      ['-n', `crc-${vmid}`, '-P', join(base, 'state'), '--rcfile', file, '-F'],
      {
        env: { PATH: '/usr/local/sbin:/usr/sbin:/sbin' },
        timeoutMs: 30_000,
        intention: 'start',
      },
    ).catch(async (error: unknown) => {
      throw new Error(await readFile(log, 'utf8').catch(() => 'no log'), { cause: error });
    });
    return readFile(join(root, 'out/text'), 'utf8');
  }

  const unprivileged: CtConfig = { unprivileged: 1, hostname: 'inside' };

  test('an unprivileged container is root of its own ids alone, with a name, limits and no network', async () => {
    const config = { ...unprivileged, memory: 64, swap: 32, cores: 1, cpulimit: '0.5' };
    const text = await run(
      config,
      [
        'hostname; id -u; cat /proc/self/uid_map; ls /sys/class/net; grep -c . /proc/self/cgroup',
        'cat /proc/1/oom_score_adj; grep Cpus_allowed_list /proc/self/status; grep Seccomp: /proc/self/status',
        'mount -t tmpfs none /tmp && echo mounted; kexec 2>/dev/null; echo env $TERM',
      ].join('\n'),
    );
    const ran = await readFile(join(base, 'hooks/ran'), 'utf8');
    expect(ran).toMatch(/^start-host (\d+)\npost-stop \1\n$/);
    const lines = text.split('\n').map((line) => line.trim().replace(/\s+/g, ' '));
    expect(lines.slice(0, 4)).toEqual(['inside', '0', `0 ${ctIdMap.first} ${ctIdMap.count}`, 'lo']);
    expect(lines[5]).toBe('0');
    expect(lines[6]).toMatch(/^Cpus_allowed_list: [01]$/);
    expect(lines[7]).toBe('Seccomp: 2');
    expect(lines).toContain('env linux');
  });

  test('limits are in its control groups while it runs, out of its reach', async () => {
    const config = { ...unprivileged, memory: 64, swap: 32 };
    const running = run(config, 'touch /out/up; while [ ! -e /out/enough ]; do sleep 0.1; done');
    running.catch(() => {});
    const { root } = paths();
    for (let tries = 0; tries < 100; tries += 1) {
      if (
        await access(join(root, 'out/up')).then(
          () => true,
          () => false,
        )
      )
        break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const [memoryFolder, memoryFile, pidsFolder] =
      (await cgroupVersion()) === 2
        ? ['/sys/fs/cgroup', 'memory.max', '/sys/fs/cgroup']
        : ['/sys/fs/cgroup/memory', 'memory.limit_in_bytes', '/sys/fs/cgroup/pids'];
    const group = `${prefix}lxc/${vmid}`;
    const memory = await readFile(join(memoryFolder, group, memoryFile), 'utf8');
    const pids = await readFile(join(pidsFolder, group, 'pids.max'), 'utf8');
    await writeFile(join(root, 'out/enough'), '');
    await running;
    expect([memory.trim(), pids.trim()]).toEqual([String(64 * 1024 ** 2), '8192']);
  });

  test('a folder keeps its owners; a root is read-only, what is mounted in it is not', async () => {
    await writeFile(join(shared, 'mine'), 'x');
    await chown(join(shared, 'mine'), 1000, 1000);
    await chown(shared, 1000, 1000);
    await chmod(shared, 0o755);
    const text = await run(
      {
        ...unprivileged,
        rootfs: 'local:1/a.subvol,ro=1',
        mp0: 'local:1/b.subvol,mp=/out',
        mp1: `${shared},mp=/kept here,keepattrs=1`,
        mp2: `${shared},mp=/plain`,
        mp3: `${shared},mp=/tmp,keepattrs=1,ro=1`,
      },
      [
        'stat -c "%u" "/kept here/mine"; stat -c "%u" /plain/mine',
        'touch /nothing 2>/dev/null || echo read-only',
        'touch /tmp/new2 2>/dev/null || stat -c "%u read-only" /tmp/mine',
        'touch "/kept here/new" && stat -c "%u" "/kept here/new"',
      ].join('\n'),
      async (root) => {
        const source = mountSourceOf(paths(), 'mp1');
        await mkdir(source, { recursive: true });
        await mkdir(join(root, 'plain'));
        await mkdir(join(root, 'kept here'));
        await exec('mount', ['--bind', shared, source]);
        await exec('mount', ['--bind', shared, join(root, 'plain')]);
        const still = mountSourceOf(paths(), 'mp3');
        await mkdir(still);
        await exec('mount', ['--bind', shared, still]);
        const out = mountSourceOf(paths(), 'mp0');
        await mkdir(out);
        await exec('mount', ['-t', 'tmpfs', '-o', `uid=${ctIdMap.first}`, 'none', out]);
        await exec('mount', ['--bind', out, join(root, 'out')]);
        const plain = mountSourceOf(paths(), 'mp2');
        await mkdir(plain);
        await exec('mount', ['--bind', shared, plain]);
      },
    );
    expect(text.split('\n')).toEqual(['1000', '65534', 'read-only', '1000 read-only', '0', '']);
    expect((await lstat(join(shared, 'new'))).uid).toBe(0);
  });

  test('what is mounted below a root that is not read-only comes along', async () => {
    const text = await run(
      { ...unprivileged, mp0: 'local:1/b.subvol,mp=/data' },
      'touch /data/new && ls /data',
      async (root) => {
        await mkdir(join(root, 'data'));
        await exec('mount', ['-t', 'tmpfs', '-o', `uid=${ctIdMap.first}`, 'none', join(root, 'data')]);
      },
    );
    expect(text).toBe('new\n');
  });

  test('a device has the owner that was asked for, and nothing else can be opened', async () => {
    const text = await run(
      { ...unprivileged, dev0: '/dev/loop-control,uid=5,gid=6,mode=0640' },
      'ls -ln /dev/loop-control | cut -c1-10; stat -c "%u %g" /dev/loop-control; ls /dev/loop0 2>&1 | grep -c found\n' +
        'true </dev/loop-control && echo opened',
    );
    expect(text.split('\n').slice(0, 2)).toEqual(['crw-r-----', '5 6']);
    expect(text).toMatch(/opened/);
  });

  test('variables and the program are as they were written; nesting shows a second /proc', async () => {
    const text = await run(
      { ...unprivileged, env: 'GREETING=good "day" # $HOME\0TERM=xterm', features: 'nesting=1,keyctl=1' },
      'echo "$GREETING $TERM"; ls /dev/.lxc',
    );
    expect(text).toBe('good "day" # $HOME xterm\nproc\nsys\n');
  });

  test('a privileged container has the ids of the host and lacks what reaches the machine', async () => {
    const text = await run({ hostname: 'old' }, 'cat /proc/self/uid_map; grep CapBnd /proc/self/status');
    expect(text).toMatch(/^\s*0\s+0\s+4294967295\n/);
    const bounding = BigInt(`0x${/CapBnd:\s*([0-9a-f]+)/.exec(text)?.[1]}`);
    // capabilities(7): sys_module 16, sys_rawio 17, sys_time 25, mac_override 32, mac_admin 33; chown is 0.
    for (const dropped of [16n, 17n, 25n, 32n, 33n]) expect((bounding >> dropped) & 1n).toBe(0n);
    expect(bounding & 1n).toBe(1n);
  });
});
