// What all kinds of task on one guest have alike: their names in lists, and the lock that they hold.
import { type GuestKind, guestLabel } from '../../guests/config/guest-document.ts';
import type { LockRef } from '../task.ts';

export interface GuestTarget {
  readonly vmid: number;
}

/** Description, object and lock of a task on a container. */
export const onContainer = <T extends string>(type: T, label: string) => onGuest('lxc', type, label);

/** The same of a task on a guest of either kind. */
export function onGuest<T extends string>(kind: GuestKind, type: T, label: string) {
  return {
    type,
    describe: ({ vmid }: GuestTarget) => `${guestLabel(kind, vmid)} - ${label}`,
    objectId: ({ vmid }: GuestTarget) => String(vmid),
    locks: ({ vmid }: GuestTarget): readonly LockRef[] => [guestLock(vmid)],
  };
}

export function guestLock(vmid: number): LockRef {
  return { scope: 'guest', id: String(vmid) };
}
