// When it is time to say that a guest has no recent backup. Pure.
import type { CalendarEvent } from '../schedule/calendar-event.ts';
import { runsBetween } from '../schedule/upcoming-runs.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Milliseconds that a backup has, from the time of its job on, before it is missed: a long queue and one more try are no alarm. */
const allowedMs = dayMs;
/** The time in a backup's name is local: where clocks change it may be an hour off. */
const clockSlackMs = hourMs;
/** A guest that no job takes care of is well for so long after somebody backed it up, and for a day after it was made. */
const ownCareMs = 8 * dayMs;

/** `late`: a job should have made a backup more than a day ago, and there is none as new. `none`: nothing takes care of it. */
export type BackupAlert = { readonly kind: 'late'; readonly dueAt: number } | { readonly kind: 'none' };

/** Times in milliseconds since the epoch. */
export interface BackedUpGuest {
  readonly createdAt: number;
  /** Of the newest backup, on any storage. */
  readonly newestAt: number | undefined;
  readonly template: boolean;
}

/** An enabled job that means the guest. */
export interface CoveringJob {
  /** The newest of its times that a backup must be there for by now, by `expectedSince`. */
  readonly expectedAt: number | undefined;
  /** When it was made or got its schedule. */
  readonly since: number;
}

/** What is to be said of a guest. Templates change no more: they need no job. */
export function backupAlert(
  guest: BackedUpGuest,
  jobs: readonly CoveringJob[],
  now: number,
): BackupAlert | undefined {
  const newestAt = guest.newestAt ?? Number.NEGATIVE_INFINITY;
  if (jobs.length === 0) {
    const cared = guest.template || now - guest.createdAt < dayMs || now - newestAt < ownCareMs;
    return cared ? undefined : { kind: 'none' };
  }
  const expected = jobs.flatMap(({ expectedAt, since }) =>
    expectedAt !== undefined && expectedAt > since && expectedAt > guest.createdAt ? [expectedAt] : [],
  );
  const dueAt = Math.max(...expected);
  return expected.length > 0 && newestAt < dueAt - clockSlackMs ? { kind: 'late', dueAt } : undefined;
}

/** The newest time of a schedule for which a backup must be there by now; undefined when there is none in five years. */
export function expectedSince(event: CalendarEvent, now: number, zone: string): number | undefined {
  return newestTime(event, now - allowedMs, zone);
}

/** Wider and wider, so that what comes each second is not gone through for a year. */
const spansMs = [hourMs, dayMs, 8 * dayMs, 32 * dayMs, 367 * dayMs, 5 * 366 * dayMs];

function newestTime(event: CalendarEvent, until: number, zone: string): number | undefined {
  for (const span of spansMs) {
    const newest = runsBetween(event, until - span, until + 1, zone, Number.POSITIVE_INFINITY).at(-1);
    if (newest !== undefined) return newest;
  }
  return undefined;
}
