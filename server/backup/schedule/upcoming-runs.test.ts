import { describe, expect, it } from 'vitest';
import { parseCalendarEvent } from './calendar-event.ts';
import { nextRun, runsBetween, upcomingRuns } from './upcoming-runs.ts';

const at = (text: string) => Date.parse(text);
const show = (ms: number | undefined) =>
  ms === undefined ? undefined : new Date(ms).toISOString().replace(':00.000Z', 'Z').replace('.000Z', 'Z');
const next = (text: string, after: string, zone: string) =>
  show(nextRun(parseCalendarEvent(text), at(after), zone));

describe('the next run', () => {
  it.each([
    // Never the time itself.
    ['daily', '2026-02-01T00:00:00Z', '2026-02-02T00:00Z'],
    ['daily', '2026-01-31T23:59:59.999Z', '2026-02-01T00:00Z'],
    ['daily', '2026-02-01T00:00:00.001Z', '2026-02-02T00:00Z'],
    ['*', '2026-02-01T00:00:59Z', '2026-02-01T00:01Z'],
    ['*:*:*', '2026-02-01T00:00:00Z', '2026-02-01T00:00:01Z'],
    ['*:3:5', '2026-02-01T00:03:05Z', '2026-02-01T01:03:05Z'],
    ['*:3:5', '2026-02-01T00:03:04.5Z', '2026-02-01T00:03:05Z'],
    ['*:59:59', '2026-02-01T02:59:58Z', '2026-02-01T02:59:59Z'],
    ['0', '2026-02-01T00:00:00Z', '2026-02-01T01:00Z'],
    ['5/2:0', '2026-02-01T00:00:00Z', '2026-02-01T05:00Z'],
    ['5/2:0', '2026-02-01T05:00:00Z', '2026-02-01T07:00Z'],
    ['5/2:0', '2026-02-01T23:00:00Z', '2026-02-02T05:00Z'],
    ['4..10/2:0', '2026-02-01T11:00:00Z', '2026-02-02T04:00Z'],
    ['10,5:8,4', '2026-02-01T00:00:00Z', '2026-02-01T05:04Z'],
    // Over the ends of weeks, months and years. 1 February 2026 is a Sunday.
    ['mon 2:50', '2026-02-01T00:00:00Z', '2026-02-02T02:50Z'],
    ['sun', '2026-02-01T00:00:00Z', '2026-02-08T00:00Z'],
    ['sat', '2026-02-01T00:00:00Z', '2026-02-07T00:00Z'],
    ['fri', '2020-12-31T00:00:00Z', '2021-01-01T00:00Z'],
    ['wed', '2020-12-31T00:00:00Z', '2021-01-06T00:00Z'],
    ['weekly', '2026-02-01T00:00:00Z', '2026-02-02T00:00Z'],
    ['monthly', '2026-02-01T00:00:00Z', '2026-03-01T00:00Z'],
    ['quarterly', '2026-02-01T00:00:00Z', '2026-04-01T00:00Z'],
    ['semiannually', '2026-02-01T00:00:00Z', '2026-07-01T00:00Z'],
    ['yearly', '2026-02-01T00:00:00Z', '2027-01-01T00:00Z'],
    ['*-31', '2026-01-31T00:00:00Z', '2026-03-31T00:00Z'],
    ['sat *-1..7 02:00', '2026-02-01T00:00:00Z', '2026-02-07T02:00Z'],
    ['sat *-1..7 02:00', '2026-02-07T02:00:00Z', '2026-03-07T02:00Z'],
    ['02-29', '2026-02-01T00:00:00Z', '2028-02-29T00:00Z'],
    // 2100 is no leap year.
    ['mon 02-29', '2072-03-01T00:00:00Z', '2112-02-29T00:00Z'],
    ['wed 02-29', '2096-03-01T00:00:00Z', '2108-02-29T00:00Z'],
    ['2020-7..9-2/2', '2020-07-31T00:00:00Z', '2020-08-02T00:00Z'],
    ['2199-12-31 23:59:59', '2026-02-01T00:00:00Z', '2199-12-31T23:59:59Z'],
    ['1965/5-01-01', '1970-01-01T00:00:00Z', '1975-01-01T00:00Z'],
    ['1965/5-01-01', '1950-01-01T00:00:00Z', '1970-01-01T00:00Z'],
  ])('%s after %s', (text, after, expected) => {
    expect(next(text, after, 'UTC')).toBe(expected);
  });

  it.each([
    ['02-30', '2026-02-01T00:00:00Z'],
    ['*-2,4,6,9,11-31 *:*:*', '2026-02-01T00:00:00Z'],
    ['2021-02-29', '1970-01-01T00:00:00Z'],
    ['2015-10-21', '2026-02-01T00:00:00Z'],
    ['mon 2026-02-01', '2026-01-01T00:00:00Z'],
    ['2199-12-31', '2199-12-31T00:00:00Z'],
    ['*', '2200-01-01T00:00:00Z'],
  ])('%s after %s never comes', (text, after) => {
    expect(next(text, after, 'UTC')).toBeUndefined();
  });

  it('of a time that is none does not come, and of one long ago comes at once', () => {
    const minutely = parseCalendarEvent('*');
    for (const after of [Number.NaN, Number.POSITIVE_INFINITY, 8.64e15, 1e20])
      expect(nextRun(minutely, after, 'Europe/Athens')).toBeUndefined();
    for (const after of [Number.NEGATIVE_INFINITY, -8.64e15, -1])
      expect(nextRun(minutely, after, 'Europe/Athens')).toBe(0);
  });

  it('is by the time zone of the node, or UTC', () => {
    expect(next('02:30', '2026-01-15T00:00:00Z', 'Europe/Athens')).toBe('2026-01-15T00:30Z');
    expect(next('02:30', '2026-01-15T00:30:00Z', 'Europe/Athens')).toBe('2026-01-16T00:30Z');
    expect(next('02:30 UTC', '2026-01-15T00:30:00Z', 'Europe/Athens')).toBe('2026-01-15T02:30Z');
    expect(next('mon', '2026-02-01T12:00:00Z', 'Pacific/Auckland')).toBe('2026-02-08T11:00Z');
    expect(() => next('02:30', '2026-01-15T00:30:00Z', 'Europe/Atlantis')).toThrow('time zone');
  });
});

