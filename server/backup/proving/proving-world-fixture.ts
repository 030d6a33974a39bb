// A daemon with a libvirtd of its own, a target for backups that can go wrong, and a guest that writes all the time.
import { mkdirSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TestDaemon } from '../../../test/host/daemon.ts';
import { type PrivateLibvirtd, startPrivateLibvirtd } from '../../../test/host/libvirtd.ts';
import { eventually } from '../../../test/host/wait.ts';
import { exec } from '../../core/exec.ts';
import { type FaultyFolder, mountFaultyFolder } from './faulty-folder-fixture.ts';
import { SerialLine } from './serial-line-fixture.ts';
import { generationOn, type Moment, momentOf } from './writer-blocks-fixture.ts';
import { writingDisks } from './writing-disks-fixture.ts';

export const guestId = 100;
export const guestText = 'kept on a disk, read by the guest';
const node = '/nodes/testnode';
const diskBytes = 24 * 1024 * 1024;
const diskKeys = ['virtio0', 'virtio1'] as const;

export interface BackupEnd {
  readonly upid: string;
  readonly status: string;
  readonly log: string;
}

export async function qemuMajor(): Promise<number> {
  const { stdout } = await exec('qemu-system-x86_64', ['--version']);
  return Number(/version (\d+)/.exec(stdout)?.[1]);
}

export class ProvingWorld {
  readonly daemon = new TestDaemon();
  readonly serial: SerialLine;
  readonly vault: string;
  #libvirtd: PrivateLibvirtd | undefined;
  #target: FaultyFolder | undefined;
  /** The guest's disks when its present life began; unknown after a reset. */
  #before: { readonly generation: number; readonly disks: readonly Buffer[] } | undefined;

  constructor() {
    this.serial = this.serialOf(guestId);
    this.vault = join(this.daemon.folder, 'vault');
  }

  get libvirtd(): PrivateLibvirtd {
    return this.#libvirtd!;
  }

  get target(): FaultyFolder {
    return this.#target!;
  }

  serialOf(vmid: number): SerialLine {
    return new SerialLine(join(this.daemon.folder, 'run', 'guests', String(vmid), 'serial0.sock'));
  }

  /** All of it, with the guest made but not started. */
  async open(seed: number): Promise<void> {
    mkdirSync(this.vault, { mode: 0o755 });
    this.#target = await mountFaultyFolder(this.vault);
    this.#libvirtd = await startPrivateLibvirtd();
    this.daemon.setEnv({ CROFT_LIBVIRT_SOCKET: this.#libvirtd.socketPath });
    await this.daemon.start();
    await this.daemon.ok('POST', '/storage', {
      ...{ storage: 'vault', type: 'dir', path: this.vault, content: 'backup' },
    });
    const disks = await writingDisks(diskBytes, guestText, seed);
    const folder = join(this.daemon.storagePath, 'import');
    await mkdir(folder, { recursive: true });
    for (const [index, disk] of disks.entries()) await writeFile(join(folder, `writer-${index}.raw`), disk);
    const from = (index: number) => `local:0,import-from=local:import/writer-${index}.raw`;
    await this.mustEnd('OK', 'POST', `${node}/qemu`, {
      ...{ vmid: guestId, name: 'writer', memory: 32, serial0: 'socket', boot: 'order=virtio0' },
      // Two formats, and where QEMU can show it two threads (`server/guests/vm/backup-threads.ts`).
      virtio0: `${from(0)},format=qcow2`,
      virtio1: `${from(1)},format=raw,iothread=${(await qemuMajor()) >= 9 ? 1 : 0}`,
    });
  }

  path(vmid = guestId): string {
    return `${node}/qemu/${vmid}`;
  }

  async mustEnd(status: string, ...[verb, path, params]: Parameters<TestDaemon['task']>): Promise<void> {
    const upid = await this.daemon.ok<string>(verb, path, params);
    const end = await this.daemon.taskEnd(upid);
    if (end !== status) throw new Error(`${verb} ${path} ended with '${end}'\n${await this.logOf(upid)}`);
  }

  power(word: 'start' | 'stop' | 'suspend' | 'resume', vmid = guestId): Promise<void> {
    return this.mustEnd('OK', 'POST', `${this.path(vmid)}/status/${word}`);
  }

  async status(vmid = guestId): Promise<{ readonly status: string; readonly qmpstatus?: string }> {
    return this.daemon.ok('GET', `${this.path(vmid)}/status/current`);
  }

  /** Waits until the daemon has found its way to the guest's QEMU again. */
  async reachesQemu(): Promise<void> {
    await eventually('the way to QEMU', 60_000, async () => {
      const asked = await this.daemon.call('POST', `${this.path()}/monitor`, { command: 'info status' });
      return asked.status === 200;
    });
  }

  config(vmid = guestId): Promise<Record<string, string>> {
    return this.daemon.ok('GET', `${this.path(vmid)}/config`);
  }

  async logOf(upid: string): Promise<string> {
    const lines = await this.daemon.ok<{ t: string }[]>('GET', `${node}/tasks/${upid}/log?limit=1000`);
    return lines.map(({ t }) => t).join('\n');
  }

  startBackup(params: object = {}): Promise<string> {
    return this.daemon.ok<string>('POST', `${node}/vzdump`, { vmid: guestId, storage: 'vault', ...params });
  }

  async endOf(upid: string, withinMs = 120_000): Promise<BackupEnd> {
    const status = await this.daemon.taskEnd(upid, withinMs);
    return { upid, status, log: await this.logOf(upid) };
  }

  cancel(upid: string): Promise<unknown> {
    return this.daemon.ok('DELETE', `${node}/tasks/${upid}`);
  }

  /** Process of the worker that is at it now, if one is. */
  async worker(): Promise<number | undefined> {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    for (const pid of pids) {
      const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
      // pid (comm) state ppid
      if (Number(/\) \S (\d+) /.exec(stat)?.[1]) !== this.daemon.pid) continue;
      const line = await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '');
      if (line.includes('backup/worker/worker-main')) return Number(pid);
    }
    return undefined;
  }

