// What the measures of backups stand on: the daemon as it is shipped, a storage for backups, guests with disks, backups through the API.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { countingDisk } from '../test/host/counting-guest.ts';
import type { BackupWatch } from './backup-watch.ts';
import { withShippedDaemon } from './shipped.ts';
import { TaskFeed } from './task-feed.ts';
import { type VmBench, withVmBench } from './vm-host.ts';

/** As many as are asked of zstd(1). */
export const zstdThreads = 2;

export class BackupBench {
  readonly vm: VmBench;
  readonly feed: TaskFeed;
  readonly watch: BackupWatch;
  /** Where the peers put theirs: the same file system. */
  readonly folder: string;

  constructor(vm: VmBench, feed: TaskFeed, watch: BackupWatch) {
    this.vm = vm;
    this.feed = feed;
    this.watch = watch;
    this.folder = join(vm.daemon.folder, 'by-hand');
    mkdirSync(this.folder, { mode: 0o755 });
  }

  /** A storage for backups in this folder. */
  async addTarget(storage: string, folder: string): Promise<void> {
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    await this.vm.daemon.ok('POST', '/storage', { storage, type: 'dir', path: folder, content: 'backup' });
  }

  /** A file for `import-from`; answers its place, to be filled. */
  importFile(name: string): string {
    const folder = join(this.vm.daemon.storagePath, 'import');
    mkdirSync(folder, { recursive: true });
    return join(folder, name);
  }

  /** A VM that boots from a disk that counts on its serial port; `more`: disks. */
  async createCounting(vmid: number, more: Record<string, unknown> = {}): Promise<void> {
    writeFileSync(this.importFile('counting.raw'), countingDisk());
    await this.vm.task('POST', '', {
      ...{ vmid, memory: 64, serial0: 'socket', boot: 'order=virtio0', scsihw: 'virtio-scsi-pci' },
      virtio0: 'local:0,import-from=local:import/counting.raw,format=qcow2',
      ...more,
    });
  }

  /** The file of a disk on the storage `local`. */
  async imageOf(vmid: number, key: string): Promise<string> {
    const config = await this.vm.daemon.ok<Record<string, string>>(
      'GET',
      `/nodes/testnode/qemu/${vmid}/config`,
    );
    const volume = /^local:([^,]+)/.exec(config[key] ?? '')?.[1];
    if (volume === undefined) throw new Error(`VM ${vmid} has no ${key}`);
    return join(this.vm.daemon.storagePath, 'images', volume);
  }

  /** Runs a backup to its end. */
  async backUp(vmid: number, storage: string): Promise<void> {
    await this.watch.during(this.vm.daemon.pid, async () => {
      const upid = await this.vm.daemon.ok<string>('POST', '/nodes/testnode/vzdump', {
        ...{ vmid, storage, compress: 'zstd', zstd: zstdThreads, mode: 'snapshot' },
      });
      await this.#ended('vzdump', upid);
    });
  }

  /** Restores to a new VM. */
  async restore(vmid: number, archive: string, more: object = {}): Promise<void> {
    await this.watch.during(this.vm.daemon.pid, async () => {
      const upid = await this.startRestore(vmid, archive, more);
      await this.#ended('qmrestore', upid);
    });
  }

  startRestore(vmid: number, archive: string, more: object = {}): Promise<string> {
    return this.vm.daemon.ok<string>('POST', '/nodes/testnode/qemu', { vmid, archive, ...more });
  }

  /** The only backup in this storage's folder, for `restore`. */
  archiveIn(storage: string, folder: string): string {
    const [name, ...others] = backupsIn(folder);
    if (name === undefined || others.length > 0) throw new Error(`${others.length + 1} backups in ${folder}`);
    return `${storage}:backup/${name}`;
  }

  removeBackups(folder: string): void {
    rmSync(join(folder, 'dump'), { recursive: true, force: true });
  }

  async #ended(what: string, upid: string): Promise<void> {
    const status = await this.feed.ended(upid);
    if (status === 'OK') return;
    const lines = await this.vm.daemon.ok<{ t: string }[]>('GET', `/nodes/testnode/tasks/${upid}/log`);
    throw new Error(`${what}: ${status}\n${lines.map(({ t }) => t).join('\n')}`);
  }
}

function backupsIn(folder: string): string[] {
  return readdirSync(join(folder, 'dump')).filter((name) => name.endsWith('.vma.zst'));
}

/** Runs `work` with everything there, and takes everything away again. */
export async function withBackupBench<T>(
  watch: BackupWatch,
  work: (bench: BackupBench) => Promise<T>,
): Promise<T> {
  return withShippedDaemon((entry) =>
    withVmBench(
      async (vm) => {
        const feed = await TaskFeed.open(vm.daemon.socket);
        try {
          return await work(new BackupBench(vm, feed, watch));
        } finally {
          feed.close();
        }
      },
      { entry, env: watch.env },
    ),
  );
}