/** Runs of an event from one time to another, as `day hour:minute` of UTC. */
const runs = (text: string, zone: string, from: string, to: string) =>
  runsBetween(parseCalendarEvent(text), at(from), at(to), zone).map((ms) => show(ms)!.slice(8, -1));

describe('when clocks change', () => {
  const spring = ['Europe/Athens', '2026-03-28T22:00:00Z', '2026-03-29T03:00:00Z'] as const;
  const autumn = ['Europe/Athens', '2026-10-24T22:00:00Z', '2026-10-25T03:00:00Z'] as const;
  it.each([
    // Athens skips 03:00 to 04:00 on 29 March 2026, at 01:00 UTC.
    ['02:30', ...spring, ['29T00:30']],
    ['03:00', ...spring, ['29T01:00']],
    ['03:30', ...spring, ['29T01:00']],
    ['03:59:59', ...spring, ['29T01:00']],
    ['04:00', ...spring, ['29T01:00']],
    ['3,4:0,30', ...spring, ['29T01:00', '29T01:30']],
    ['hourly', ...spring, ['28T22:00', '28T23:00', '29T00:00', '29T01:00', '29T02:00']],
    ['sun *-25..31 03:15', ...spring, ['29T01:00']],
    // And shows 03:00 to 04:00 twice on 25 October 2026, from 00:00 and from 01:00 UTC.
    ['03:00', ...autumn, ['25T00:00']],
    ['03:30', ...autumn, ['25T00:30']],
    ['04:00', ...autumn, ['25T02:00']],
    ['hourly', ...autumn, ['24T22:00', '24T23:00', '25T00:00', '25T02:00']],
    [
      '*/30',
      ...autumn,
      ['24T22:00', '24T22:30', '24T23:00', '24T23:30', '25T00:00', '25T00:30', '25T02:00', '25T02:30'],
    ],
    ['hourly UTC', ...autumn, ['24T22:00', '24T23:00', '25T00:00', '25T01:00', '25T02:00']],
    // São Paulo skipped the first hour of 4 November 2018, and showed the last of 17 February 2018 twice.
    [
      'daily',
      'America/Sao_Paulo',
      '2018-11-03T00:00:00Z',
      '2018-11-06T00:00:00Z',
      ['03T03:00', '04T03:00', '05T02:00'],
    ],
    ['sun 0:15', 'America/Sao_Paulo', '2018-11-02T00:00:00Z', '2018-11-06T00:00:00Z', ['04T03:00']],
    [
      '23:30',
      'America/Sao_Paulo',
      '2018-02-17T00:00:00Z',
      '2018-02-19T12:00:00Z',
      ['17T01:30', '18T01:30', '19T02:30'],
    ],
    // Lord Howe changes by half an hour.
    [
      '02:15',
      'Australia/Lord_Howe',
      '2026-10-03T00:00:00Z',
      '2026-10-05T00:00:00Z',
      ['03T15:30', '04T15:15'],
    ],
    [
      '01:45',
      'Australia/Lord_Howe',
      '2026-04-04T00:00:00Z',
      '2026-04-06T00:00:00Z',
      ['04T14:45', '05T15:15'],
    ],
    // Apia had no 30 December 2011.
    [
      '02:30',
      'Pacific/Apia',
      '2011-12-29T00:00:00Z',
      '2012-01-01T00:00:00Z',
      ['29T12:30', '30T10:00', '30T12:30', '31T12:30'],
    ],
  ])('%s in %s from %s', (text, zone, from, to, expected) => {
    expect(runs(text, zone, from, to)).toEqual(expected);
  });

  it('from within the hour that is shown again, it goes on after it', () => {
    expect(next('*/15', '2026-10-25T00:44:00Z', 'Europe/Athens')).toBe('2026-10-25T00:45Z');
    expect(next('*/15', '2026-10-25T00:45:00Z', 'Europe/Athens')).toBe('2026-10-25T02:00Z');
    expect(next('*/15', '2026-10-25T01:20:00Z', 'Europe/Athens')).toBe('2026-10-25T02:00Z');
    expect(next('03:45', '2026-10-25T01:20:00Z', 'Europe/Athens')).toBe('2026-10-26T01:45Z');
  });
});

