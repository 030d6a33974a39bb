// Keeps documents true to what runs: a guest that ended by itself forgets what it ran with, also when the daemon was away.
import type { ClusterStore } from '../cluster/cluster-store.ts';
import type { Logger } from '../core/log.ts';
import type { GuestKind } from './config/guest-document.ts';
import { changeGuest, listGuests, withoutRunning } from './guest-documents.ts';
import type { GuestStates } from './guest-states.ts';

/**
 * Clears the running configuration of every guest of a kind that does not run, now and at each end of one. What cannot be
 * written is logged and holds up nothing. Returns how to stop.
 */
export async function watchGuests(
  store: ClusterStore,
  states: GuestStates,
  kind: GuestKind,
  log: Logger,
): Promise<() => void> {
  const clear = (vmid: number) =>
    changeGuest(store, vmid, (document) =>
      document.running === undefined || states.stateOf(vmid) !== 'stopped'
        ? undefined
        : withoutRunning(document),
    );
  const note = (vmid: number) =>
    clear(vmid).catch((error) => log.error({ err: error, vmid }, 'cannot note that a guest ended'));
  // First: a guest that ends while the others are looked at is not missed.
  const stop = states.watch(({ vmid, state }) => {
    if (state === 'stopped') void note(vmid);
  });
  for (const guest of listGuests(store))
    if (guest.kind === kind && guest.running !== undefined) await note(guest.vmid);
  return stop;
}
