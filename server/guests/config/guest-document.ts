// The stored document of a guest: the truth of its configuration, and what it runs with.
import { configDigest } from '../../core/config-digest.ts';
import { withoutPassword } from './cloud-init-keys.ts';
import type { ConfigValue, VmConfig } from './config-keys.ts';
import { type SavedRun, savedRunKeys } from './saved-run.ts';

/** The API's words: virtual machines and containers. */
export const guestKinds = ['qemu', 'lxc'] as const;
export type GuestKind = (typeof guestKinds)[number];

/** A moment of a guest that can be gone back to. Volumes of the configuration have a snapshot of the same name. */
export type GuestSnapshot = {
  readonly config: VmConfig;
  /** Seconds since the epoch. */
  readonly snaptime: number;
  readonly description?: string;
  /** The snapshot that was the newest when this was taken. */
  readonly parent?: string;
  /** Of a VM that ran, when it was wanted: what its memory held. */
  readonly memory?: SnapshotMemory;
  /** Of a VM: volumes with copies of those that cannot have snapshots of their own (firmware variables), by their key. */
  readonly copies?: Readonly<Record<string, string>>;
};

/** The saved memory of a VM, and the machine that it is of. */
export type SnapshotMemory = {
  /** The volume that holds it. */
  readonly volume: string;
  /** SHA-256 of its head, which names files of the host: one that somebody else wrote is not resumed from. */
  readonly digest: string;
  /** Machine type with its version, `pc-i440fx-7.2`. */
  readonly machine?: string;
  /** Processor model and flags, in QEMU's notation. */
  readonly cpu?: string;
};

/** Under `guests/<vmid>` in the ClusterStore. A type, not an interface, so that it is plain JSON for the store. */
export type GuestDocument = {
  readonly kind: GuestKind;
  readonly vmid: number;
  /** The node that owns it. */
  readonly node: string;
  /** What it is to be: in force at its next start, in parts sooner. */
  readonly config: VmConfig;
  /** Only while it runs: the configuration in force. Where it differs from `config`, changes wait for a restart. */
  readonly running?: VmConfig;
  /** Of a VM that is off with its memory on a disk. */
  readonly suspended?: SavedRun;
  /** Of a VM that runs while it is restored: what of it is in the backup still. Without that it must not be started. */
  readonly restoring?: {
    /** Their keys. */
    readonly drives: readonly string[];
    /** Where the backup is served. */
    readonly socket: string;
    /** To finish it after the restore broke off: the backup, all disks that it served, and how fast. */
    readonly archive?: string;
    readonly disks?: readonly { readonly key: string; readonly device: string }[];
    readonly limitKib?: number;
  };
  /**
   * Of a temporary guest that only shows whether a backup comes up: the backup. It is in no list and in no job, and is removed when its
   * trial is over.
   */
  readonly trial?: string;
  /** By name. */
  readonly snapshots?: Readonly<Record<string, GuestSnapshot>>;
  /** The snapshot that the present state goes back to. */
  readonly parent?: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
};

/** How people call it: `VM 100`, `CT 101`. */
export function guestLabel(kind: GuestKind, vmid: number): string {
  return `${kind === 'lxc' ? 'CT' : 'VM'} ${vmid}`;
}

/** The key of a guest's document. */
export function guestKey(vmid: number): string {
  return `guests/${vmid}`;
}

/** The configuration in force: what it runs with, or would start with. */
export function activeConfig(document: GuestDocument): VmConfig {
  return document.running ?? document.config;
}

/** `GET .../config`: the wanted configuration, or with `current` the one in force, with its digest. */
export function describeConfig(document: GuestDocument, current: boolean): Record<string, ConfigValue> {
  const config = current ? activeConfig(document) : document.config;
  return { ...withoutPassword(config), ...savedRunKeys(document), digest: configDigest(document.config) };
}
