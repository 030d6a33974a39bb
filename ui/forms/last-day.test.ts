// Last days of accounts and tokens.
import { expect, test } from 'vitest';
import { endOf, expireParam, isOver, lastDayOf } from './last-day.ts';

test.each(['2026-01-01', '2026-03-29', '2026-10-25', '2027-12-31', '2028-02-29'])('%s comes back', (day) => {
  expect(lastDayOf(endOf(day))).toBe(day);
  // To the last second of the day.
  expect(new Date((endOf(day) - 1) * 1000).getHours()).toBe(23);
});

test('no day is no end', () => {
  expect(lastDayOf(0)).toBe('');
  expect(lastDayOf(undefined)).toBe('');
  expect(endOf('')).toBe(0);
  expect(endOf('tomorrow')).toBe(0);
});

test('an hour that was set elsewhere stays unless the day is changed', () => {
  const noon = endOf('2026-05-04') - 12 * 3600;
  expect(lastDayOf(noon)).toBe('2026-05-04');
  expect(expireParam(noon, '2026-05-04')).toEqual({});
  expect(expireParam(noon, '2026-05-05')).toEqual({ expire: endOf('2026-05-05') });
  expect(expireParam(noon, '')).toEqual({ expire: 0 });
  expect(expireParam(undefined, '')).toEqual({});
});

test('what is over', () => {
  expect(isOver(0, 100)).toBe(false);
  expect(isOver(undefined, 100)).toBe(false);
  expect(isOver(100, 100)).toBe(true);
  expect(isOver(101, 100)).toBe(false);
});
