// The stored document of a guest: the truth of its configuration, and what it runs with.
import { configDigest } from '../../core/config-digest.ts';
import type { ConfigValue, VmConfig } from './config-keys.ts';

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
  return { ...config, digest: configDigest(document.config) };
}
