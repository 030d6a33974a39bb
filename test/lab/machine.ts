// A virtual machine of the lab: started, watched, cut off, unplugged, saved and restored, all through QEMU's monitor.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, copyFileSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type MachineSpec, nicsOf } from './machine-spec.ts';
import { diskDevice, files, renderArgs } from './qemu-args.ts';
import { findQemu } from './qemu-binary.ts';
import { Qmp, type QmpEvent } from './qmp.ts';
import {
  endAndForget,
  folderOf,
  identify,
  killQemu,
  type MachineRecord,
  qemuPid,
  readRecord,
  writeRecord,
} from './run-folder.ts';
import { Serial } from './serial.ts';

const monitorWithinMs = 30_000;
/** A saved state is some hundred MB; the host's disk may be slow. */
const stateWithinMs = 180_000;

export interface MachineOptions {
  /** The name of its folder, unique on this host; by default its name and some letters. */
  readonly id?: string;
  /** Outlives this process, until it is ended by id. Otherwise the kernel ends it with this process, however that ends. */
  readonly kept?: boolean;
}

export interface StartOptions {
  /** A file that `saveState` wrote of a machine with the same spec. */
  readonly restoreFrom?: string;
  /** Leaves the processors stopped; `qmp('cont')` lets them run. */
  readonly paused?: boolean;
}

export class Machine {
  readonly id: string;
  readonly spec: MachineSpec;
  readonly serial: Serial;
  readonly #record: MachineRecord;
  readonly #monitor: string;
  #qmp: Qmp | undefined;
  #pid: number | undefined;

  constructor(record: MachineRecord, monitor: string) {
    this.id = record.id;
    this.spec = record.spec;
    this.#record = record;
    this.#monitor = monitor;
    this.serial = new Serial(this.file(files.serial), this.file(files.serialLog), () => this.running);
  }

  /** Makes the machine's folder and chooses its ports; nothing runs yet. Dispose of it in the end. */
  static async create(spec: MachineSpec, options: MachineOptions = {}): Promise<Machine> {
    const forwarded = nicsOf(spec).flatMap((nic) => (nic.kind === 'user' ? nic.forward : []));
    const record: MachineRecord = {
      id: options.id ?? machineId(spec.name),
      spec,
      owner: options.kept ? undefined : identify(process.pid),
      ports: Object.fromEntries(
        await Promise.all(forwarded.map(async (port) => [port, await freePort()] as const)),
      ),
    };
    writeRecord(record);
    return new Machine(record, files.qmp);
  }

  /** A machine that another process started, or that outlived the one that did. Throws when there is none. */
  static attach(id: string): Machine {
    const record = readRecord(id);
    if (!record) throw new Error(`there is no lab machine '${id}'`);
    return new Machine(record, files.control);
  }

  /** A file of the machine's folder. */
  file(name: string): string {
    return join(folderOf(this.id), name);
  }

  /** The loopback port that leads to this port of the guest. */
  port(guestPort: number): number {
    const port = this.#record.ports[guestPort];
    if (port === undefined) throw new Error(`port ${guestPort} of ${this.id} is not forwarded`);
    return port;
  }

  get running(): boolean {
    const pid = this.#pid ?? qemuPid(this.id);
    return pid !== undefined && identify(pid) !== undefined;
  }

  /** What QEMU itself wrote to its standard output and error. */
  get qemuLog(): string {
    return existsSync(this.file(files.qemuLog)) ? readFileSync(this.file(files.qemuLog), 'utf8') : '';
  }

  /** Boots it, or restores it. Again after it ended: with the same disks, ports and serial log. */
  async start(options: StartOptions = {}): Promise<this> {
    if (this.running) throw new Error(`${this.id} runs already`);
    const qemu = await findQemu();
    if (options.restoreFrom !== undefined && (qemu.version.major - 8 || qemu.version.minor - 2) < 0)
      throw new Error('restoring from a file needs QEMU 8.2 or newer');
    for (const name of [files.pid, files.qmp, files.control, files.serial])
      rmSync(this.file(name), { force: true });
    if (this.spec.firmware === 'uefi' && !existsSync(this.file(files.variables)))
      copyFileSync(qemu.ovmf.variables, this.file(files.variables));
    const args = renderArgs(this.spec, {
      folder: folderOf(this.id),
      ports: this.#record.ports,
      ovmf: qemu.ovmf,
      incoming: options.restoreFrom !== undefined,
    });
    this.#spawn([...qemu.command, ...args], qemu.env);
    try {
      await this.#monitorOf();
      if (options.restoreFrom !== undefined) await this.#restore(options.restoreFrom);
      if (!options.paused) await this.qmp('cont');
    } catch (error) {
      const complaint = this.qemuLog.trim();
      await this.cut();
      throw new Error(`${this.id} does not start: ${complaint}`, { cause: error });
    }
    return this;
  }

