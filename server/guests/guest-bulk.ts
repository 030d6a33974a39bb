// What routes call to start, stop or suspend many guests: which they are, who may, then one task.
import type { ClusterStore } from '../cluster/cluster-store.ts';
import { invalidInput } from '../core/errors.ts';
import type { BulkAction, BulkParams } from '../tasks/kinds/guest-bulk.ts';
import { bootWishOf } from './boot-wish.ts';
import type { GuestDocument } from './config/guest-document.ts';
import { findGuest, listGuests } from './guest-documents.ts';
import type { Asker } from './guest-requests.ts';
import type { GuestStates } from './guest-states.ts';
import { requireAll } from './needed-privileges.ts';

export interface GuestBulkParts {
  readonly node: string;
  readonly store: ClusterStore;
  readonly states: GuestStates;
  startTask(type: string, params: object, requester: string): Promise<string>;
}

export interface BulkRequest {
  /** Empty: all. */
  readonly vmids: readonly number[];
  readonly workers: number;
  /** Of starts: only guests that are to start with the machine. */
  readonly onlyWanted?: boolean;
  readonly timeoutSeconds?: number | undefined;
  readonly forceStop?: boolean;
  readonly toDisk?: boolean;
  readonly storage?: string | undefined;
}

export type GuestBulk = ReturnType<typeof createGuestBulk>;

export function createGuestBulk(parts: GuestBulkParts) {
  /** `type` is the API's word for the task. */
  return async (asker: Asker, type: string, action: BulkAction, request: BulkRequest): Promise<string> => {
    const { vmids, workers, onlyWanted, timeoutSeconds, forceStop, toDisk, storage } = request;
    requirePower(asker, vmids);
    if (timeoutSeconds !== undefined && timeoutSeconds < 0)
      throw invalidInput({ timeout: 'at least 0 seconds' });
    const unknown = vmids.filter((vmid) => findGuest(parts.store, vmid)?.node !== parts.node);
    if (unknown.length > 0)
      throw invalidInput({ vms: `there is no guest ${unknown.join(', ')} on this node` });
    const all = listGuests(parts.store).filter(
      (guest) => guest.node === parts.node && (vmids.length === 0 || vmids.includes(guest.vmid)),
    );
    const chosen = all.filter((guest) => concerns(guest, action, onlyWanted ?? false));
    if (toDisk) requireDisks(asker, chosen, storage);
    const params: BulkParams = {
      ...{ vmids: chosen.map(({ vmid }) => vmid), workers },
      ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
      ...(forceStop === undefined ? {} : { forceStop }),
      ...(toDisk ? { toDisk } : {}),
      ...(storage === undefined ? {} : { storage }),
    };
    return parts.startTask(type, params, asker.requester);
  };

  function concerns(guest: GuestDocument, action: BulkAction, onlyWanted: boolean): boolean {
    if (guest.config['template'] === 1 || (guest.trial !== undefined && action === 'start')) return false;
    const state = parts.states.stateOf(guest.vmid);
    if (action === 'start') return state === 'stopped' && (!onlyWanted || bootWishOf(guest).wanted);
    // Containers have no state that could be kept.
    if (action === 'suspend') return state === 'running' && guest.kind === 'qemu';
    return state !== 'stopped';
  }
}

/** Over everything, or over each guest that is named (the published API's description of these methods). */
function requirePower(asker: Asker, vmids: readonly number[]): void {
  if (asker.may('/', 'VM.PowerMgmt')) return;
  if (vmids.length === 0) requireAll(asker, [{ path: '/', privilege: 'VM.PowerMgmt' }]);
  requireAll(
    asker,
    vmids.map((vmid) => ({ path: `/vms/${vmid}`, privilege: 'VM.PowerMgmt' as const })),
  );
}

/** As for each of them alone; without a storage named, each may have another one. */
function requireDisks(asker: Asker, guests: readonly GuestDocument[], storage: string | undefined): void {
  const place = storage === undefined ? '/storage' : `/storage/${storage}`;
  requireAll(asker, [
    ...guests.map(({ vmid }) => ({ path: `/vms/${vmid}`, privilege: 'VM.Config.Disk' as const })),
    { path: place, privilege: 'Datastore.AllocateSpace' },
  ]);
}
