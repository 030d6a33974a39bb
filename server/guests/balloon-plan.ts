// How the memory of guests is to change so that the host stays at its target: who gives, who gets, how much at once. Pure.
import { mebibyte } from '../core/units.ts';

export interface HostMemory {
  readonly totalBytes: number;
  /** What is not available to anybody else: a cache that can go is not in it. */
  readonly usedBytes: number;
  /** Share of the total that may be used, 0 to 1. */
  readonly target: number;
}

export interface BalloonedGuest {
  readonly vmid: number;
  /** Whole MiB, as `maxBytes`. */
  readonly minBytes: number;
  readonly maxBytes: number;
  /** What it has now. */
  readonly sizeBytes: number;
  /** What of it the guest could do without, by its own word. */
  readonly freeBytes: number;
  /** More than 0. */
  readonly shares: number;
}

/** Between the target and so much less of the host's memory nobody gives or gets, so that nothing goes to and fro. */
const calmShare = 0.01;
/** A guest changes by this at once, or by a twentieth of its range if that is more: it needs time to let go. */
const stepBytes = 100 * mebibyte;
const stepsOfRange = 20;
/** What a guest keeps of its free memory while others can give: of what it has. */
const reserveShare = 0.1;
/** A guest with less of its memory free is served first. */
const hungryShare = 0.2;

/**
 * New sizes by vmid, for guests that change. While the host is above its target they give memory: first what they have free, then
 * down to their minimum; below it they get some back, hungry ones first. What all have above their minimum is shared by `shares`.
 */
export function planBalloons(host: HostMemory, guests: readonly BalloonedGuest[]): Map<number, number> {
  const above = host.usedBytes - host.totalBytes * host.target;
  const spare = -above - host.totalBytes * calmShare;
  const plan = new Map<number, number>();
  const wanted = above > 0 ? takeFrom(guests, above) : spare > 0 ? giveTo(guests, spare) : [];
  guests.forEach((guest, i) => {
    const size = newSize(guest, wanted[i] ?? guest.sizeBytes);
    if (size !== guest.sizeBytes) plan.set(guest.vmid, size);
  });
  return plan;
}

function takeFrom(guests: readonly BalloonedGuest[], bytes: number): number[] {
  const floors = guests.map((guest) => {
    const easy = Math.max(0, guest.freeBytes - guest.sizeBytes * reserveShare);
    return Math.max(guest.minBytes, guest.sizeBytes - easy);
  });
  const isEnough = sum(guests.map(({ sizeBytes }, i) => sizeBytes - (floors[i] ?? sizeBytes))) >= bytes;
  const bounds = guests.map(({ minBytes, sizeBytes }, i) => ({
    low: Math.min(sizeBytes, isEnough ? (floors[i] ?? minBytes) : minBytes),
    high: sizeBytes,
  }));
  return shareOut(guests, bounds, sizeOf(guests) - bytes);
}

function giveTo(guests: readonly BalloonedGuest[], bytes: number): number[] {
  const ceilings = guests.map((guest) =>
    guest.freeBytes < guest.sizeBytes * hungryShare ? guest.maxBytes : guest.sizeBytes,
  );
  const isEnough = sum(guests.map(({ sizeBytes }, i) => (ceilings[i] ?? sizeBytes) - sizeBytes)) >= bytes;
  const bounds = guests.map(({ maxBytes, sizeBytes }, i) => ({
    low: sizeBytes,
    high: Math.max(sizeBytes, isEnough ? (ceilings[i] ?? maxBytes) : maxBytes),
  }));
  return shareOut(guests, bounds, sizeOf(guests) + bytes);
}

interface Bounds {
  readonly low: number;
  readonly high: number;
}

/** Sizes that make the total as far as the bounds let them: above its minimum, each has as much for each of its shares. */
function shareOut(
  guests: readonly BalloonedGuest[],
  bounds: readonly Bounds[],
  totalBytes: number,
): number[] {
  const at = (perShare: number) =>
    guests.map(({ minBytes, shares }, i) => {
      const { low, high } = bounds[i]!;
      return Math.min(high, Math.max(low, minBytes + perShare * shares));
    });
  const highs = bounds.map(({ high }) => high);
  if (sum(highs) <= totalBytes) return highs;
  let none = 0;
  let all = Math.max(0, ...guests.map(({ minBytes, shares }, i) => (highs[i]! - minBytes) / shares));
  // Halving this often leaves less than a byte of any memory.
  for (let i = 0; i < 64; i++) {
    const middle = (none + all) / 2;
    if (sum(at(middle)) <= totalBytes) none = middle;
    else all = middle;
  }
  return at(none);
}

/** Not too much at once, by whole MiB, and inside its range whatever it has now: the range may have been changed. */
function newSize({ sizeBytes, minBytes, maxBytes }: BalloonedGuest, wantedBytes: number): number {
  const step = Math.max(stepBytes, (maxBytes - minBytes) / stepsOfRange);
  const change = Math.min(step, Math.max(-step, wantedBytes - sizeBytes));
  const size = sizeBytes + Math.trunc(change / mebibyte) * mebibyte;
  return Math.min(maxBytes, Math.max(minBytes, size));
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
const sizeOf = (guests: readonly BalloonedGuest[]): number => sum(guests.map(({ sizeBytes }) => sizeBytes));
