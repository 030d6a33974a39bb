import { describe, expect, it } from 'vitest';
import { parseCalendarEvent } from '../schedule/calendar-event.ts';
import { runsBetween } from '../schedule/upcoming-runs.ts';
import { keepsAll, mostBackups, parseKeepOptions } from './keep-options.ts';
import { markBackups } from './mark-backups.ts';
import { forecastInTurns, forecastRetention } from './retention-forecast.ts';

const zone = 'Europe/Athens';
const dayMs = 86_400_000;
const fromMs = Date.parse('2026-05-31T21:00:00Z');

function forecast(schedule: string, keep: string, days: number, existing?: number[]) {
  return forecastRetention({
    ...{ event: parseCalendarEvent(schedule), keep: parseKeepOptions(keep), zone, fromMs, days },
    ...(existing ? { existing } : {}),
  });
}

const show = ({ backups }: ReturnType<typeof forecast>) =>
  backups.map(({ atMs, keptBy }) => `${new Date(atMs).toISOString().slice(0, 16)} ${keptBy ?? '-'}`);

describe('the forecast', () => {
  it('has what stays, the newest first, with the reason', () => {
    const result = forecast('2,14:00', 'keep-last=1,keep-daily=2', 5);
    expect(show(result)).toEqual([
      '2026-06-05T11:00 keep-last',
      '2026-06-04T11:00 keep-daily',
      '2026-06-03T11:00 keep-daily',
    ]);
    expect(result).toMatchObject({ runs: 10, mostKept: 3, mostAtOnce: 4, complete: true });
    expect(result.untilMs).toBe(fromMs + 5 * dayMs);
  });

  it('starts with what is there', () => {
    const existing = [fromMs - 40 * dayMs, fromMs - dayMs, fromMs - 2 * dayMs, fromMs + dayMs];
    expect(show(forecast('2:00', 'keep-last=2,keep-monthly=1', 1, existing))).toEqual([
      '2026-05-31T23:00 keep-last',
      '2026-05-30T21:00 keep-last',
      '2026-04-21T21:00 keep-monthly',
    ]);
    expect(forecast('2:00', 'keep-last=2,keep-monthly=1', 1, existing)).toMatchObject({
      mostAtOnce: 4,
      mostKept: 3,
    });
  });

  it('removes nothing while nothing runs', () => {
    const result = forecast('2026-01-01', 'keep-last=1', 30, [fromMs - dayMs, fromMs - 2 * dayMs]);
    expect(show(result)).toEqual(['2026-05-30T21:00 -', '2026-05-29T21:00 -']);
    expect(result).toMatchObject({ runs: 0, mostKept: 2, mostAtOnce: 2, complete: true });
  });

  it('keeps all without a limit', () => {
    const result = forecast('daily', 'keep-all=1', 10);
    expect(result).toMatchObject({ runs: 10, mostKept: 10, mostAtOnce: 10, complete: true });
    expect(result.backups.every(({ keptBy }) => keptBy === undefined)).toBe(true);
  });

  it('has days of the zone, not of 24 hours', () => {
    const result = forecastRetention({
      ...{ event: parseCalendarEvent('*'), keep: parseKeepOptions('keep-last=5'), zone, days: 1 },
      fromMs: Date.parse('2026-10-24T21:00:00Z'),
    });
    // A day of 25 hours, of which one is not run in.
    expect(result.runs).toBe(24 * 60);
    expect(result.untilMs).toBe(Date.parse('2026-10-25T22:00:00Z'));
  });

  it.each([
    ['21:00', 'keep-last=3,keep-daily=13,keep-weekly=8,keep-monthly=11,keep-yearly=9', 800],
    ['*/4:30', 'keep-hourly=5,keep-daily=3,keep-weekly=2', 60],
    ['mon,wed,sat 3:30', 'keep-weekly=3,keep-monthly=2', 200],
    ['*/2:00', 'keep-last=20', 20],
    ['3:30', 'keep-daily=2', 30],
    ['3:30', 'keep-all=1', 40],
  ])('%s with %s for %i days is what marking after each run gives', (schedule, keepText, days) => {
    const keep = parseKeepOptions(keepText);
    let there: { standard: true; kind: string; vmid: number; atMs: number }[] = [];
    let most = 0;
    const runs = runsBetween(parseCalendarEvent(schedule), fromMs, fromMs + days * dayMs, zone, 1e6);
    for (const atMs of runs) {
      there.push({ standard: true, kind: 'qemu', vmid: 100, atMs });
      there = markBackups(there, keep, zone).flatMap(({ mark, backup }) => (mark === 'keep' ? [backup] : []));
      most = Math.max(most, there.length);
    }
    const result = forecast(schedule, keepText, days);
    expect(result.backups.map(({ atMs }) => atMs).reverse()).toEqual(there.map(({ atMs }) => atMs));
    expect(result).toMatchObject({ runs: runs.length, mostKept: most, complete: true });
    expect(result.mostKept).toBeLessThanOrEqual(mostBackups(keep) ?? runs.length);
    expect(result.backups.every(({ keptBy }) => (keptBy === undefined) === keepsAll(keep))).toBe(true);
  });

  it('bears out what the manual promises of its example for ten years', () => {
    const example = 'keep-last=3,keep-daily=13,keep-weekly=8,keep-monthly=11,keep-yearly=9';
    const { backups } = forecast('21:00', example, 3653);
    const newest = backups[0]!.atMs;
    const within = (days: number) => backups.filter(({ atMs }) => newest - atMs <= days * dayMs).length;
    expect(within(14)).toBeGreaterThanOrEqual(14);
    // Weekly ones for two months, monthly ones for a year.
    const gaps = backups.slice(1).map(({ atMs }, index) => (backups[index]!.atMs - atMs) / dayMs);
    const longestGap = (days: number) =>
      Math.max(...gaps.filter((_, index) => newest - backups[index + 1]!.atMs <= days * dayMs));
    expect(longestGap(60)).toBeLessThanOrEqual(7.1);
    // Five weeks at most: what stays for a month was a weekly one before.
    expect(longestGap(365)).toBeLessThanOrEqual(35.1);
    expect((newest - backups.at(-1)!.atMs) / 365.25 / dayMs).toBeGreaterThan(9);
  });

  it.each([
    ['*', 'keep-hourly=1000000'],
    ['*', 'keep-last=1000000'],
    ['*:*:*', 'keep-all=1'],
    ['hourly', 'keep-hourly=1000000'],
  ])('%s with %s for 20 years is cut, and says so', (schedule, keep) => {
    const result = forecast(schedule, keep, 7300);
    expect(result.complete).toBe(false);
    expect(result.untilMs).toBeGreaterThan(result.backups[0]!.atMs);
    expect(result.untilMs).toBeLessThan(fromMs + 7300 * dayMs);
    expect(result.runs).toBeLessThanOrEqual(20_000);
  });

  it('lets others work meanwhile, and comes to the same', async () => {
    const input = {
      ...{ event: parseCalendarEvent('*/30'), keep: parseKeepOptions('keep-hourly=50,keep-weekly=9') },
      ...{ zone, fromMs, days: 90 },
    };
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 0);
    const found = await forecastInTurns(input);
    clearInterval(timer);
    expect(found).toEqual(forecastRetention(input));
    expect(turns).toBeGreaterThan(2);
    await expect(forecastInTurns({ ...input, days: -1 })).rejects.toMatchObject({ code: 'invalid-input' });
  });

  it.each([-1, 0.5, 36_501, Number.NaN, Number.POSITIVE_INFINITY])('refuses %s days', (days) => {
    expect(() => forecast('daily', 'keep-last=1', days)).toThrow(
      expect.objectContaining({ code: 'invalid-input', fields: { days: expect.any(String) } }),
    );
  });
});
