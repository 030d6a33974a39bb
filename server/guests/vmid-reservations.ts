// Hands out guest numbers so that two people who ask at the same time do not get the same one.
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';

const lowest = 100;
const highest = 999_999_999;
/** Long enough to fill in a wizard, short enough that abandoned numbers come back. */
const holdMs = 10 * 60_000;

export interface VmidReservations {
  /** The lowest free number that nobody else holds; held for `requester` for ten minutes. */
  next(requester: string): number;
  /** Throws `invalid-input` when the number is in use; reservations of others are no hindrance to who names one. */
  assertFree(vmid: number): void;
  /** The number is used now, or not wanted any more. */
  release(vmid: number): void;
}

/** `inUse` says whether a guest with the number exists. */
export function createVmidReservations(clock: Clock, inUse: (vmid: number) => boolean): VmidReservations {
  const held = new Map<number, { requester: string; until: number }>();

  function dropExpired(): void {
    for (const [vmid, hold] of held) if (hold.until <= clock.now()) held.delete(vmid);
  }

  return {
    next(requester) {
      dropExpired();
      for (let vmid = lowest; vmid <= highest; vmid += 1) {
        if (inUse(vmid)) continue;
        const hold = held.get(vmid);
        if (hold) continue;
        held.set(vmid, { requester, until: clock.now() + holdMs });
        return vmid;
      }
      throw new AppError('no-capacity', 'all guest numbers are in use');
    },
    assertFree(vmid) {
      if (inUse(vmid)) {
        throw new AppError('invalid-input', `VM ${vmid} already exists`, {
          fields: { vmid: `VM ${vmid} already exists` },
        });
      }
    },
    release(vmid) {
      held.delete(vmid);
    },
  };
}
