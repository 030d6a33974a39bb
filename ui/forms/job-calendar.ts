// The runs of backup jobs, day by day. Pure.

/** How a day is written: `2026-11-23`, in the zone in which the runs are told. */
export type DayName = string;

export interface JobRuns<J> {
  readonly job: J;
  /** Milliseconds since the epoch, rising. */
  readonly runs: readonly number[];
  /** Days of which not all runs are known. */
  readonly cut: ReadonlySet<DayName>;
}

export interface CalendarEntry<J> {
  readonly job: J;
  readonly first: number;
  readonly last: number;
  readonly count: number;
  /** There are more than `count`. */
  readonly more: boolean;
}

export interface CalendarDay<J> {
  readonly day: DayName;
  /** By their first run; a job that runs many times is one of them. */
  readonly entries: readonly CalendarEntry<J>[];
}

/** `days` in their order; runs before `now` are gone. `dayOf`: the day of a moment. */
export function calendarOf<J>(
  days: readonly DayName[],
  jobs: readonly JobRuns<J>[],
  now: number,
  dayOf: (at: number) => DayName,
): CalendarDay<J>[] {
  const byDay = new Map<DayName, CalendarEntry<J>[]>(days.map((day) => [day, []]));
  for (const { job, runs, cut } of jobs) {
    const ofJob = new Map<DayName, number[]>();
    for (const at of runs) {
      if (at <= now) continue;
      const day = dayOf(at);
      const known = ofJob.get(day);
      if (known) known.push(at);
      else ofJob.set(day, [at]);
    }
    for (const [day, times] of ofJob)
      byDay.get(day)?.push({
        ...{ job, first: times[0]!, last: times.at(-1)!, count: times.length },
        more: cut.has(day),
      });
  }
  return days.map((day) => ({
    day,
    entries: (byDay.get(day) ?? []).sort((a, b) => a.first - b.first),
  }));
}

/** The days from the one of a moment on. By noon, where clocks change: no day is left out or comes twice. */
export function daysFrom(first: DayName, count: number): DayName[] {
  const noon = Date.parse(`${first}T12:00:00Z`);
  return Array.from({ length: count }, (_, i) => new Date(noon + i * 86_400_000).toISOString().slice(0, 10));
}

/** The most that one call answers. */
export const mostRunsAtOnce = 100;

/**
 * All runs after `from` and before `to`, asked for in parts: `ask` answers the first hundred after a moment. Of a day with more
 * than that only these are asked for, and the day is told as cut. `startOf`: when a day begins.
 */
export async function runsUntil(
  from: number,
  to: number,
  ask: (after: number) => Promise<readonly number[]>,
  dayOf: (at: number) => DayName,
  startOf: (day: DayName) => number,
): Promise<Omit<JobRuns<never>, 'job'>> {
  const runs: number[] = [];
  const cut = new Set<DayName>();
  let after = from;
  // A second is as near as times of schedules come.
  while (after < to - 1000) {
    const part = await ask(after);
    runs.push(...part.filter((at) => at < to));
    const last = part.at(-1);
    if (last === undefined || part.length < mostRunsAtOnce || last >= to || last <= after) break;
    const day = dayOf(last);
    if (dayOf(part[0]!) === day) {
      cut.add(day);
      // The next day's first may be its very beginning.
      after = startOf(daysFrom(day, 2)[1]!) - 1000;
    } else after = last;
  }
  return { runs, cut };
}