  /** A command of QEMU's monitor; rejects with QEMU's text. */
  async qmp<T = unknown>(command: string, args: object = {}, timeoutMs?: number): Promise<T> {
    return (await (await this.#monitorOf()).execute(command, args, timeoutMs)) as T;
  }

  /** How many events came so far, to be given to `waitEvent` by who is about to cause one. */
  async eventCount(): Promise<number> {
    return (await this.#monitorOf()).events.length;
  }

  async waitEvent(name: string, withinMs: number, after = 0): Promise<QmpEvent> {
    return (await this.#monitorOf()).waitEvent(name, withinMs, after);
  }

  /** `running`, `paused`, `inmigrate`, `shutdown`, ... */
  async status(): Promise<string> {
    return (await this.qmp<{ status: string }>('query-status')).status;
  }

  /** The screen as a PNG file. */
  async screenshot(file: string): Promise<string> {
    await this.qmp('screendump', { filename: file, format: 'png' });
    return file;
  }

  /** Presses the power button: a running system shuts down. See `waitExit`. */
  async powerButton(): Promise<void> {
    await this.qmp('system_powerdown');
  }

  /** Presses the reset button. */
  async reset(): Promise<void> {
    await this.qmp('system_reset');
  }

  /** Power cut: QEMU is killed where it stands. What it means for the disks: see `DiskSpec.cache`. Repeatable. */
  async cut(): Promise<void> {
    const pid = this.#pid;
    if (pid !== undefined && identify(pid)) process.kill(pid, 'SIGKILL');
    await killQemu(this.id);
    await this.#gone(10_000);
    this.#disconnect();
  }

  /**
   * Waits until QEMU has ended. Answers why, in QEMU's words (ShutdownCause): `guest-shutdown`, `guest-reset` (with
   * `exitOnReboot`), ...; `watchdog` when that made the reset, `unknown` when QEMU was killed.
   */
  async waitExit(withinMs: number): Promise<string> {
    const monitor = await this.#monitorOf().catch(() => undefined);
    if (!(await this.#gone(withinMs))) throw new Error(`${this.id} still runs after ${withinMs / 1000} s`);
    const [barked, last] = (monitor?.events ?? []).slice(-2);
    this.#disconnect();
    if (last?.event !== 'SHUTDOWN') return 'unknown';
    return barked?.event === 'WATCHDOG' ? 'watchdog' : String(last.data['reason']);
  }

  /** Pulls a cable (`net0`) or a disk (`disk1`; waits until the guest let it go: its kernel must be up). */
  async unplug(part: string, withinMs = 60_000): Promise<void> {
    if (part.startsWith('net')) return void (await this.qmp('set_link', { name: part, up: false }));
    this.#hotPlugDisk(part);
    const before = await this.eventCount();
    await this.qmp('device_del', { id: part });
    const monitor = await this.#monitorOf();
    await monitor.waitEvent('DEVICE_DELETED', withinMs, before, ({ data }) => data['device'] === part);
  }

  /** Puts back what was unplugged. */
  async plug(part: string): Promise<void> {
    if (part.startsWith('net')) return void (await this.qmp('set_link', { name: part, up: true }));
    await this.qmp('device_add', diskDevice(this.spec, this.#hotPlugDisk(part)));
  }

  /** Stops the processors and writes memory and devices to a file. The disks must not change any more: cut it then. */
  async saveState(file: string): Promise<void> {
    await this.qmp('stop');
    // 0 is no limit for TCP only; this is far above any disk.
    await this.qmp('migrate-set-parameters', { 'max-bandwidth': 10 * 1024 ** 3 });
    await this.qmp('migrate', { uri: `file:${file}` });
    const until = Date.now() + stateWithinMs;
    for (;;) {
      const state = await this.qmp<{ status: string; 'error-desc'?: string }>('query-migrate');
      if (state.status === 'completed') return;
      if (state.status === 'failed' || Date.now() > until)
        throw new Error(`state of ${this.id} not saved: ${state.status} ${state['error-desc'] ?? ''}`);
      await delay(50);
    }
  }

  /** Ends it and takes away its folder and its own disks. Repeatable. */
  async dispose(): Promise<void> {
    await this.cut();
    await endAndForget(this.id);
  }

  /** Lets go of the monitor and the serial line; the machine runs on. */
  detach(): void {
    this.#disconnect();
  }

  #spawn(argv: readonly string[], env: Readonly<Record<string, string>>): void {
    const log = openSync(this.file(files.qemuLog), 'a');
    // The kernel kills QEMU when this process ends, even by SIGKILL: PR_SET_PDEATHSIG, prctl(2).
    const command = this.#record.owner ? ['setpriv', '--pdeathsig', 'KILL', '--', ...argv] : argv;
    const child = spawn(command[0]!, command.slice(1), {
      // A session of its own: Ctrl-C is for the tests, which then end it in order.
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...process.env, ...env },
    });
    closeSync(log);
    child.on('error', () => {});
    child.unref();
    this.#pid = child.pid;
  }

  async #monitorOf(): Promise<Qmp> {
    if (!this.#qmp || this.#qmp.closed)
      this.#qmp = await Qmp.connect(this.file(this.#monitor), monitorWithinMs, () => this.running);
    return this.#qmp;
  }

  async #restore(file: string): Promise<void> {
    await this.qmp('migrate-incoming', { uri: `file:${file}` });
    const until = Date.now() + stateWithinMs;
    for (let status = ''; status !== 'paused'; ) {
      if (Date.now() > until) throw new Error(`the state is not restored: ${status}`);
      await delay(50);
      status = await this.status();
    }
  }

  async #gone(withinMs: number): Promise<boolean> {
    const until = Date.now() + withinMs;
    while (this.running) {
      if (Date.now() > until) return false;
      await delay(50);
    }
    return true;
  }

  #disconnect(): void {
    this.#qmp?.close();
    this.#qmp = undefined;
    this.serial.close();
    if (!this.running) this.#pid = undefined;
  }

  #hotPlugDisk(part: string): number {
    const index = Number(/^disk(\d+)$/.exec(part)?.[1] ?? Number.NaN);
    const disk = this.spec.disks?.[index];
    if (!disk) throw new Error(`${this.id} has no '${part}': net0, net1, ..., disk0, disk1, ...`);
    if (disk.bus === 'sata') throw new Error(`${part} is on SATA, which cannot be unplugged here`);
    return index;
  }
}

/** A name for a machine's folders that no other has. */
export function machineId(name: string): string {
  return `${name}-${randomBytes(3).toString('hex')}`;
}

/** A loopback port that nobody listens on at this moment. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
