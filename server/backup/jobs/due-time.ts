// When a job is due: the times that count, those that are let go, and what a clock that was set does to them. Pure.
import type { CalendarEvent } from '../schedule/calendar-event.ts';
import { nextRun } from '../schedule/upcoming-runs.ts';

/**
 * Milliseconds: so late a run begins all the same, whatever the job says. It lets a machine restart over the hour of its backups; and a
 * clock that is set forward by minutes costs nobody the night's backup.
 */
const lateMs = 10 * 60_000;

/**
 * Milliseconds: a clock that is set back by no more runs nothing twice. When times are dealt with that lie further ahead, the clock was
 * wrong then, and they count for nothing: else a day in the wrong year would end all backups.
 */
const aheadMs = 60 * 60_000;

export interface DueQuestion {
  readonly event: CalendarEvent;
  readonly zone: string;
  /** Times up to this one are dealt with. */
  readonly handledUntil: number;
  /** Runs, once, for what was missed; else times that are gone by `lateMs` are let go. */
  readonly catchUp: boolean;
  readonly now: number;
}

/** The time that the job runs for next: in the past when it is due; undefined when none comes any more. */
export function dueTime({ event, zone, handledUntil, catchUp, now }: DueQuestion): number | undefined {
  return nextRun(event, catchUp ? handledUntil : Math.max(handledUntil, now - lateMs), zone);
}

/** Can `handledUntil` be of the clock as it is now? */
export function isWrongClock(handledUntil: number, now: number): boolean {
  return handledUntil > now + aheadMs;
}
