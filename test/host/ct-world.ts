// A daemon whose containers are real ones of LXC: creates them through the API, works inside them, and tells what is left of them.
import { execFile, execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../server/core/clock.ts';
import { exec } from '../../server/core/exec.ts';
import { createLogger } from '../../server/core/log.ts';
import { quietContext } from '../../server/core/work-context.ts';
import { readCgroupTree, removeCgroup } from '../../server/guests/ct/driver/cgroup-tree.ts';
import { createLxcDriver } from '../../server/guests/ct/driver/lxc-driver.ts';
import { firstVmid, TestDaemon } from './daemon.ts';
import { eventually } from './wait.ts';

/** Why nothing here can run; undefined when all can. */
export function whyNoContainers(): string | undefined {
  if (process.getuid?.() !== 0) return 'root is needed';
  const missing = ['/usr/bin/lxc-start', '/usr/bin/busybox', '/usr/sbin/nft'].filter(
    (path) => !existsSync(path),
  );
  return missing.length > 0 ? `${missing.join(', ')} missing` : undefined;
}

const root = fileURLToPath(new URL('../..', import.meta.url));

export { firstVmid };
/** Late in the order of names, so that nobody takes it for the usual one. */
export const ownBridge = `zc${process.pid}`;
/** `10.213.7`: a network's first three numbers. */
export const ownNet = `10.213.${process.pid % 250}`;

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Inside {
  readonly exitcode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export class CtWorld {
  readonly daemon: TestDaemon;
  /** File systems that a test mounted itself below the daemon's folder; unmounted at the end. */
  readonly #ownMounts: string[] = [];
  /** Below it the daemon lets containers have folders of the host. */
  readonly bindFolder: string;

  constructor(privateBridge?: string) {
    this.daemon = new TestDaemon(privateBridge === undefined ? {} : { privateBridge });
    this.bindFolder = join(this.daemon.folder, 'handed-out');
    mkdirSync(this.bindFolder, { mode: 0o755 });
    this.daemon.setEnv({ CROFT_BIND_MOUNT_FOLDERS: this.bindFolder });
  }

  get base(): string {
    return join(this.daemon.folder, 'run', 'lxc');
  }

  /** As `main.ts` has it. */
  get prefix(): string {
    return this.daemon.guestPrefix.replace(/-$/, '.');
  }

  /** Puts an archive where `local` has its templates; answers its volume id. */
  addTemplate(path: string, name: string): string {
    const folder = join(this.daemon.storagePath, 'template', 'cache');
    mkdirSync(folder, { recursive: true });
    copyFileSync(path, join(folder, name));
    return `local:vztmpl/${name}`;
  }

  path(vmid: number): string {
    return `/nodes/testnode/lxc/${vmid}`;
  }

  /** Creates one, small and unprivileged unless `params` say otherwise, and waits; answers the task's exit status. */
  create(vmid: number, ostemplate: string, params: Record<string, unknown> = {}): Promise<string> {
    const small = { memory: 64, swap: 0, unprivileged: 1, rootfs: 'local:0.125' };
    return this.task('POST', '/nodes/testnode/lxc', { ...small, vmid, ostemplate, ...params });
  }

  /** As the daemon's `task`, but warnings that this machine's file system cannot limit a tree count as none. */
  async task(
    verb: 'POST' | 'PUT' | 'DELETE',
    path: string,
    params: Record<string, unknown> = {},
  ): Promise<string> {
    const upid = await this.daemon.ok<string>(verb, path, params);
    const status = await this.daemon.taskEnd(upid);
    if (!status.startsWith('WARNINGS')) return status;
    const warnings = (await this.log(upid)).filter((line) => /^WARN: /.test(line));
    const others = warnings.filter((line) => !/cannot limit the size of a tree/.test(line));
    return others.length === 0 && warnings.length > 0 ? 'OK' : [status, ...others].join('\n');
  }

  /** `start`, `stop`, `shutdown`, ...; waits; answers the exit status. */
  power(vmid: number, word: string, params: Record<string, unknown> = {}): Promise<string> {
    return this.task('POST', `${this.path(vmid)}/status/${word}`, params);
  }

  remove(vmid: number, params: Record<string, unknown> = {}): Promise<string> {
    return this.task('DELETE', this.path(vmid), params);
  }

  /** Changes the configuration, and waits until it is done. */
  async set(vmid: number, params: Record<string, unknown>): Promise<void> {
    await this.daemon.ok('PUT', `${this.path(vmid)}/config`, params);
  }

  async config(vmid: number): Promise<Record<string, string | number>> {
    return this.daemon.ok('GET', `${this.path(vmid)}/config`, { current: 1 });
  }

  async state(vmid: number): Promise<string> {
    const { status } = await this.daemon.ok<{ status: string }>('GET', `${this.path(vmid)}/status/current`);
    return status;
  }

  run(vmid: number, command: readonly string[], more: Record<string, unknown> = {}): Promise<Inside> {
    return this.daemon.ok('POST', `${this.path(vmid)}/exec`, { command, ...more });
  }

  /** Both outputs of a shell's work inside, whatever came of it. */
  async sh(vmid: number, script: string): Promise<string> {
    const { stdout } = await this.run(vmid, ['/bin/sh', '-c', `exec 2>&1; ${script}`], { timeout: 60 });
    return stdout.trim();
  }

  /** The address that DHCP gave it, once it is there. */
  address(vmid: number, card = 'eth0', withinMs = 20_000): Promise<string> {
    return eventually(`an address of CT ${vmid}`, withinMs, async () => {
      const cards = await this.daemon.ok<{ name: string; inet?: string }[]>(
        'GET',
        `${this.path(vmid)}/interfaces`,
      );
      return cards.find(({ name }) => name === card)?.inet?.split('/')[0];
    });
  }

  /** The command line. */
  croft(...args: string[]): Promise<Ended> {
    const env = { PATH: process.env['PATH'] ?? '', CROFT_SOCKET: this.daemon.socket };
    return new Promise((resolve) => {
      const words = [join(root, 'server/croft.ts'), ...args];
      execFile(
        join(root, 'node_modules/.bin/node'),
        words,
        { env, timeout: 60_000 },
        (error, stdout, stderr) =>
          resolve({
            code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1,
            stdout,
            stderr,
          }),
      );
    });
  }

  /** A file of the container's control group, on the host: by the name of its controller where they are mounted apart. */
  cgroup(vmid: number, controller: string, file: string): string {
    const apart = `/sys/fs/cgroup/${controller}`;
    const base = existsSync('/sys/fs/cgroup/cgroup.controllers') ? '/sys/fs/cgroup' : apart;
    return readFileSync(join(base, `${this.prefix}lxc`, String(vmid), file), 'utf8').trim();
  }

  /** Lines of a task's log. */
  async log(upid: string): Promise<string[]> {
    const lines = await this.daemon.ok<{ t: string }[]>('GET', `/nodes/testnode/tasks/${upid}/log`, {
      limit: 0,
    });
    return lines.map(({ t }) => t);
  }

  /** The exit status of the newest task of a type, and its log. */
  async newest(typefilter: string): Promise<{ readonly status: string; readonly log: string }> {
    const [task] = await this.daemon.ok<{ upid: string; status?: string }[]>('GET', '/nodes/testnode/tasks', {
      ...{ source: 'all', typefilter, limit: 1 },
    });
    if (!task) throw new Error(`there is no task ${typefilter}`);
    return { status: task.status ?? '', log: (await this.log(task.upid)).join('\n') };
  }

  /** Volumes of guests on `local`, by their paths below it; template bases are no guest's. */
  volumes(root = this.daemon.storagePath): string[] {
    const images = join(root, 'images');
    if (!existsSync(images)) return [];
    return readdirSync(images).flatMap((vmid) =>
      vmid === '0' ? [] : [vmid, ...readdirSync(join(images, vmid)).map((name) => `${vmid}/${name}`)],
    );
  }

  /** Mounts of this host below the daemon's folder. */
  mounts(): string[] {
    return readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .map((line) => line.split(' ')[4] ?? '')
      .filter((point) => point.startsWith(`${this.daemon.folder}/`) && !this.#ownMounts.includes(point));
  }

  /** A btrfs of its own, in a file. Answers the folder. */
  makeBtrfs(name: string): string {
    const folder = join(this.daemon.folder, name);
    mkdirSync(folder);
    execFileSync('truncate', ['-s', '1G', `${folder}.img`]);
    execFileSync('mkfs.btrfs', ['-q', `${folder}.img`]);
    execFileSync('mount', ['-o', 'loop', `${folder}.img`, folder]);
    this.#ownMounts.push(folder);
    return folder;
  }

  /** What the host still has of a container that is gone, in words; empty when nothing. */
  leftovers(vmid: number): string[] {
    const { folder } = this.daemon;
    const hierarchies = ['.', ...readdirSync('/sys/fs/cgroup')].map((name) => join('/sys/fs/cgroup', name));
    const groups = hierarchies.flatMap((path) =>
      ['lxc', 'lxc.monitor']
        .map((group) => join(path, `${this.prefix}${group}`, String(vmid)))
        .filter((group) => existsSync(group)),
    );
    const mounts = this.mounts().filter(
      (point) => point.startsWith(`${this.base}/${vmid}/`) || point.includes(`/images/${vmid}/`),
    );
    const cards = readdirSync('/sys/class/net').filter((name) => name.startsWith(`veth${vmid}i`));
    const loops = readdirSync('/sys/block').flatMap((name) => {
      const file = `/sys/block/${name}/loop/backing_file`;
      const backing = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
      return backing.startsWith(`${folder}/`) && backing.includes(`/${vmid}/`) ? [`${name}: ${backing}`] : [];
    });
    const chains = execFileSync('nft', ['list', 'ruleset'], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => line.includes(`veth${vmid}i`));
    const routes = execFileSync('ip', ['neigh', 'show', 'proxy'], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => line.includes(`veth${vmid}i`));
    const processes = execFileSync('ps', ['-eo', 'stat=,args='], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => !line.startsWith('Z') && line.includes(`${this.prefix}ct-${vmid}`));
    const events = existsSync(join(this.base, 'events', String(vmid))) ? [`event of ${vmid}`] : [];
    const run = existsSync(join(this.base, String(vmid))) ? [`folder of run-time files of ${vmid}`] : [];
    const volumes = this.volumes().filter((name) => name === String(vmid) || name.startsWith(`${vmid}/`));
    return [
      ...groups,
      ...mounts,
      ...cards,
      ...loops,
      ...chains,
      ...routes,
      ...processes,
      ...events,
      ...run,
      ...volumes,
    ];
  }

  /** Ends everything, also what a failed test left running. Throws when something of it stays on the host. */
  async dispose(): Promise<void> {
    const { daemon } = this;
    await daemon.end('SIGKILL');
    if (existsSync(this.base)) await this.#endContainers();
    const groups = [`${this.prefix}lxc`, `${this.prefix}lxc.monitor`, `${this.prefix}lxc.pivot`];
    const tree = await readCgroupTree();
    for (const group of groups) await removeCgroup(tree, group);
    rmSync(join('/run/lxc/lock', daemon.folder), { recursive: true, force: true });
    const left = this.mounts();
    // Deepest first. Nothing is removed below a mount: it could lead anywhere.
    for (const point of [...this.#ownMounts, ...left].toReversed()) execFileSync('umount', [point]);
    await daemon.dispose();
    if (left.length > 0)
      throw new Error(`mounts were left: ${left.map((point) => relative(daemon.folder, point)).join(' ')}`);
  }

  async #endContainers(): Promise<void> {
    const driver = createLxcDriver({
      ...{ exec, base: this.base, prefix: this.prefix, log: createLogger('silent'), clock: systemClock },
      reaper: ['tini', '-s', '--'],
    });
    await driver.open();
    try {
      for (const { vmid } of await driver.observe()) await driver.stop(quietContext(), vmid);
      for (const name of readdirSync(this.base)) if (/^\d+$/.test(name)) await driver.undefine(Number(name));
    } finally {
      await driver.close();
    }
  }
}