  /** The archives of the target, by their file names. */
  archives(): string[] {
    return this.target
      .names()
      .filter((name) => /\.vma(\.\w+)?$/.test(name))
      .map((name) => name.replace('dump/', ''));
  }

  /** What is left of backups on this host, in words. */
  async leftovers(): Promise<string[]> {
    const { folder } = this.daemon;
    const names = async (path: string) =>
      (await readdir(join(folder, path)).catch(() => [] as string[])).map((name) => `${path}/${name}`);
    const worker = await this.worker();
    return [
      ...(await names('data/fleecing')),
      ...(await names('data/backups-under-way')),
      ...(await names('run/backup')),
      ...(await names(`run/guests/${guestId}`)).filter((name) => name.endsWith('backup.sock')),
      ...(worker === undefined ? [] : [`worker ${worker}`]),
    ];
  }

  /**
   * The guest runs, in a life whose beginning is known; what it was before is looked at: it must hold all that it told to be flushed.
   * Answers the life.
   */
  async freshLife(): Promise<number> {
    const { status } = await this.status();
    if (status !== 'stopped') {
      const generation = this.serial.isOpen ? (await this.serial.ask('p')).generation : undefined;
      if (generation !== undefined && generation === this.#before?.generation) return generation;
      await this.power('stop');
    }
    const disks = await this.disksOf(guestId);
    await this.#requireNothingLost(disks);
    await this.power('start');
    await this.serial.open();
    const generation = await this.serial.up();
    this.#before = { generation, disks };
    return generation;
  }

  async #requireNothingLost(disks: readonly Buffer[]): Promise<void> {
    const before = this.#before;
    // After a reset it is another life.
    if (!before || generationOn(disks[0]!) !== before.generation) return;
    const { last } = momentOf(disks, before.disks, before.generation);
    const flushed = this.serial.flushed(before.generation);
    if (last < flushed) throw new Error(`the guest has flushed ${flushed}, and its disks have ${last}`);
  }

  /** The last look at the guest's own disks. */
  async assertNothingLost(): Promise<void> {
    if ((await this.status()).status !== 'stopped') await this.power('stop');
    await this.#requireNothingLost(await this.disksOf(guestId));
  }

  /** Which moment of the guest's life that began with `freshLife` these disks are of. */
  momentIn(generation: number, disks: readonly Buffer[]): Moment {
    if (this.#before?.generation !== generation)
      throw new Error(`the beginning of life ${generation} is not known`);
    return momentOf(disks, this.#before.disks, generation);
  }

  /** What a guest would read of its disks now. */
  async disksOf(vmid: number): Promise<Buffer[]> {
    const config = await this.config(vmid);
    const disks: Buffer[] = [];
    for (const key of diskKeys) {
      const [, name = ''] = /^local:([^,]+)/.exec(config[key] ?? '') ?? [];
      const raw = join(this.daemon.folder, `read-${vmid}-${key}.raw`);
      await exec('qemu-img', [
        'convert',
        '-U',
        '-O',
        'raw',
        join(this.daemon.storagePath, 'images', name),
        raw,
      ]);
      disks.push(await readFile(raw));
      await rm(raw);
    }
    return disks;
  }

  /** Restores an archive by the real task. */
  async restore(vmid: number, archive: string, params: object = {}): Promise<void> {
    const what = { vmid, archive: `vault:backup/${archive}`, storage: 'local', ...params };
    await this.mustEnd('OK', 'POST', `${node}/qemu`, what);
  }

  async remove(vmid: number): Promise<void> {
    await this.mustEnd('OK', 'DELETE', this.path(vmid));
  }

  async removeArchive(archive: string): Promise<void> {
    const path = `${node}/storage/vault/content/vault:backup/${archive}`;
    const upid = await this.daemon.ok<string | null>('DELETE', path);
    if (upid !== null) await this.daemon.taskEnd(upid);
  }

  async close(): Promise<void> {
    this.serial.close();
    await this.#libvirtd?.close();
    await this.daemon.end('SIGKILL');
    await this.#target?.end();
    await this.daemon.dispose();
  }
}
