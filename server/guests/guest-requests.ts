// What is asked of the services of VMs and of containers: by whom, with which values, and what is checked of it first.
import type { Privilege } from '../contract/permission.ts';
import type { ConfigInput } from './config/config-keys.ts';
import type { GuestPools } from './guest-pools.ts';
import { requireAll } from './needed-privileges.ts';
import type { VmidReservations } from './vmid-reservations.ts';

/** Who asks, as far as a service cares. */
export interface Asker {
  readonly requester: string;
  may(path: string, privilege: Privilege): boolean;
}

/** What the services hand their work to. */
export interface GuestServiceParts {
  readonly reservations: VmidReservations;
  readonly pools: GuestPools;
  /** Starts a task of a registered kind; answers its UPID. */
  startTask(type: string, params: object, requester: string): Promise<string>;
}

/** Values by key, as a request gives them. */
export type ConfigSet = Readonly<Record<string, ConfigInput | undefined>>;

/** A change of a configuration. */
export interface GuestConfigRequest {
  readonly set: ConfigSet;
  readonly remove: readonly string[];
  readonly revert: readonly string[];
  readonly digest: string | undefined;
}

/** The values that are given. */
export function definedOnly(set: ConfigSet): Record<string, ConfigInput> {
  return Object.fromEntries(
    Object.entries(set).filter((entry): entry is [string, ConfigInput] => entry[1] !== undefined),
  );
}

/**
 * May the asker create a guest of this number, in this pool, and is it free? In this order: whoever may not create one must not
 * learn which numbers are taken. Answers who asks as far as the new guest goes: the pool's rights count.
 */
export function requireNewGuest(
  parts: GuestServiceParts,
  asker: Asker,
  vmid: number,
  pool: string | undefined,
): Asker {
  const maker = pool === undefined ? asker : parts.pools.askerFor(asker, vmid, pool);
  requireAll(maker, [{ path: `/vms/${vmid}`, privilege: 'VM.Allocate' }]);
  parts.reservations.assertFree(vmid);
  return maker;
}
