// Reads and changes guests' documents in the store; the one place that knows how they are kept.
import type { ClusterStore } from '../cluster/cluster-store.ts';
import { AppError, hasCode } from '../core/errors.ts';
import { type GuestDocument, type GuestKind, guestKey, guestLabel } from './config/guest-document.ts';
import { volumesOf } from './guest-volumes-in-use.ts';

/** Tries of a change that others' changes overtake. */
const mostTries = 20;

/**
 * The guest's document. `not-found`, in the words that existing clients look for, also when the number is that of a guest of
 * another kind.
 */
export function readGuest(store: ClusterStore, vmid: number, kind: GuestKind = 'qemu'): GuestDocument {
  const found = findGuest(store, vmid);
  if (found?.kind !== kind)
    throw new AppError('not-found', `Configuration file for ${guestLabel(kind, vmid)} does not exist`);
  return found;
}

export function findGuest(store: ClusterStore, vmid: number): GuestDocument | undefined {
  return store.read(guestKey(vmid))?.value as GuestDocument | undefined;
}

export function listGuests(store: ClusterStore): GuestDocument[] {
  return store.list('guests').map((document) => document.value as GuestDocument);
}

/** Those that people know of: without temporary ones that show whether a backup comes up. */
export function listOwnGuests(store: ClusterStore): GuestDocument[] {
  return listGuests(store).filter(({ trial }) => trial === undefined);
}

/** Volumes that guests other than this one refer to. */
export function volumesOfOthers(store: ClusterStore, vmid: number): Set<string> {
  const others = listGuests(store).filter((guest) => guest.vmid !== vmid);
  return new Set(others.flatMap((guest) => [...volumesOf(guest)]));
}

/**
 * Changes a document by a pure function, again on the newest when somebody else was faster; undefined from the function
 * leaves it. Returns what is stored now; undefined when there is no such guest.
 */
export async function changeGuest(
  store: ClusterStore,
  vmid: number,
  change: (document: GuestDocument) => GuestDocument | undefined,
): Promise<GuestDocument | undefined> {
  for (let tries = 0; tries < mostTries; tries += 1) {
    const stored = store.read(guestKey(vmid));
    if (!stored) return undefined;
    const before = stored.value as GuestDocument;
    const after = change(before);
    if (after === undefined) return before;
    try {
      await store.write(stored.key, after, stored.version);
      return after;
    } catch (error) {
      if (!hasCode(error, 'wrong-state')) throw error;
    }
  }
  throw new AppError('busy', `guest ${vmid}: its configuration changes all the time; try again`);
}

/** The document of a guest that does not run: without what it ran with. */
export function withoutRunning(document: GuestDocument): GuestDocument {
  const { running: _, ...rest } = document;
  return rest;
}
