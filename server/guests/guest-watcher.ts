// Keeps documents true to what runs: a guest that ended by itself forgets what it ran with, also when the daemon was away.
import type { ClusterStore } from '../cluster/cluster-store.ts';
import type { Logger } from '../core/log.ts';
import { changeGuest, listGuests, withoutRunning } from './guest-documents.ts';
import type { GuestStates } from './guest-states.ts';

/**
 * Clears the running configuration of every guest that does not run, now and at each end of one. What cannot be written
 * is logged and holds up nothing. Returns how to stop.
 */
export async function watchGuests(
  store: ClusterStore,
  states: GuestStates,
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
  for (const { vmid, running } of listGuests(store)) if (running !== undefined) await note(vmid);
  return stop;
}
