// What the measures of containers stand on: a daemon of their own, a bridge, a busybox template, and two storages that clone.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exec } from '../server/core/exec.ts';
import { busyboxTemplate } from '../test/host/ct-templates.ts';
import { CtWorld, whyNoContainers } from '../test/host/ct-world.ts';
import { TaskFeed } from './task-feed.ts';

/** Numbers from here on: the host's sides of cards are called after them. */
export const firstVmid = 7100;
export const bridge = 'croftbenchbr0';
const node = 'testnode';
const imageBytes = 4 * 1024 ** 3;

export interface CloningStorage {
  readonly id: 'local' | 'fast';
  readonly kind: 'overlay' | 'btrfs';
  /** Its folder. */
  readonly path: string;
}

export function whyNoCtBench(): Promise<string | undefined> {
  const why = whyNoContainers();
  return Promise.resolve(why === undefined ? undefined : `needs containers: ${why}`);
}

/** Runs `work` with everything there, and takes everything away again. */
export async function withCtBench<T>(work: (bench: CtBench) => Promise<T>): Promise<T> {
  mkdirSync('/var/lib/croft-tests', { recursive: true, mode: 0o755 });
  const folder = mkdtempSync('/var/lib/croft-tests/bench');
  // What is root inside must get through.
  chmodSync(folder, 0o711);
  const world = new CtWorld();
  const fast = join(folder, 'fast');
  let feed: TaskFeed | undefined;
  try {
    await exec('ip', ['link', 'add', bridge, 'type', 'bridge']);
    await exec('ip', ['link', 'set', bridge, 'up']);
    const image = join(folder, 'image');
    writeFileSync(image, '');
    truncateSync(image, imageBytes);
    await exec('mkfs.btrfs', ['-q', image]);
    mkdirSync(fast);
    await exec('mount', ['-o', 'loop', image, fast]);
    await world.daemon.start();
    const template = world.addTemplate(busyboxTemplate(), 'busybox.tar.gz');
    await world.daemon.ok('POST', '/storage', {
      ...{ storage: 'fast', type: 'btrfs', path: fast, content: 'rootdir,images' },
    });
    feed = await TaskFeed.open(world.daemon.socket);
    return await work(new CtBench(world, feed, template, fast));
  } finally {
    feed?.close();
    try {
      await world.dispose();
    } finally {
      await exec('umount', [fast], { okExitCodes: [0, 1, 32] });
      await exec('ip', ['link', 'delete', bridge], { okExitCodes: [0, 1] });
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

export class CtBench {
  readonly world: CtWorld;
  readonly storages: readonly CloningStorage[];
  readonly #feed: TaskFeed;
  readonly #template: string;

  constructor(world: CtWorld, feed: TaskFeed, template: string, fast: string) {
    this.world = world;
    this.#feed = feed;
    this.#template = template;
    this.storages = [
      { id: 'local', kind: 'overlay', path: world.daemon.storagePath },
      { id: 'fast', kind: 'btrfs', path: fast },
    ];
  }

  /** From the request to the event of its task's end, which must be a good one. */
  async task(verb: 'POST' | 'DELETE', path: string, params: Record<string, unknown> = {}): Promise<void> {
    const upid = await this.world.daemon.ok<string>(verb, `/nodes/${node}/lxc${path}`, params);
    const status = await this.#feed.ended(upid);
    // The file system of most machines cannot limit a tree, which the task warns of.
    if (!/^(OK|WARNINGS: 1)$/.test(status)) throw new Error(`${verb} ${path}: ${status}`);
  }

  createAndStart(vmid: number, storage: CloningStorage): Promise<void> {
    return this.task('POST', '', {
      ...{ vmid, ostemplate: this.#template, rootfs: `${storage.id}:0.125`, unprivileged: 1, start: 1 },
      ...{ memory: 64, swap: 0, net0: `name=eth0,bridge=${bridge},ip=manual` },
    });
  }

  power(vmid: number, word: 'start' | 'stop'): Promise<void> {
    return this.task('POST', `/${vmid}/status/${word}`);
  }

  remove(vmid: number): Promise<void> {
    return this.task('DELETE', `/${vmid}`);
  }
}
