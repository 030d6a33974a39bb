// Which backups of a guest there will be after some days of a schedule and its retention. Pure.
import { setImmediate as turn } from 'node:timers/promises';
import { invalidInput } from '../../core/errors.ts';
import { zoneClock } from '../../core/zone-clock.ts';
import type { CalendarEvent } from '../schedule/calendar-event.ts';
import { upcomingRuns } from '../schedule/upcoming-runs.ts';
import { type KeepOptions, type KeepRule, keepsAll } from './keep-options.ts';
import { keptBackups, type PeriodsOfTime, periodsOf } from './kept-backups.ts';

const dayMs = 86_400_000;
const mostDays = 36_500;
/** Milliseconds of work at once, where others wait. */
const turnMs = 8;
/** Bounds of the work, some tenths of a second: a backup each hour for more than two years. */
const mostRuns = 20_000;
const mostLooks = 2_000_000;

export interface ForecastInput {
  readonly event: CalendarEvent;
  readonly keep: KeepOptions;
  /** The node's time zone. */
  readonly zone: string;
  /** From this time on (milliseconds since the epoch), itself included. */
  readonly fromMs: number;
  /** For so many days of the zone: 0 to 36500. */
  readonly days: number;
  /**
   * Times of the backups that are there already, in any order; not of protected and renamed ones, which stay beside. Those
   * from `fromMs` on are left out.
   */
  readonly existing?: readonly number[];
}

export interface RetentionForecast {
  /** Those there are in the end, the newest first. */
  readonly backups: readonly ForecastBackup[];
  /** How often the schedule ran. */
  readonly runs: number;
  /** The most that ever stayed after a run had removed what was to go. */
  readonly mostKept: number;
  /** The most that ever were there, with the one being made: what the storage must have room for. */
  readonly mostAtOnce: number;
  /** How far it goes: the end of the days, or an earlier time when the work had become too much. */
  readonly untilMs: number;
  readonly complete: boolean;
}

export interface ForecastBackup {
  readonly atMs: number;
  /** Undefined when all stay, and for what was there before when no backup ran. */
  readonly keptBy: KeepRule | undefined;
}

interface Entry {
  readonly atMs: number;
  readonly periods: PeriodsOfTime;
}

/**
 * Runs the schedule in thought: each run makes a backup at its very time, then removes what is not kept. Run by run and not
 * once in the end, as a backup that was removed cannot be kept for its month later on.
 *
 * `invalid-input` about `days`, or for an unknown zone.
 */
export function forecastRetention(input: ForecastInput): RetentionForecast {
  const steps = forecastSteps(input);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** The same a few milliseconds at a time, for a process that has more to do. */
export async function forecastInTurns(input: ForecastInput): Promise<RetentionForecast> {
  const steps = forecastSteps(input);
  let begunMs = performance.now();
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (performance.now() - begunMs < turnMs) continue;
    await turn();
    begunMs = performance.now();
  }
}

/** One step for each run of the schedule. */
function* forecastSteps(input: ForecastInput): Generator<undefined, RetentionForecast> {
  const { event, keep, zone, fromMs, days } = input;
  if (!Number.isInteger(days) || days < 0 || days > mostDays)
    throw invalidInput({ days: `must be a whole number from 0 to ${mostDays}` });
  const clock = zoneClock(zone);
  const endMs = clock.instantOf(clock.wallOf(fromMs) + days * dayMs);
  const entryOf = (atMs: number): Entry => ({ atMs, periods: periodsOf(atMs, clock) });
  /** While there are no more, nothing is to be removed. */
  const untouched = keepsAll(keep) ? Number.POSITIVE_INFINITY : (keep['keep-last'] ?? 0);
  let entries = (input.existing ?? [])
    .filter((atMs) => atMs < fromMs)
    .sort((a, b) => a - b)
    .map(entryOf);
  let [runs, looks, mostKept, mostAtOnce] = [0, 0, entries.length, entries.length];
  let cutAt: number | undefined;
  for (const atMs of upcomingRuns(event, Math.ceil(fromMs) - 1, zone)) {
    if (atMs >= endMs) break;
    if (runs >= mostRuns || looks > mostLooks) {
      cutAt = atMs;
      break;
    }
    runs += 1;
    entries.push(entryOf(atMs));
    mostAtOnce = Math.max(mostAtOnce, entries.length);
    if (entries.length > untouched) {
      looks += entries.length;
      entries = entries.filter(staying(entries, keep));
    }
    mostKept = Math.max(mostKept, entries.length);
    yield;
  }
  return {
    backups: withRules(entries, runs > 0 && !keepsAll(keep) ? keep : undefined),
    ...{ runs, mostKept, mostAtOnce, untilMs: cutAt ?? endMs, complete: cutAt === undefined },
  };
}

function rulesOf(oldestFirst: readonly Entry[], keep: KeepOptions): (KeepRule | undefined)[] {
  const newestFirst = oldestFirst.map(({ periods }) => periods).reverse();
  return keptBackups(newestFirst, keep);
}

function staying(oldestFirst: readonly Entry[], keep: KeepOptions): (entry: Entry, place: number) => boolean {
  const rules = rulesOf(oldestFirst, keep);
  return (_, place) => rules[rules.length - 1 - place] !== undefined;
}

/** The newest first. Pruning once more removes nothing, so asking again for the rules gives those by which they stayed. */
function withRules(oldestFirst: readonly Entry[], keep: KeepOptions | undefined): ForecastBackup[] {
  const rules = keep && rulesOf(oldestFirst, keep);
  return oldestFirst.toReversed().map(({ atMs }, place) => ({ atMs, keptBy: rules?.[place] }));
}
