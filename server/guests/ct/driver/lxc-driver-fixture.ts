// What the host tests of the container driver stand on: a busybox root, a driver of their own, small configurations, and what is left.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../core/clock.ts';
import { exec } from '../../../core/exec.ts';
import { createLogger } from '../../../core/log.ts';
import { quietContext } from '../../../core/work-context.ts';
import type { CtDriver, CtMountPlan, CtNicPlan, CtStart } from '../ct-driver.ts';
import { ctCgroups, ctName, ctPaths } from '../ct-paths.ts';
import { readCgroupTree, removeCgroup } from './cgroup-tree.ts';
import { createLxcDriver, installedHooks, type LxcDriverOptions } from './lxc-driver.ts';

/** Why nothing here can run; undefined when all can. */
export function whyNoLxc(): string | undefined {
  if (process.getuid?.() !== 0) return 'root is needed';
  const missing = ['/usr/bin/lxc-start', '/usr/bin/busybox', '/usr/sbin/nft'].filter(
    (path) => !existsSync(path),
  );
  return missing.length > 0 ? `${missing.join(', ')} missing` : undefined;
}

const init = `#!/bin/sh
trap 'exit 0' PWR TERM
trap 'reboot -f' INT
echo "the console speaks" >/dev/console
[ -x /etc/boot ] && /etc/boot
while :; do sleep 3600 & wait $!; done
`;

export interface LxcWorld {
  readonly driver: CtDriver;
  readonly base: string;
  readonly prefix: string;
  /** For volumes. */
  readonly folder: string;
  makeDriver(options?: Partial<LxcDriverOptions>): CtDriver;
  /** A new busybox tree, owned as unprivileged containers have it. */
  makeRoot(name: string): Promise<string>;
  spec(vmid: number, root: string, more?: SpecChoices): CtStart;
  /** Mounts and starts. */
  run(vmid: number, more?: SpecChoices): Promise<CtStart>;
  sh(vmid: number, script: string): Promise<string>;
  leftovers(vmid: number): string[];
  close(): Promise<void>;
}

export interface SpecChoices {
  readonly root?: CtMountPlan['attachment'];
  readonly mounts?: readonly CtMountPlan[];
  readonly nics?: readonly CtNicPlan[];
  readonly lines?: readonly string[];
}

export const context = quietContext();

export function busyboxTree(folder: string): void {
  for (const name of ['bin', 'sbin', 'dev', 'proc', 'sys', 'etc', 'tmp', 'root', 'mnt'])
    execFileSync('mkdir', ['-p', join(folder, name)]);
  execFileSync('cp', ['/usr/bin/busybox', join(folder, 'bin/busybox')]);
  execFileSync('chroot', [folder, '/bin/busybox', '--install', '-s', '/bin']);
}

