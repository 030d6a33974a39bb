// A guest driver that runs nothing: for tests and for development without a hypervisor.

import type { Attachment } from '../../../storage-plugins/plugin.ts';
import { type Clock, systemClock } from '../../core/clock.ts';
import { AppError, notFound } from '../../core/errors.ts';
import type { WorkContext } from '../../core/work-context.ts';
import type {
  ConsoleEndpoint,
  ConsoleKind,
  GuestDriver,
  GuestObservation,
  GuestStats,
  ObservedGuest,
  RunState,
} from '../guest-driver.ts';
import type { BackupView, BackupWish } from '../vm/backup-types.ts';
import { fakeAgentAnswer } from './fake-agent.ts';
import { FakeBackups, showNothing } from './fake-backups.ts';
import { FakeConsoles } from './fake-consoles.ts';
import { type Disturbance, type FakeAction, FakeDisturbances } from './fake-disturbances.ts';
import { FakeMirrors } from './fake-mirrors.ts';
import { fakeStats } from './fake-stats.ts';

export interface FakeSpec {
  readonly vmid: number;
  /** It is brought up from saved memory, and stands. */
  readonly memory?: object | undefined;
}
export interface FakeChange {
  readonly key: string;
}

export interface FakeDriverOptions {
  /** Default `qemu`. */
  kind?: 'qemu' | 'lxc';
  clock?: Clock;
  /** Milliseconds each action takes; default 0. */
  latencyMs?: number;
  /** What hot-plug cannot do; default nothing. */
  needsRestart?: (change: FakeChange) => boolean;
}

/** What is told of memory that was saved. */
export const fakeMemory = { digest: 'saved', machine: 'pc-i440fx-9.2', cpu: 'max' };

interface FakeGuest {
  readonly vmid: number;
  readonly spec: FakeSpec;
  readonly pid: number;
  readonly startedAt: number;
  state: RunState;
}

export function createFakeDriver(options: FakeDriverOptions = {}): FakeDriver {
  return new FakeDriver(options);
}

/** Besides the driver's own calls it has those that play the guest's and the test's part; these take no time. */
export class FakeDriver implements GuestDriver<FakeSpec, FakeChange> {
  readonly kind: 'qemu' | 'lxc';
  /** Milliseconds each action takes. */
  latencyMs: number;
  /** What `agentCommand` answers. */
  agentAnswer: (vmid: number, command: string) => string = (_vmid, command) => fakeAgentAnswer(command);
  /** What happens to an action on a guest; default nothing. */
  disturb: (action: FakeAction, vmid: number) => Disturbance = () => ({});
  /** What becomes of the images when snapshots of open ones are taken or removed; default nothing. */
  onDiskSnapshots: (
    vmid: number,
    action: 'take' | 'remove',
    keys: readonly string[],
    snapshot: string,
  ) => Promise<void> = async () => {};
  /** Shows the disks of a backup: serves them, or fails; and takes that away again. Default: a socket that nobody listens on. */
  showBackup: (vmid: number, wish: BackupWish) => Promise<BackupView> = showNothing;
  hideBackup: (vmid: number) => Promise<void> = async () => {};
  /** The keys sent so far. */
  readonly sentKeys: { vmid: number; keys: string }[] = [];

  readonly #clock: Clock;
  readonly #needsRestart: (change: FakeChange) => boolean;
  readonly #guests = new Map<number, FakeGuest>();
  readonly #disturbances: FakeDisturbances;
  readonly #listeners = new Set<(observation: GuestObservation) => void>();
  readonly #consoles = new FakeConsoles();
  protected readonly mirrors = new FakeMirrors();
  readonly #backups = new FakeBackups();
  /** Guests whose memory is being saved: did they run before? */
  readonly #saving = new Map<number, boolean>();
  #nextPid = 100_000;
  #connected = false;

  constructor(options: FakeDriverOptions) {
    this.kind = options.kind ?? 'qemu';
    this.latencyMs = options.latencyMs ?? 0;
    this.#clock = options.clock ?? systemClock;
    this.#disturbances = new FakeDisturbances(this.#clock);
    this.#needsRestart = options.needsRestart ?? (() => false);
  }

  async open(): Promise<void> {
    this.#connected = true;
  }

  async close(): Promise<void> {
    this.#connected = false;
    await this.#consoles.close();
  }

