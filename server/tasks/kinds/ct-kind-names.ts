// What all kinds of task on one container have alike: their names in lists, and the lock that they hold.
import type { CtTarget } from '../../guests/ct/ct-params.ts';
import type { LockRef } from '../task.ts';

/** Description, object and lock of a task on the container. */
export function onContainer<T extends string>(type: T, label: string) {
  return {
    type,
    describe: ({ vmid }: CtTarget) => `CT ${vmid} - ${label}`,
    objectId: ({ vmid }: CtTarget) => String(vmid),
    locks: ({ vmid }: CtTarget): readonly LockRef[] => [guestLock(vmid)],
  };
}

export function guestLock(vmid: number): LockRef {
  return { scope: 'guest', id: String(vmid) };
}