/** `shared`: mounts below it are, as on hosts with systemd. `vmid` numbers and names on the host are the test's own: give each file of tests another word. */
export async function makeLxcWorld(word: string, { shared = false } = {}): Promise<LxcWorld> {
  const folder = await mkdtemp(join(tmpdir(), `croft-${word}-`));
  await chmod(folder, 0o711);
  if (shared) {
    execFileSync('mount', ['--bind', folder, folder]);
    execFileSync('mount', ['--make-shared', folder]);
  }
  const base = join(folder, 'lxc');
  const prefix = `croft-${word}-${process.pid}.`;
  const template = join(folder, 'template');
  busyboxTree(template);
  await rm(join(template, 'sbin/init'), { force: true });
  await writeFile(join(template, 'sbin/init'), init, { mode: 0o755 });
  execFileSync('chown', ['-R', '100000:100000', template]);
  const drivers: CtDriver[] = [];
  const makeDriver = (options: Partial<LxcDriverOptions> = {}) => {
    const driver = createLxcDriver({
      ...{ exec, base, prefix, log: createLogger('silent'), clock: systemClock, lookEveryMs: 500 },
      ...(existsSync('/usr/bin/tini') ? { reaper: ['tini', '-s', '--'] } : {}),
      ...options,
    });
    drivers.push(driver);
    return driver;
  };
  const driver = makeDriver();

  const makeRoot = async (name: string) => {
    const root = join(folder, name);
    execFileSync('cp', ['-a', template, root]);
    return root;
  };
  const spec = (vmid: number, root: string, more: SpecChoices = {}): CtStart => {
    const paths = ctPaths(base, vmid);
    const { payload, monitor } = ctCgroups(prefix, vmid);
    const nics = more.nics ?? [];
    return {
      vmid,
      name: `ct${vmid}`,
      unprivileged: true,
      devices: [],
      debug: true,
      nics,
      mounts: [plan('rootfs', '/', more.root ?? { kind: 'directory', path: root }), ...(more.mounts ?? [])],
      lxcConfig: [
        `lxc.uts.name = ct${vmid}`,
        `lxc.rootfs.path = dir:${paths.root}`,
        'lxc.idmap = u 0 100000 65536',
        'lxc.idmap = g 0 100000 65536',
        'lxc.apparmor.profile = unconfined',
        'lxc.mount.auto = proc:mixed sys:mixed cgroup:mixed',
        'lxc.tty.max = 2',
        'lxc.signal.halt = SIGPWR',
        `lxc.cgroup.dir.monitor = ${monitor}`,
        `lxc.cgroup.dir.monitor.pivot = ${prefix}lxc.pivot`,
        `lxc.cgroup.dir.container = ${payload}`,
        'lxc.cgroup.dir.container.inner = ns',
        ...(nics.length === 0 ? ['lxc.net.0.type = empty'] : []),
        ...nics.flatMap((nic, index) => [
          `lxc.net.${index}.type = veth`,
          `lxc.net.${index}.veth.pair = ${nic.hostName}`,
          `lxc.net.${index}.name = ${nic.name}`,
          `lxc.net.${index}.flags = up`,
        ]),
        ...(more.lines ?? []),
        'lxc.hook.version = 1',
        `lxc.hook.start-host = ${installedHooks(base)}/ct-started`,
        `lxc.hook.post-stop = ${installedHooks(base)}/ct-stopped`,
        '',
      ].join('\n'),
    };
  };
  return {
    ...{ driver, base, prefix, folder, makeDriver, makeRoot, spec },
    async run(vmid, more = {}) {
      const rendered = spec(vmid, more.root ? '' : await makeRoot(`root-${vmid}`), more);
      await driver.mount(context, vmid, rendered.mounts, true);
      await driver.start(context, rendered);
      return rendered;
    },
    async sh(vmid, script) {
      const { stdout, stderr } = await driver.exec(context, vmid, ['/bin/sh', '-c', `${script} 2>&1`]);
      return (stdout + stderr).trim();
    },
    leftovers: (vmid) => leftoversOf(base, prefix, vmid),
    async close() {
      for (const name of await readdir(base).catch(() => []))
        if (/^\d+$/.test(name)) await driver.stop(context, Number(name)).catch(() => {});
      for (const each of drivers) await each.close();
      const groups = [`${prefix}lxc`, `${prefix}lxc.monitor`, `${prefix}lxc.pivot`];
      for (const group of groups) {
        // The last monitor may be a moment from its end.
        await until(`${group} is gone`, async () => {
          await removeCgroup(await readCgroupTree(), group);
          return groupFolders(group).length === 0;
        });
      }
      await rm(join('/run/lxc/lock', base), { recursive: true, force: true });
      if (shared) execFileSync('umount', [folder]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export function plan(
  key: string,
  target: string,
  attachment: CtMountPlan['attachment'],
  more: Partial<CtMountPlan> = {},
): CtMountPlan {
  return { key, attachment, target, readOnly: false, options: [], idmapped: false, ...more };
}

export function nicOf(vmid: number, more: Partial<CtNicPlan> = {}): CtNicPlan {
  return {
    key: 'net0',
    hostName: `veth${vmid}i0`,
    name: 'eth0',
    rateBytesPerSecond: undefined,
    linkDown: false,
    bridge: undefined,
    tag: undefined,
    trunks: [],
    mac: '02:00:00:00:00:01',
    mtu: undefined,
    routed: [],
    ...more,
  };
}

export function groupFolders(group: string): string[] {
  const root = '/sys/fs/cgroup';
  const parents = existsSync(join(root, 'cgroup.controllers'))
    ? [root]
    : readdirSync(root).map((name) => join(root, name));
  return parents.map((parent) => join(parent, group)).filter((path) => existsSync(path));
}

function leftoversOf(base: string, prefix: string, vmid: number): string[] {
  const { payload, monitor } = ctCgroups(prefix, vmid);
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((point) => point.startsWith(`${ctPaths(base, vmid).folder}/`));
  const cards = readdirSync('/sys/class/net').filter((name) => name.startsWith(`veth${vmid}i`));
  const processes = execFileSync('ps', ['-eo', 'stat=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => !line.startsWith('Z') && line.includes(`${ctName(prefix, vmid)} `));
  const events = existsSync(join(base, 'events', String(vmid))) ? [`event of ${vmid}`] : [];
  return [...groupFolders(payload), ...groupFolders(monitor), ...mounts, ...cards, ...processes, ...events];
}

/** Looks until it is so, for ten seconds. */
export async function until(what: string, check: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await check()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`it never came so far: ${what}`);
}
