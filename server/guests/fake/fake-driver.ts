// A guest driver that runs nothing: for tests and for development without a hypervisor.

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
import { fakeAgentAnswer } from './fake-agent.ts';
import { FakeConsoles } from './fake-consoles.ts';
import { fakeStats } from './fake-stats.ts';

export interface FakeSpec {
  readonly vmid: number;
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

/** Actions that can be told to fail. */
export type FakeAction =
  | 'observe'
  | 'stats'
  | 'start'
  | 'stop'
  | 'requestShutdown'
  | 'requestReboot'
  | 'reset'
  | 'pause'
  | 'resume'
  | 'hotPlug'
  | 'console'
  | 'agentCommand'
  | 'undefine';

/** What becomes of one action: it takes so long besides, and then it fails. */
export interface Disturbance {
  readonly error?: AppError;
  readonly ms?: number;
}

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
  /** The keys sent so far. */
  readonly sentKeys: { vmid: number; keys: string }[] = [];

  readonly #clock: Clock;
  readonly #needsRestart: (change: FakeChange) => boolean;
  readonly #guests = new Map<number, FakeGuest>();
  readonly #failures = new Map<FakeAction, AppError[]>();
  readonly #listeners = new Set<(observation: GuestObservation) => void>();
  readonly #consoles = new FakeConsoles();
  #nextPid = 100_000;
  #connected = false;

  constructor(options: FakeDriverOptions) {
    this.kind = options.kind ?? 'qemu';
    this.latencyMs = options.latencyMs ?? 0;
    this.#clock = options.clock ?? systemClock;
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
    this.#add(spec);
    this.#tell(spec.vmid, 'running', 'started');
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

  /** One white pixel. */
  async screenshot(vmid: number): Promise<{ mimeType: string; data: Buffer }> {
    this.#get(vmid);
    const header = Buffer.from('P6\n1 1\n255\n');
    return { mimeType: 'image/x-portable-pixmap', data: Buffer.concat([header, Buffer.alloc(3, 255)]) };
  }

  /** Makes guests run without events or delay: thousands at once. */
  populate(specs: readonly FakeSpec[]): void {
    for (const spec of specs) if (!this.#guests.has(spec.vmid)) this.#add(spec);
  }

  /** The next call of `action` rejects with `error`, having done nothing; several add up. */
  failNext(action: FakeAction, error: AppError): void {
    this.#failures.set(action, [...(this.#failures.get(action) ?? []), error]);
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
    if (ms > 0) {
      await this.#clock.sleep(ms, signal).catch((cause: unknown) => {
        throw new AppError('cancelled', 'cancelled', { cause });
      });
    }
    const failure = disturbance.error ?? this.#failures.get(action)?.shift();
    if (failure) throw failure;
  }

  #add(spec: FakeSpec): void {
    const { vmid } = spec;
    this.#nextPid += 1;
    const startedAt = this.#clock.now();
    this.#guests.set(vmid, { vmid, spec, pid: this.#nextPid, startedAt, state: 'running' });
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
    this.#tell(vmid, 'stopped', reason);
  }

  #tell(vmid: number, state: RunState, reason: GuestObservation['reason']): void {
    for (const listener of [...this.#listeners]) listener({ vmid, state, reason });
  }
}
