// Schedules taken apart for their words.
import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { everyDay, rangesOf, readSchedule } from './schedule.ts';

const times = (list: string[], weekdays = everyDay, more = {}) => ({
  ...{ kind: 'times', times: list, weekdays, utc: false },
  ...more,
});

test.each([
  ['02:30', times(['02:30'])],
  ['2:5', times(['02:05'])],
  ['02:30:00', times(['02:30'])],
  ['*-*-* 02:30', times(['02:30'])],
  ['daily', times(['00:00'])],
  ['sat', times(['00:00'], [6])],
  ['sat 18:15', times(['18:15'], [6])],
  ['mon..fri 21:00', times(['21:00'], [1, 2, 3, 4, 5])],
  ['Mon,wednesday 21:00', times(['21:00'], [1, 3])],
  ['fri..mon 21:00', times(['21:00'], [1, 5, 6, 7])],
  ['12,22:00', times(['12:00', '22:00'])],
  ['0/12:30', times(['00:30', '12:30'])],
  ['02:30 UTC', times(['02:30'], everyDay, { utc: true })],
  ['monthly', times(['00:00'], everyDay, { days: [1] })],
  ['*-1,15 04:00', times(['04:00'], everyDay, { days: [1, 15] })],
  ['sat *-1..7 02:00', times(['02:00'], [6], { days: [1, 2, 3, 4, 5, 6, 7] })],
  ['*/15', { kind: 'minutes', every: 15, weekdays: everyDay }],
  ['*:0/5', { kind: 'minutes', every: 5, weekdays: everyDay }],
  ['minutely', { kind: 'minutes', every: 1, weekdays: everyDay }],
  ['mon..fri */30', { kind: 'minutes', every: 30, weekdays: [1, 2, 3, 4, 5] }],
  ['hourly', { kind: 'hours', every: 1, first: '00:00', weekdays: everyDay, utc: false }],
  ['30', { kind: 'hours', every: 1, first: '00:30', weekdays: everyDay, utc: false }],
  ['*/2:00', { kind: 'hours', every: 2, first: '00:00', weekdays: everyDay, utc: false }],
  [
    'mon..fri 8..18:00',
    {
      ...{ kind: 'hours', every: 1, first: '08:00', last: '18:00' },
      ...{ weekdays: [1, 2, 3, 4, 5], utc: false },
    },
  ],
])('%s', (text, shape) => {
  expect(readSchedule(text)).toEqual(shape);
});

// Good schedules among them: they are shown as they are written.
test.each([
  ...['', 'soon', '25:00', '02:61', 'mon..', 'mon..xyz 1:00', '2027-01-01 02:00', '*-01-01 02:00', 'yearly'],
  ...['7-1 02:00', '*/7', '1,2,5,7,9:00', '*:*:30', '*-1 */15', '02:00 03:00', '02:00 sat', '*/0', '9..8:00'],
  ...['constructor', '__proto__ 02:00', '1..2..3:00', 'mo 02:00'],
])('%j is not said in words', (text) => {
  expect(readSchedule(text)).toBeUndefined();
});

it('reads any text without a throw, and ends', () => {
  const piece = fc.constantFrom('mon', '..', ',', '*', '-', ':', '/', ' ', '0', '7', '31', 'UTC', 'x');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const shape = readSchedule(pieces.join(''));
      expect(shape === undefined || shape.weekdays.length > 0).toBe(true);
    }),
  );
});

test('numbers in a row are ranges', () => {
  expect(rangesOf([1, 2, 3, 5, 7])).toEqual([
    [1, 3],
    [5, 5],
    [7, 7],
  ]);
  expect(rangesOf([])).toEqual([]);
});