  async observe(): Promise<ObservedGuest[]> {
    await this.#begin('observe');
    return [...this.#guests.values()].map(({ vmid, state, startedAt, pid }) => ({
      vmid,
      state,
      startedAt,
      pid,
      accelerated: true,
    }));
  }

  watch(listener: (observation: GuestObservation) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async stats(): Promise<GuestStats[]> {
    await this.#begin('stats');
    const now = this.#clock.now();
    return [...this.#guests.values()].map(({ vmid, startedAt }) => fakeStats(vmid, now - startedAt));
  }

  async start(context: WorkContext, spec: FakeSpec): Promise<void> {
    await this.#begin('start', spec.vmid, context.signal);
    if (this.#guests.has(spec.vmid)) return;
    const guest = this.#add(spec);
    if (spec.memory) guest.state = 'paused';
    this.#tell(spec.vmid, guest.state, 'started');
  }

  async stop(context: WorkContext, vmid: number): Promise<void> {
    await this.#begin('stop', vmid, context.signal);
    this.#end(vmid, 'destroyed');
  }

  async requestShutdown(vmid: number, _options?: { agent?: boolean }): Promise<void> {
    await this.#begin('requestShutdown', vmid);
    const guest = this.#get(vmid);
    // The guest obeys a moment later. One that was started since has not been asked.
    setImmediate(() => {
      if (this.#guests.get(vmid) === guest) this.#end(vmid, 'shutdown');
    });
  }

  async requestReboot(vmid: number, _options?: { agent?: boolean }): Promise<void> {
    await this.#begin('requestReboot', vmid);
    this.#get(vmid);
    setImmediate(() => this.#guests.has(vmid) && this.#tell(vmid, 'running', 'reset'));
  }

  async reset(vmid: number): Promise<void> {
    await this.#begin('reset', vmid);
    this.#tell(vmid, this.#get(vmid).state, 'reset');
  }

  async pause(vmid: number): Promise<void> {
    await this.#begin('pause', vmid);
    this.#change(vmid, 'paused', 'paused');
  }

  async resume(vmid: number): Promise<void> {
    await this.#begin('resume', vmid);
    if (this.#get(vmid).state === 'running') throw new AppError('wrong-state', `guest ${vmid} is not paused`);
    this.#change(vmid, 'running', 'resumed');
  }

  async hotPlug(context: WorkContext, vmid: number, changes: readonly FakeChange[]): Promise<string[]> {
    await this.#begin('hotPlug', vmid, context.signal);
    this.#get(vmid);
    return changes.filter(this.#needsRestart).map((change) => change.key);
  }

  async console(vmid: number, kind: ConsoleKind): Promise<ConsoleEndpoint> {
    await this.#begin('console', vmid);
    this.#get(vmid);
    return { unixPath: await this.#consoles.open(vmid, kind) };
  }

  async undefine(vmid: number): Promise<void> {
    await this.#begin('undefine', vmid);
    if (this.#guests.has(vmid)) throw new AppError('wrong-state', `guest ${vmid} is running`);
    await this.#consoles.remove(vmid);
  }

  async sendKey(vmid: number, keys: string): Promise<void> {
    this.#get(vmid);
    this.sentKeys.push({ vmid, keys });
  }

  async agentCommand(vmid: number, command: string, _timeoutSeconds: number): Promise<string> {
    await this.#begin('agentCommand', vmid);
    this.#get(vmid);
    return this.agentAnswer(vmid, command);
  }

  async monitorCommand(vmid: number, command: string): Promise<string> {
    this.#get(vmid);
    return `${command}: ok\n`;
  }

  async commandLine(xml: string): Promise<string> {
    return `qemu ${xml.length}`;
  }

  /** One white pixel. */
  async screenshot(vmid: number): Promise<{ mimeType: string; data: Buffer }> {
    this.#get(vmid);
    const header = Buffer.from('P6\n1 1\n255\n');
    return { mimeType: 'image/x-portable-pixmap', data: Buffer.concat([header, Buffer.alloc(3, 255)]) };
  }

  async snapshotDisks(vmid: number, keys: readonly string[], snapshot: string): Promise<void> {
    await this.#begin('snapshotDisks', vmid);
    this.#get(vmid);
    await this.onDiskSnapshots(vmid, 'take', keys, snapshot);
  }

  async removeDiskSnapshots(vmid: number, keys: readonly string[], snapshot: string): Promise<void> {
    await this.#begin('removeDiskSnapshots', vmid);
    this.#get(vmid);
    await this.onDiskSnapshots(vmid, 'remove', keys, snapshot);
  }

  async beginMemorySave(context: WorkContext, vmid: number, _target: unknown): Promise<void> {
    await this.#begin('beginMemorySave', vmid, context.signal);
    this.#saving.set(vmid, this.#get(vmid).state === 'running');
    this.#change(vmid, 'paused', 'paused');
  }

  async finishMemorySave(
    _context: WorkContext,
    vmid: number,
    { standing = false }: { readonly standing?: boolean } = {},
  ): Promise<typeof fakeMemory> {
    await this.#begin('finishMemorySave', vmid);
    if (!this.#saving.has(vmid)) throw new AppError('wrong-state', 'no save of the memory is under way');
    if (standing) this.#saving.delete(vmid);
    else this.#endSave(vmid);
    return fakeMemory;
  }

  async copyContent(): Promise<void> {}

  async pullDisk(context: WorkContext, vmid: number): Promise<void> {
    await this.#begin('mirrorDisk', vmid, context.signal);
    this.#get(vmid);
  }

  async mirrorDisk(
    context: WorkContext,
    vmid: number,
    { disk, to }: { readonly disk: string; readonly to: Attachment },
  ): Promise<void> {
    await this.#begin('mirrorDisk', vmid, context.signal);
    this.#get(vmid);
    this.mirrors.begin(vmid, disk, to);
  }

  async switchDisk(vmid: number, disk: string, to: Attachment): Promise<void> {
    await this.#begin('switchDisk', vmid);
    this.#get(vmid);
    this.mirrors.switchTo(vmid, disk, to);
  }

  async endMirror(vmid: number, disk: string): Promise<boolean> {
    return this.mirrors.end(vmid, disk);
  }

  async usesDisk(vmid: number, disk: string, what: Attachment): Promise<boolean> {
    return this.#guests.has(vmid) && this.mirrors.uses(vmid, disk, what);
  }

  async beginBackup(context: WorkContext, vmid: number, wish: BackupWish): Promise<BackupView> {
    await this.#begin('beginBackup', vmid, context.signal);
    this.#get(vmid);
    return this.#backups.begin(vmid, wish, (...args) => this.showBackup(...args));
  }

  async endBackup(_context: WorkContext, vmid: number): Promise<void> {
    await this.#begin('endBackup', vmid);
    if (this.#backups.end(vmid)) await this.hideBackup(vmid);
  }

  watchBackup(vmid: number, listener: (problem: AppError) => void): () => void {
    return this.#backups.watch(vmid, listener);
  }

  /** A backup under way cannot go on. */
  failBackup(vmid: number, problem: AppError): void {
    this.#backups.fail(vmid, problem);
  }

  /** What was asked for, of a backup that is under way. */
  backupOf(vmid: number): BackupWish | undefined {
    return this.#backups.wishOf(vmid);
  }

  async abortMemorySave(vmid: number): Promise<void> {
    await this.#begin('abortMemorySave', vmid);
    this.#endSave(vmid);
  }

  #endSave(vmid: number): void {
    if (this.#saving.get(vmid) && this.#guests.has(vmid)) this.#change(vmid, 'running', 'resumed');
    this.#saving.delete(vmid);
  }

  /** Makes guests run without events or delay: thousands at once. */
  populate(specs: readonly FakeSpec[]): void {
    for (const spec of specs) if (!this.#guests.has(spec.vmid)) this.#add(spec);
  }

  /** The next call of `action` rejects with `error`, having done nothing; several add up. */
  failNext(action: FakeAction, error: AppError): void {
    this.#disturbances.failNext(action, error);
  }

  /** The guest ends by itself. */
  endGuest(vmid: number, reason: 'shutdown' | 'crashed'): void {
    this.#get(vmid);
    this.#end(vmid, reason);
  }

  /** The guest's system goes to sleep by itself. */
  fallAsleep(vmid: number): void {
    this.#change(vmid, 'suspended', 'paused');
  }

  /** It stands without anybody's asking. */
  haltGuest(vmid: number, reason: 'io-error' | 'crashed'): void {
    this.#change(vmid, 'paused', reason);
  }

  /** What `start` was given for a guest that runs. */
  specOf(vmid: number): FakeSpec | undefined {
    return this.#guests.get(vmid)?.spec;
  }

  /** The hypervisor's service goes: calls are `unavailable` until `reconnect`. Guests run on. */
  disconnect(): void {
    this.#connected = false;
  }

  reconnect(): void {
    this.#connected = true;
    for (const { vmid, state } of [...this.#guests.values()]) this.#tell(vmid, state, 'reconnected');
  }

  async #begin(action: FakeAction, vmid?: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) throw new AppError('cancelled', 'cancelled');
    if (!this.#connected) throw new AppError('unavailable', 'the hypervisor is not reachable');
    const disturbance = vmid === undefined ? {} : this.disturb(action, vmid);
    const ms = this.latencyMs + (disturbance.ms ?? 0);
    await this.#disturbances.meet(action, { ...disturbance, ms }, signal);
  }

  #add(spec: FakeSpec): FakeGuest {
    const { vmid } = spec;
    this.#nextPid += 1;
    const startedAt = this.#clock.now();
    const guest: FakeGuest = { vmid, spec, pid: this.#nextPid, startedAt, state: 'running' };
    this.#guests.set(vmid, guest);
    return guest;
  }

  #get(vmid: number): FakeGuest {
    const guest = this.#guests.get(vmid);
    if (!guest) throw notFound(this.kind === 'qemu' ? 'VM' : 'CT', vmid);
    return guest;
  }

  #change(vmid: number, state: RunState, reason: GuestObservation['reason']): void {
    const guest = this.#get(vmid);
    if (guest.state === state) return;
    guest.state = state;
    this.#tell(vmid, state, reason);
  }

  #end(vmid: number, reason: GuestObservation['reason']): void {
    if (!this.#guests.delete(vmid)) return;
    this.mirrors.forget(vmid);
    this.#backups.fail(vmid, new AppError('wrong-state', `VM ${vmid} was ended meanwhile`));
    this.#tell(vmid, 'stopped', reason);
  }

  #tell(vmid: number, state: RunState, reason: GuestObservation['reason']): void {
    for (const listener of [...this.#listeners]) listener({ vmid, state, reason });
  }
}
