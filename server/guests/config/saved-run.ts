// A VM whose memory is on a disk: what its document says of that, and what it is when it goes on from there. Pure.
import type { ConfigValue, VmConfig } from './config-keys.ts';
import type { GuestDocument, SnapshotMemory } from './guest-document.ts';

/** The lock that such a guest bears, in the API's word. */
export const suspendedLock = 'suspended';

/** What a VM was when its memory was saved. */
export type SavedRun = {
  readonly memory: SnapshotMemory;
  /** What it ran with: it goes on with that, whatever was changed since. */
  readonly config: VmConfig;
  /** Milliseconds since the epoch. */
  readonly savedAt: number;
};

/** Written before the guest is ended, so that nothing is lost in between. */
export function withSavedRun(document: GuestDocument, saved: SavedRun): GuestDocument {
  return { ...document, config: { ...document.config, lock: suspendedLock }, suspended: saved };
}

/** It runs again, or starts afresh. Repeatable. */
export function withoutSavedRun(document: GuestDocument): GuestDocument {
  const { suspended, ...rest } = document;
  if (suspended === undefined) return document;
  const { lock, ...config } = rest.config;
  return lock === suspendedLock ? { ...rest, config } : rest;
}

/** What its next start brings up. */
export function startConfig(document: GuestDocument): VmConfig {
  return document.suspended?.config ?? document.config;
}

/** What the API shows of it among the configuration's keys. */
export function savedRunKeys({ suspended }: GuestDocument): Record<string, ConfigValue> {
  if (suspended === undefined) return {};
  const { volume, machine, cpu } = suspended.memory;
  return {
    vmstate: volume,
    ...(machine === undefined ? {} : { runningmachine: machine }),
    ...(cpu === undefined ? {} : { runningcpu: cpu }),
  };
}