describe('the runs of a span', () => {
  const hourly = parseCalendarEvent('hourly');
  const from = at('2026-02-01T00:00:00Z');

  it('has its beginning, not its end', () => {
    expect(runsBetween(hourly, from, from + 2 * 3_600_000, 'UTC')).toEqual([from, from + 3_600_000]);
    expect(runsBetween(hourly, from + 0.5, from + 2 * 3_600_000, 'UTC')).toEqual([from + 3_600_000]);
    expect(runsBetween(hourly, from, from, 'UTC')).toEqual([]);
    expect(runsBetween(hourly, from, from - 1, 'UTC')).toEqual([]);
  });

  it('is cut at the limit', () => {
    const year = from + 365 * 86_400_000;
    expect(runsBetween(hourly, from, year, 'UTC', 3)).toHaveLength(3);
    expect(runsBetween(hourly, from, year, 'UTC', 0)).toEqual([]);
    expect(runsBetween(hourly, from, year, 'UTC')).toHaveLength(1000);
    expect(runsBetween(hourly, from, year, 'UTC', 1e9)).toHaveLength(8760);
  });

  it('is what asking for the next run again and again gives', () => {
    const event = parseCalendarEvent('mon,fri..sat *-1/3 3/5:10/25');
    let taken = 0;
    let last = from;
    for (const run of upcomingRuns(event, from, 'America/St_Johns')) {
      last = nextRun(event, last, 'America/St_Johns')!;
      if (last !== run) expect(show(last)).toBe(show(run));
      taken += 1;
      if (taken === 200) break;
    }
    expect(taken).toBe(200);
  });
});
