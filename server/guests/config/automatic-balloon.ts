// Whose memory is moved by itself, and between which bounds: the keys `memory`, `balloon` and `shares` together. Pure.
import type { VmConfig } from './config-keys.ts';
import { readVmConfig } from './read-vm-config.ts';

export interface AutomaticBalloon {
  readonly minMib: number;
  readonly maxMib: number;
  /** Its weight among guests that want memory, at least 1. */
  readonly shares: number;
}

/** What `shares` is when nobody says; PVE's own. */
export const usualShares = 1000;

/** Undefined: its balloon stays where somebody puts it, or it has none. Throws what reading the three keys throws. */
export function automaticBalloon({ memory, balloon, shares }: VmConfig): AutomaticBalloon | undefined {
  // Most guests: nothing to read. `shares: 0` leaves the balloon to people.
  if (!balloon || shares === 0) return undefined;
  const config = { balloon, ...(memory === undefined ? {} : { memory }), ...(shares ? { shares } : {}) };
  const model = readVmConfig({ vmid: 0, config });
  const minMib = model.balloonMib ?? 0;
  if (minMib <= 0 || minMib >= model.memoryMib || model.shares === 0) return undefined;
  return { minMib, maxMib: model.memoryMib, shares: model.shares ?? usualShares };
}
