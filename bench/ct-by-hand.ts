// The peer of a container: the same clone by hand, and LXC's own programs with the same configuration under other names.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exec } from '../server/core/exec.ts';
import { readCgroupTree, removeCgroup } from '../server/guests/ct/driver/cgroup-tree.ts';
import { startPath } from '../server/guests/ct/driver/lxc-commands.ts';
import { bridge, type CloningStorage, type CtBench } from './ct-host.ts';

/** PID 1 of some containers collects what daemons leave behind only a second later: the same as the daemon does. */
const reaper = readFileSync('/proc/1/comm', 'utf8').trim() === 'systemd' ? [] : ['tini', '-s', '--'];

/** Containers by hand on one storage, cloned from the base that the daemon made there. Call `close`. */
export class ByHand {
  readonly #storage: CloningStorage;
  readonly #folder: string;
  readonly #base: string;
  readonly #config: string;
  readonly #cgroups: string;
  readonly #there = new Set<number>();

  /** `pattern`: a running container of the daemon, whose configuration is taken over. */
  constructor({ world }: CtBench, storage: CloningStorage, pattern: number) {
    this.#storage = storage;
    this.#folder = join(storage.path, 'by-hand');
    mkdirSync(join(this.#folder, 'lxc'), { recursive: true });
    const bases = join(storage.path, 'images', '0');
    const trees = join(bases, readdirSync(bases)[0] ?? '', 'trees');
    this.#base = join(trees, readdirSync(trees)[0] ?? '');
    this.#cgroups = `${world.prefix}hand`;
    const run = join(world.base, String(pattern));
    this.#config = readFileSync(join(run, 'config'), 'utf8')
      .split('\n')
      .filter((line) => !/^lxc\.(hook|log)\./.test(line))
      .join('\n')
      .replaceAll(`${run}/root`, 'ROOT')
      .replaceAll(`${run}/console`, 'CONSOLE')
      .replaceAll(`${world.prefix}lxc`, this.#cgroups)
      .replaceAll(String(pattern), 'NUMBER')
      .replace(
        'lxc.net.0.type = veth',
        `lxc.net.0.type = veth\nlxc.net.0.link = ${bridge}\nlxc.net.0.flags = up`,
      )
      .replace(/^lxc\.net\.0\.hwaddr.*$/m, '');
  }

  /** `lxc-create` without a template: it writes the configuration. The clone is there. */
  async create(number: number): Promise<void> {
    const config = this.#config
      .replaceAll('ROOT', join(this.#clone(number), 'root'))
      .replaceAll('CONSOLE', join(this.#folder, `console-${number}`))
      .replaceAll('NUMBER', String(number));
    const file = join(this.#folder, `config-${number}`);
    writeFileSync(file, config);
    await exec('lxc-create', [...this.#name(number), '-t', 'none', '-f', file]);
  }

  /** A layer mounted over the base, or a snapshot of its subvolume. */
  async clone(number: number): Promise<void> {
    this.#there.add(number);
    const folder = this.#clone(number);
    mkdirSync(folder);
    const root = join(folder, 'root');
    if (this.#storage.kind === 'btrfs') {
      await exec('btrfs', ['-q', 'subvolume', 'snapshot', this.#base, root]);
      return;
    }
    const [upper, work] = [join(folder, 'upper'), join(folder, 'work')];
    for (const each of [root, upper, work]) mkdirSync(each);
    await exec('chown', ['100000:100000', upper]);
    const layers = `lowerdir=${this.#base},upperdir=${upper},workdir=${work}`;
    await exec('mount', ['-t', 'overlay', '-o', layers, 'overlay', root]);
  }

  async start(number: number): Promise<void> {
    const [program = '', ...args] = [...reaper, '/usr/bin/lxc-start', ...this.#name(number), '-d'];
    await exec(program === 'tini' ? '/usr/bin/tini' : program, args, { env: { PATH: startPath } });
  }

  async stop(number: number): Promise<void> {
    await exec('lxc-stop', [...this.#name(number), '-k']);
  }

  /** The clone, then `lxc-destroy` for the rest. */
  async destroy(number: number): Promise<void> {
    const folder = this.#clone(number);
    const root = join(folder, 'root');
    if (this.#storage.kind === 'btrfs') await exec('btrfs', ['-q', 'subvolume', 'delete', root]);
    else await exec('umount', [root]);
    rmSync(folder, { recursive: true });
    await exec('lxc-destroy', this.#name(number));
    this.#there.delete(number);
  }

  /** Ends and removes all, whatever state they are in. */
  async close(): Promise<void> {
    for (const number of this.#there) {
      await exec('lxc-stop', [...this.#name(number), '-k'], { okExitCodes: [0, 1, 2] });
      const root = join(this.#clone(number), 'root');
      if (this.#storage.kind === 'btrfs')
        await exec('btrfs', ['-q', 'subvolume', 'delete', root], { okExitCodes: [0, 1] });
      else await exec('umount', [root], { okExitCodes: [0, 1, 32] });
    }
    const tree = await readCgroupTree();
    for (const part of ['', '.monitor', '.pivot']) await removeCgroup(tree, `${this.#cgroups}${part}`);
    rmSync(join('/run/lxc/lock', this.#folder), { recursive: true, force: true });
    // Of the whole line of file systems only what is of this one: nothing is mounted below any more.
    await exec('rm', ['-rf', '--one-file-system', this.#folder]);
  }

  #clone(number: number): string {
    return join(this.#folder, String(number));
  }

  #name(number: number): string[] {
    return ['-n', `croft-bench-${number}`, '-P', join(this.#folder, 'lxc')];
  }
}
