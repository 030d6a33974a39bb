// The picture of what a rule about keeping leaves: a cell for each day of up to a year, or for each month of more. Pure.
import { type KeepRule, keepRules } from '../../server/contract/prune-backups.ts';
import { type DayName, daysFrom } from './job-calendar.ts';

export interface KeptBackup {
  /** Seconds since the epoch. */
  readonly time: number;
  readonly rule?: KeepRule | undefined;
}

export interface PictureCell {
  /** From 1 on, as a grid counts. */
  readonly column: number;
  readonly row: number;
  /** The day, or the first of the month. */
  readonly day: DayName;
  readonly count: number;
}

export interface RetentionPicture {
  readonly of: 'days' | 'months';
  readonly columns: number;
  readonly cells: readonly PictureCell[];
  /** Of days: the columns over which a month begins. Of months: the rows, each with its year. */
  readonly marks: readonly { readonly at: number; readonly day: DayName }[];
}

/** More days than these are told by months. */
export const mostDays = 400;
/** A month whose name has no room before the next. */
const narrowColumns = 3;

/** `from` and `until` are days, both shown; `dayOf`: the day of a backup. */
export function retentionPicture(
  backups: readonly KeptBackup[],
  from: DayName,
  until: DayName,
  dayOf: (seconds: number) => DayName,
): RetentionPicture {
  const counts = new Map<string, number>();
  const days = daysFrom(from, daysBetween(from, until) + 1);
  const byDay = days.length <= mostDays;
  const nameOf = (day: DayName) => (byDay ? day : day.slice(0, 7));
  for (const { time } of backups) {
    const name = nameOf(dayOf(time));
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const countOf = (day: DayName) => counts.get(nameOf(day)) ?? 0;
  return byDay ? picturedDays(days, countOf) : picturedMonths(days, countOf);
}

/** Weeks beside one another, Monday above. */
function picturedDays(days: readonly DayName[], countOf: (day: DayName) => number): RetentionPicture {
  const before = weekdayOf(days[0]!);
  const cells = days.map((day, i) => ({
    column: Math.floor((before + i) / 7) + 1,
    row: ((before + i) % 7) + 1,
    ...{ day, count: countOf(day) },
  }));
  const columns = cells.at(-1)!.column;
  const begun = cells.filter(({ day }, i) => i === 0 || day.endsWith('-01'));
  const marks = begun
    .filter(({ column }, i) => (begun[i + 1]?.column ?? columns + 1) - column >= narrowColumns)
    .map(({ column, day }) => ({ at: column, day }));
  return { of: 'days', columns, cells, marks };
}

/** A year in each row. */
function picturedMonths(days: readonly DayName[], countOf: (day: DayName) => number): RetentionPicture {
  const months = [...new Set(days.map((day) => `${day.slice(0, 7)}-01`))];
  const first = yearOf(months[0]!);
  const cells = months.map((day) => ({
    ...{ column: Number(day.slice(5, 7)), row: yearOf(day) - first + 1, day, count: countOf(day) },
  }));
  const marks = cells
    .filter(({ row }, i) => cells[i - 1]?.row !== row)
    .map(({ row, day }) => ({ at: row, day }));
  return { of: 'months', columns: 12, cells, marks };
}

const yearOf = (day: DayName) => Number(day.slice(0, 4));
/** 0 is Monday. */
const weekdayOf = (day: DayName) => (new Date(`${day}T12:00:00Z`).getUTCDay() + 6) % 7;
const daysBetween = (from: DayName, until: DayName) =>
  Math.max(0, Math.round((Date.parse(`${until}T12:00:00Z`) - Date.parse(`${from}T12:00:00Z`)) / 86_400_000));

/** How many backups each rule keeps. */
export function countsByRule(backups: readonly KeptBackup[]): Partial<Record<KeepRule, number>> {
  const counted = keepRules.map((rule) => [rule, backups.filter((one) => one.rule === rule).length] as const);
  return Object.fromEntries(counted.filter(([, count]) => count > 0));
}
