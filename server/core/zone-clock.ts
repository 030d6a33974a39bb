// Local time of a named time zone, both ways, with the changes of its offset (summer time). Pure: from the zones that Node carries.
import { AppError } from './errors.ts';

const secondMs = 1000;
const dayMs = 86_400_000;
/** Twice the longest step of a zone's offset: a whole day, when islands changed sides of the date line. */
const aroundMs = 2 * dayMs;
/** Days whose offsets are remembered; then all are forgotten. Some 55 years. */
const mostDays = 20_000;
const mostZones = 1000;

/**
 * A zone's local time. A *wall* time is what its clocks show, counted in milliseconds as if it were UTC, so that `Date`'s
 * UTC methods take it apart.
 *
 * Exact from 1970 on: it relies on a zone never changing twice within four days, which holds for all zones of tzdata 2026c
 * from that year on (the nearest two changes are 6.9 days apart: Brazil, October 2000).
 */
export interface ZoneClock {
  /** Milliseconds by which the zone is ahead of UTC at a time (milliseconds since the epoch). */
  offsetMsAt(atMs: number): number;
  /** What clocks show at a time. */
  wallOf(atMs: number): number;
  /**
   * When clocks show a wall time: the first time if they show it twice; if they skip it, the moment at which they skip.
   * Never decreases when the wall time grows.
   */
  instantOf(wallMs: number): number;
}

/**
 * Clocks by zone in small letters (Intl takes names in any case). Nothing but a memory: what a clock answers never depends on
 * what was asked before.
 */
const clocks = new Map<string, ZoneClock>();

/** The clock of a zone (`Europe/Athens`, `UTC`); `invalid-input` for one that Node does not know. The same one each time, as it remembers. */
export function zoneClock(zone: string): ZoneClock {
  const key = zone.toLowerCase();
  const known = clocks.get(key);
  if (known) return known;
  if (clocks.size >= mostZones) clocks.clear();
  const clock = createZoneClock(zone);
  clocks.set(key, clock);
  return clock;
}

function createZoneClock(zone: string): ZoneClock {
  const format = formatFor(zone);
  /** Offsets at the beginning of days (of UTC), by the day's number. */
  const offsets = new Map<number, number>();
  /** When the offset changes, by the number of a day at whose end it is another than at its beginning. */
  const changes = new Map<number, number>();

  const atBeginning = (day: number): number => {
    let offset = offsets.get(day);
    if (offset === undefined) {
      if (offsets.size >= mostDays) offsets.clear();
      offset = readOffset(format, day * dayMs);
      offsets.set(day, offset);
    }
    return offset;
  };

  const changeOf = (day: number): number => {
    let change = changes.get(day);
    if (change === undefined) {
      change = firstAfter(format, day * dayMs, (day + 1) * dayMs);
      changes.set(day, change);
    }
    return change;
  };

  const offsetMsAt = (atMs: number): number => {
    const day = Math.floor(atMs / dayMs);
    const before = atBeginning(day);
    const after = atBeginning(day + 1);
    return before === after || atMs < changeOf(day) ? before : after;
  };

  return {
    offsetMsAt,
    wallOf: (atMs) => atMs + offsetMsAt(atMs),
    instantOf(wallMs) {
      const before = offsetMsAt(wallMs - aroundMs);
      const after = offsetMsAt(wallMs + aroundMs);
      const early = wallMs - before;
      if (before === after || offsetMsAt(early) === before) return early;
      const late = wallMs - after;
      if (offsetMsAt(late) === after) return late;
      // Skipped: by the old offset it comes after the change, by the new one before it.
      return firstAfter(format, late, early);
    },
  };
}

function formatFor(zone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', {
      ...{ timeZone: zone, year: 'numeric', month: 'numeric', day: 'numeric' },
      ...{ hour: 'numeric', minute: 'numeric', second: 'numeric', hourCycle: 'h23' },
    });
  } catch (cause) {
    throw new AppError('invalid-input', 'the time zone is not known', { cause, data: { zone } });
  }
}

/** Asks Intl: some microseconds, which is why answers are remembered. */
function readOffset(format: Intl.DateTimeFormat, atMs: number): number {
  const wholeMs = Math.floor(atMs / secondMs) * secondMs;
  const [month, day, year, hour, minute, second] = format.format(wholeMs).match(/\d+/g)!.map(Number);
  return Date.UTC(year!, month! - 1, day, hour, minute, second) - wholeMs;
}

/** The first whole second with the offset that holds at `toMs`, when there is one change between the two. */
function firstAfter(format: Intl.DateTimeFormat, fromMs: number, toMs: number): number {
  const goal = readOffset(format, toMs);
  let before = Math.floor(fromMs / secondMs);
  let after = Math.floor(toMs / secondMs);
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (readOffset(format, middle * secondMs) === goal) after = middle;
    else before = middle;
  }
  return after * secondMs;
}
