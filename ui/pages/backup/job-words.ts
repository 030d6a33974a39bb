// What a backup job is, in words: its name, whom it means, when it comes, how many backups stay.
import type { BackupJobItem } from '../../../server/contract/cluster-backup.ts';
import { keepRules } from '../../../server/contract/prune-backups.ts';
import { guestsOfJob } from '../../forms/backup-job.ts';
import { type KeptCounts, keepsAll, readKept } from '../../forms/keep-backups.ts';
import { everyDay, rangesOf, readSchedule } from '../../forms/schedule.ts';
import { locale, t, tn } from '../../i18n/index.ts';
import { guestOf } from '../../live/store.ts';

/** More names than these are told as a number. */
const mostNames = 3;

/** `a, b and c`. */
export const listText = (items: readonly string[]): string => new Intl.ListFormat(locale()).format(items);

/** `100 web`, or only the number where the guest is not to be seen. */
export function guestName(vmid: string | number, name = guestOf(Number(vmid))?.name): string {
  return name === undefined ? String(vmid) : `${vmid} ${name}`;
}

/** Whom a job means: `All guests but 2`, `Pool shop`. */
export function guestsText(job: BackupJobItem): string {
  const choice = guestsOfJob(job);
  const what = chosenText(choice);
  return choice.node === '' ? what : t('backupJob.onNode', { what, node: choice.node });
}

function chosenText({ guests, chosen, except, pool, tags }: ReturnType<typeof guestsOfJob>): string {
  switch (guests) {
    case 'all':
      return t('backupJob.allGuests');
    case 'except':
      return tn('backupJob.allBut', except.length);
    case 'chosen':
      return chosen.length <= mostNames
        ? listText(chosen.map((vmid) => guestName(vmid)))
        : tn('backupJob.count', chosen.length);
    case 'pool':
      return withExceptions(t('backupJob.poolNamed', { pool }), except.length);
    case 'tags':
      return withExceptions(t('backupJob.tagged', { tags: listText(tags) }), except.length);
  }
}

const withExceptions = (what: string, count: number): string =>
  count === 0 ? what : tn('backupJob.butSome', count, { what });

/** What somebody called it, else whom it means. */
export function jobName(job: BackupJobItem): string {
  return job.comment?.trim() || guestsText(job);
}

/** A schedule in words; as it is written where it has no simple ones. */
export function scheduleText(schedule: string): string {
  const shape = readSchedule(schedule);
  if (!shape) return schedule;
  const days = shape.weekdays.length === everyDay.length ? undefined : weekdaysText(shape.weekdays);
  switch (shape.kind) {
    case 'minutes':
      return onDays(tn('schedule.minutes', shape.every), days);
    case 'hours': {
      const { every, first, last } = shape;
      const often = tn('schedule.hours', every);
      const from = inZone(first, shape.utc);
      if (last !== undefined)
        return onDays(t('schedule.between', { often, from: first, to: inZone(last, shape.utc) }), days);
      return onDays(first === '00:00' && !shape.utc ? often : t('schedule.from', { often, from }), days);
    }
    case 'times': {
      const times = inZone(listText(shape.times), shape.utc);
      if (!shape.days)
        return days === undefined ? t('schedule.daily', { times }) : t('schedule.weekdays', { days, times });
      const dates = listText(
        rangesOf(shape.days).map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`)),
      );
      return days === undefined
        ? t('schedule.monthly', { dates, times })
        : t('schedule.weekdayOfMonth', { days, dates, times });
    }
  }
}

const inZone = (time: string, utc: boolean) => (utc ? `${time} UTC` : time);
const onDays = (often: string, days: string | undefined): string =>
  days === undefined ? often : t('schedule.onDays', { days, often: small(often) });

/** Long names for one or two days, ranges for days in a row. */
function weekdaysText(weekdays: readonly number[]): string {
  const style = weekdays.length <= 2 ? 'long' : 'short';
  const names = rangesOf(weekdays).flatMap(([from, to]) =>
    to - from < 2
      ? [from, ...(to === from ? [] : [to])].map((day) => weekdayName(day, style))
      : t('schedule.range', { from: weekdayName(from, style), to: weekdayName(to, style) }),
  );
  return capital(listText(names));
}

/** 1 is Monday, as the first day of 2024 was. */
function weekdayName(day: number, weekday: 'long' | 'short'): string {
  return new Intl.DateTimeFormat(locale(), { weekday, timeZone: 'UTC' }).format(Date.UTC(2024, 0, day));
}

const small = (text: string) => text.charAt(0).toLocaleLowerCase(locale()) + text.slice(1);
const capital = (text: string) => text.charAt(0).toLocaleUpperCase(locale()) + text.slice(1);

/** `last 3, daily 7`. */
export function countsText(kept: KeptCounts): string {
  return keepRules
    .flatMap((rule) => {
      const count = kept[rule];
      return count === undefined
        ? []
        : t(`backupJob.kept.${rule.replace('keep-', '') as KeptWord}`, { count });
    })
    .join(', ');
}
type KeptWord = 'last' | 'hourly' | 'daily' | 'weekly' | 'monthly' | 'yearly';

/** How many backups stay, by `prune-backups` of a job or a storage; undefined where it says nothing. */
export function keptText(value: unknown): string | undefined {
  const kept = readKept(value);
  if (kept === undefined) return undefined;
  return keepsAll(kept) ? t('backupJob.keepAll') : countsText(kept);
}
