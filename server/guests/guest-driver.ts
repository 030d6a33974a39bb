// The guest driver contract: what runs guests of one kind on this node. A driver reports what is; it never owns what should be.
import type { WorkContext } from '../core/work-context.ts';

/** `running`, `paused` (its processors stand), `suspended` (sleeping by its own ACPI), `stopped`, `starting`, `stopping`. */
export type RunState = 'running' | 'paused' | 'suspended' | 'stopped' | 'starting' | 'stopping';

export interface ObservedGuest {
  readonly vmid: number;
  readonly state: RunState;
  /** When it was started, milliseconds since the epoch; undefined when it does not run. */
  readonly startedAt: number | undefined;
  readonly pid: number | undefined;
  /** Does it run with hardware acceleration? Undefined when it does not run. */
  readonly accelerated: boolean | undefined;
  /** Why it stands, when nobody asked for that: a disk failed, or its system did. */
  readonly halted?: 'io-error' | 'crashed' | undefined;
}

/** Why a guest's state changed, as far as the driver knows. */
export interface GuestObservation {
  readonly vmid: number;
  readonly state: RunState;
  readonly reason:
    | 'started'
    | 'shutdown'
    | 'destroyed'
    | 'crashed'
    | 'io-error'
    | 'failed'
    | 'paused'
    | 'resumed'
    | 'reset'
    | 'agent'
    | 'device'
    | 'reconnected';
}

/** Counters since the guest's start. Undefined: not known for this guest. */
export interface GuestStats {
  readonly vmid: number;
  /** Nanoseconds of processor time. */
  readonly cpuTimeNs: number;
  readonly cpus: number;
  readonly memoryBytes: number | undefined;
  /** What the host gives for it (resident size). */
  readonly residentBytes: number | undefined;
  /** Of containers: what of them is swapped out. */
  readonly swapBytes?: number | undefined;
  readonly netInBytes: number;
  readonly netOutBytes: number;
  readonly diskReadBytes: number;
  readonly diskWriteBytes: number;
  /** Of VMs, while a driver in the guest moves the balloon and tells of it. */
  readonly balloon?: GuestBalloon | undefined;
}

export interface GuestBalloon {
  /** What the guest has now. */
  readonly sizeBytes: number;
  /** What it was made for. */
  readonly maxBytes: number;
  /** What it could do without, by its own word: caches that can go are in it where the guest tells of them. */
  readonly freeBytes: number;
}

export type ConsoleKind = 'graphic' | 'serial';
/** A console as a local socket: never a network port. */
export interface ConsoleEndpoint {
  readonly unixPath: string;
}

/**
 * `Spec` is the driver's typed model of a guest, complete and resolved: attachments instead of volume names, bridges
 * instead of networks. All calls reject with an AppError; a guest that is not there is `not-found` except where said.
 */
export interface GuestDriver<Spec = unknown, Change = unknown> {
  readonly kind: 'qemu' | 'lxc';
  /** Connects and reconnects by itself from here on; resolves when connected for the first time. */
  open(): Promise<void>;
  close(): Promise<void>;
  /** Every guest of this daemon that is not stopped; one query for all. */
  observe(): Promise<ObservedGuest[]>;
  /** Calls back on each change until the returned function is called; after a lost connection, with `reconnected` for each guest. */
  watch(listener: (observation: GuestObservation) => void): () => void;
  /** One pass for all running guests. */
  stats(): Promise<GuestStats[]>;

  /** Starts it. Repeatable: one that already runs is left alone. When it fails, nothing of it is left. */
  start(context: WorkContext, spec: Spec): Promise<void>;
  /** Ends it at once. Stopped already is no error. */
  stop(context: WorkContext, vmid: number): Promise<void>;
  /** Asks it to shut down; resolves when it was asked, not when it is down. */
  requestShutdown(vmid: number): Promise<void>;
  /** Asks it to reboot by itself. */
  requestReboot(vmid: number): Promise<void>;
  reset(vmid: number): Promise<void>;
  pause(vmid: number): Promise<void>;
  resume(vmid: number): Promise<void>;
  /** Applies to the running guest what can be applied; returns the names of the changes that need a restart. */
  hotPlug(context: WorkContext, vmid: number, changes: readonly Change[]): Promise<string[]>;
  console(vmid: number, kind: ConsoleKind): Promise<ConsoleEndpoint>;
  /** Removes what the driver keeps of a stopped guest (sockets, logs, firmware variables). Repeatable. */
  undefine(vmid: number): Promise<void>;
}
