// Which of one guest's backups stay, by their times. The heart of retention. Pure.
import type { ZoneClock } from '../../core/zone-clock.ts';
import { activeRules, type KeepOptions, type KeepRule } from './keep-options.ts';

const hourMs = 3_600_000;
const dayMs = 86_400_000;

/** For each rule, a number that is the same for all backups of one period: of one hour, one day, ... */
export type PeriodsOfTime = Readonly<Record<KeepRule, number>>;

/**
 * The periods that a time falls into, by local time: an hour that clocks show twice is one hour. Weeks are those of ISO 8601:
 * from Monday on, over the turn of the year. `keep-last` has each second as a period of its own.
 */
export function periodsOf(atMs: number, clock: ZoneClock): PeriodsOfTime {
  const wall = clock.wallOf(atMs);
  const day = Math.floor(wall / dayMs);
  const date = new Date(wall);
  return {
    'keep-last': Math.floor(atMs / 1000),
    'keep-hourly': Math.floor(wall / hourMs),
    'keep-daily': day,
    // 1 January 1970 was a Thursday, the fourth day of its week.
    'keep-weekly': Math.floor((day + 3) / 7),
    'keep-monthly': date.getUTCFullYear() * 12 + date.getUTCMonth(),
    'keep-yearly': date.getUTCFullYear(),
  };
}

/**
 * By which rule each backup stays; undefined for those that go. `newestFirst` are the periods of one guest's backups, sorted by
 * time; `keep` must have a rule (the caller asks `keepsAll`).
 *
 * As described in the "Backup Retention" section of the Proxmox VE manual, with what its storages do in detail. The rules
 * are taken in order. Each goes from the newest backup to the oldest and keeps the newest of so many periods. Periods in which
 * an earlier rule has already kept one neither count nor change. What else lies in a period that counts is gone for good: later
 * rules do not see it. What is older than the last period that counts is left to the later rules.
 */
export function keptBackups(
  newestFirst: readonly PeriodsOfTime[],
  keep: KeepOptions,
): (KeepRule | undefined)[] {
  const keptBy: (KeepRule | undefined)[] = new Array(newestFirst.length).fill(undefined);
  let open = newestFirst.map((_, index) => index);
  for (const { rule, count } of activeRules(keep)) {
    const covered = new Set<number>();
    for (const [index, by] of keptBy.entries()) if (by !== undefined) covered.add(newestFirst[index]![rule]);
    const periods = firstPeriods(open, (index) => newestFirst[index]![rule], covered, count);
    const settled = new Set([...periods.values()].flat());
    for (const [newest] of periods.values()) keptBy[newest!] = rule;
    open = open.filter((index) => !settled.has(index));
  }
  return keptBy;
}

/** The backups of the first `count` periods that are not covered, by their period, in the order given. */
function firstPeriods(
  backups: readonly number[],
  periodOf: (index: number) => number,
  covered: ReadonlySet<number>,
  count: number,
): Map<number, number[]> {
  const periods = new Map<number, number[]>();
  for (const index of backups) {
    const period = periodOf(index);
    if (covered.has(period)) continue;
    const members = periods.get(period);
    if (members) members.push(index);
    else if (periods.size === count) break;
    else periods.set(period, [index]);
  }
  return periods;
}
