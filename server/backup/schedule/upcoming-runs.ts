// When a calendar event runs, in the time zone of a node. Pure.

import { zoneClock } from '../../core/zone-clock.ts';
import { type CalendarEvent, lastCalendarYear } from './calendar-event.ts';

const dayMs = 86_400_000;
/** The last year is over everywhere. */
const endMs = Date.UTC(lastCalendarYear + 1, 0, 2);

/**
 * The first time after `afterMs` at which the event runs, in milliseconds since the epoch; undefined when that never comes
 * (30 February, years gone by). `zone` is the node's (`Europe/Athens`); `invalid-input` when Node does not know it.
 *
 * On days when the clocks change, a time that they skip comes at the moment at which they skip it (02:30 at 03:00, together
 * with what runs at 03:00), a time that they show twice only the first time. Backups need that: their names hold
 * the local time, and two of one name there cannot be.
 *
 * Nothing runs before 1970 or after 2199, so the search is short even for what never comes (about a millisecond).
 */
export function nextRun(event: CalendarEvent, afterMs: number, zone: string): number | undefined {
  for (const atMs of upcomingRuns(event, afterMs, zone)) return atMs;
  return undefined;
}

/** The times from `fromMs` on and before `toMs` at which the event runs, rising, the first `limit` of them. */
export function runsBetween(
  event: CalendarEvent,
  fromMs: number,
  toMs: number,
  zone: string,
  limit = 1000,
): number[] {
  const runs: number[] = [];
  for (const atMs of upcomingRuns(event, Math.ceil(fromMs) - 1, zone)) {
    if (atMs >= toMs || runs.length >= limit) break;
    runs.push(atMs);
  }
  return runs;
}

/** All times after `afterMs` at which the event runs, rising, worked out as they are taken. The rules are those of `nextRun`. */
export function* upcomingRuns(event: CalendarEvent, afterMs: number, zone: string): Generator<number> {
  const clock = zoneClock(event.utc ? 'UTC' : zone);
  if (!(afterMs < endMs)) return;
  let last = Math.max(afterMs, -1);
  // Wall times before this one are over: the instant of a wall time never decreases when that grows.
  const startWall = Math.floor(clock.wallOf(last) / 1000) * 1000;
  for (const dayWall of matchingDays(event, startWall)) {
    for (const second of matchingSeconds(event, (startWall - dayWall) / 1000)) {
      const atMs = clock.instantOf(dayWall + second * 1000);
      if (atMs > last) {
        last = atMs;
        yield atMs;
      }
    }
  }
}

/** The beginnings of the days that match, from the one of `startWall` on, as wall times. */
function* matchingDays(event: CalendarEvent, startWall: number): Generator<number> {
  const startDay = Math.floor(startWall / dayMs) * dayMs;
  const weekdays = new Set(event.weekdays);
  const years = event.years && new Set(event.years);
  for (let year = new Date(startDay).getUTCFullYear(); year <= lastCalendarYear; year += 1) {
    if (years && !years.has(year)) continue;
    for (const month of event.months) {
      const first = Date.UTC(year, month - 1, 1);
      const next = Date.UTC(year, month, 1);
      if (next <= startDay) continue;
      for (const day of event.days) {
        const dayWall = first + (day - 1) * dayMs;
        if (dayWall >= next) break;
        // Sunday is 0 for JavaScript, 7 for us.
        if (dayWall >= startDay && weekdays.has(new Date(dayWall).getUTCDay() || 7)) yield dayWall;
      }
    }
  }
}

/** The seconds of a day that match, from `earliest` on. */
function* matchingSeconds(event: CalendarEvent, earliest: number): Generator<number> {
  for (const hour of event.hours) {
    if (hour * 3600 + 3599 < earliest) continue;
    for (const minute of event.minutes) {
      const minuteStart = hour * 3600 + minute * 60;
      if (minuteStart + 59 < earliest) continue;
      for (const second of event.seconds) {
        if (minuteStart + second >= earliest) yield minuteStart + second;
      }
    }
  }
}
