// What is well now: taken before a switch, so that the trial asks for no more than that.
import type { ClusterStore } from '../cluster/cluster-store.ts';
import { reachableAddresses } from '../core/reachable-addresses.ts';
import { bootWishOf } from '../guests/boot-wish.ts';
import { listGuests } from '../guests/guest-documents.ts';
import type { GuestStates } from '../guests/guest-states.ts';
import type { StorageService } from '../storage/storage-service.ts';
import type { Baseline } from './update-records.ts';

export interface BaselineParts {
  readonly node: string;
  readonly store: ClusterStore;
  readonly states: Pick<GuestStates, 'stateOf'>;
  readonly storages: Pick<StorageService, 'statuses'>;
  /** Interfaces whose addresses do not count. */
  readonly exceptInterfaces: readonly string[];
}

/** Guests count when they run and start with the machine: others would not be running after any boot. */
export async function takeBaseline(parts: BaselineParts): Promise<Baseline> {
  const statuses = await parts.storages.statuses({ enabledOnly: true });
  const guests = listGuests(parts.store)
    .filter((guest) => guest.node === parts.node && parts.states.stateOf(guest.vmid) === 'running')
    .map(bootWishOf)
    .filter((wish) => wish.wanted);
  return {
    addressUp: reachableAddresses(parts.exceptInterfaces).length > 0,
    storages: statuses.filter(({ active }) => active === 1).map(({ storage }) => storage),
    guests: guests.map(({ vmid }) => vmid),
  };
}
