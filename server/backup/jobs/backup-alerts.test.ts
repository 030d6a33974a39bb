import { describe, expect, test } from 'vitest';
import { parseCalendarEvent } from '../schedule/calendar-event.ts';
import { backupAlert, expectedSince } from './backup-alerts.ts';

const day = 86_400_000;
const at = (text: string): number => Date.parse(`${text}Z`);
const now = at('2026-11-23T12:00');
const zone = 'UTC';

describe('the time that a backup is expected for', () => {
  test.each([
    ['02:00', '2026-11-22T02:00'],
    ['12:00', '2026-11-22T12:00'],
    ['12:01', '2026-11-21T12:01'],
    ['*:0/5', '2026-11-22T12:00'],
    ['*:*:*', '2026-11-22T12:00'],
    ['sat 03:00', '2026-11-21T03:00'],
    ['monthly', '2026-11-01T00:00'],
    ['yearly', '2026-01-01T00:00'],
    ['2-29 01:00', '2024-02-29T01:00'],
  ])('%s: %s', (schedule, expected) => {
    expect(expectedSince(parseCalendarEvent(schedule), now, zone)).toBe(at(expected));
  });

  test('never, when it did not come in five years', () => {
    expect(expectedSince(parseCalendarEvent('2030-01-01 00:00'), now, zone)).toBeUndefined();
  });
});

describe('what is said of a guest', () => {
  const old = now - 100 * day;
  const daily = { since: old, expectedAt: at('2026-11-22T02:00') };
  const weekly = { since: old, expectedAt: at('2026-11-21T03:00') };
  const guest = (newest: string | undefined, more: object = {}) => ({
    ...{ createdAt: old, template: false, newestAt: newest === undefined ? undefined : at(newest) },
    ...more,
  });
  const late = (dueAt: string) => ({ kind: 'late', dueAt: at(dueAt) });

  test.each([
    ['backed up this night', guest('2026-11-23T02:00'), [daily], undefined],
    ['one night missed, not yet a day ago', guest('2026-11-22T02:00:05'), [daily], undefined],
    ['two nights missed', guest('2026-11-21T02:00:05'), [daily], late('2026-11-22T02:00')],
    ['never backed up', guest(undefined), [daily], late('2026-11-22T02:00')],
    ['an hour off where clocks change', guest('2026-11-22T01:00:10'), [daily], undefined],
    ['made after the time', guest(undefined, { createdAt: at('2026-11-22T03:00') }), [daily], undefined],
    ['the job was made after its time', guest(undefined), [{ ...daily, since: now }], undefined],
    [
      'the job that comes more often counts',
      guest('2026-11-21T03:10'),
      [weekly, daily],
      late('2026-11-22T02:00'),
    ],
    ['the weekly one is satisfied', guest('2026-11-21T03:10'), [weekly], undefined],
    ['a job that never came yet', guest(undefined), [{ since: old, expectedAt: undefined }], undefined],
    ['no job', guest(undefined), [], { kind: 'none' }],
    ['no job, backed up by hand this week', guest('2026-11-17T02:00'), [], undefined],
    ['no job, backed up by hand long ago', guest('2026-11-01T02:00'), [], { kind: 'none' }],
    ['no job, made an hour ago', guest(undefined, { createdAt: now - 3_600_000 }), [], undefined],
    ['no job, a template', guest(undefined, { template: true }), [], undefined],
    ['a template in a job', guest(undefined, { template: true }), [daily], late('2026-11-22T02:00')],
  ])('%s', (_, subject, jobs, expected) => {
    expect(backupAlert(subject, jobs, now)).toEqual(expected);
  });
});
