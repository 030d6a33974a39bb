// What the measures of VMs stand on: a daemon of their own, its event stream, and domains like its own for virsh.
import { chmodSync, chownSync, copyFileSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { exec } from '../server/core/exec.ts';
import { type DaemonOptions, TestDaemon } from '../test/host/daemon.ts';
import { findOrStartLibvirtd } from '../test/host/libvirtd.ts';
import { TaskFeed } from './task-feed.ts';

const virshArguments = ['-q', '-c', 'qemu:///system'];

/** A domain that is started without the daemon. */
export interface Twin {
  readonly name: string;
  /** Its description. */
  readonly file: string;
  /** Its run-time directory. */
  readonly folder: string;
}

/** Runs `work` with everything there, and takes everything away again. */
export async function withVmBench<T>(
  work: (bench: VmBench) => Promise<T>,
  options?: DaemonOptions,
): Promise<T> {
  await findOrStartLibvirtd();
  const daemon = new TestDaemon(options);
  let bench: VmBench | undefined;
  try {
    await daemon.start();
    bench = new VmBench(daemon, await TaskFeed.open(daemon.socket));
    return await work(bench);
  } finally {
    await bench?.close();
    await daemon.dispose();
  }
}

export class VmBench {
  readonly daemon: TestDaemon;
  readonly #feed: TaskFeed;
  readonly #twins: string[] = [];

  constructor(daemon: TestDaemon, feed: TaskFeed) {
    this.daemon = daemon;
    this.#feed = feed;
  }

  /** From the request to the event of its task's end, which must be a good one. */
  async task(
    verb: 'POST' | 'PUT' | 'DELETE',
    path: string,
    params: Record<string, unknown> = {},
  ): Promise<void> {
    const upid = await this.daemon.ok<string>(verb, `/nodes/testnode/qemu${path}`, params);
    const status = await this.#feed.ended(upid);
    if (status !== 'OK') throw new Error(`${verb} ${path}: ${status}`);
  }

  virsh(...words: string[]) {
    return exec('virsh', [...virshArguments, ...words], { timeoutMs: 120_000 });
  }

  runFolder(vmid: number): string {
    return join(this.daemon.folder, 'run', 'guests', String(vmid));
  }

  /** The running guest's description for a domain of another name, identity and sockets; with disks of its own when asked for. */
  async twinOf(vmid: number, ownDisks = false): Promise<Twin> {
    const word = `twin${this.#twins.length}`;
    const name = `${this.daemon.guestPrefix}${word}`;
    const { stdout } = await this.virsh('dumpxml', '--inactive', `${this.daemon.guestPrefix}${vmid}`);
    const own = this.runFolder(vmid);
    const folder = join(this.daemon.folder, 'run', 'guests', word);
    const { uid, gid } = statSync(own);
    mkdirSync(folder);
    chownSync(folder, uid, gid);
    chmodSync(folder, 0o750);
    if (!stdout.includes(own)) throw new Error(`the domain has no sockets below ${own}`);
    let xml = stdout
      .replace(/<name>.*<\/name>/, `<name>${name}</name>`)
      .replace(/<uuid>.*<\/uuid>\n?/, '')
      .replaceAll(/<entry name='uuid'>.*<\/entry>\n?/g, '')
      .replaceAll(own, folder);
    if (ownDisks)
      xml = xml.replaceAll(/<source file='([^']+)'/g, (_, path: string) => {
        const copy = join(folder, basename(path));
        copyFileSync(path, copy);
        return `<source file='${copy}'`;
      });
    const file = join(this.daemon.folder, `${word}.xml`);
    writeFileSync(file, xml);
    this.#twins.push(name);
    return { name, file, folder };
  }

  async close(): Promise<void> {
    this.#feed.close();
    for (const name of this.#twins)
      await exec('virsh', [...virshArguments, 'destroy', name], { okExitCodes: [0, 1] });
  }
}
