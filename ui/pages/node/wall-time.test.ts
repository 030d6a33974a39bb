// Wall clocks of time zones, with the days on which they are changed.
import { expect, test } from 'vitest';
import { epochOf, wallTime } from './wall-time.ts';

test('a moment is told in the zone, and found again', () => {
  const at = Date.parse('2026-11-21T13:03:09Z');
  expect(wallTime(at, 'Europe/Rome')).toBe('2026-11-21T14:03:09');
  expect(wallTime(at, 'Asia/Kolkata')).toBe('2026-11-21T18:33:09');
  for (const zone of ['UTC', 'Europe/Rome', 'Asia/Kolkata', 'America/St_Johns'])
    expect(epochOf(wallTime(at, zone), zone)).toBe(at);
});

test('midnight is the begin of a day, not hour 24', () => {
  expect(wallTime(Date.parse('2026-01-01T00:00:00Z'), 'UTC')).toBe('2026-01-01T00:00:00');
});

test('the day of a change: the hour that comes twice is the first one, the one left out is an hour later', () => {
  // Rome: on 25 October 2026 at 3:00 the clock goes back to 2:00; on 29 March at 2:00 it goes on to 3:00.
  expect(epochOf('2026-10-25T02:30', 'Europe/Rome')).toBe(Date.parse('2026-10-25T00:30:00Z'));
  expect(epochOf('2026-10-25T04:00', 'Europe/Rome')).toBe(Date.parse('2026-10-25T03:00:00Z'));
  expect(epochOf('2026-03-29T02:30', 'Europe/Rome')).toBe(Date.parse('2026-03-29T01:30:00Z'));
  expect(epochOf('2026-03-29T04:00', 'Europe/Rome')).toBe(Date.parse('2026-03-29T02:00:00Z'));
});

test('what is no time is none; a zone that the browser does not know is UTC', () => {
  expect(epochOf('', 'UTC')).toBeUndefined();
  expect(epochOf('2026-13-40T00:00', 'UTC')).toBeUndefined();
  expect(epochOf('2026-11-21 14:00', 'UTC')).toBeUndefined();
  expect(wallTime(0, 'Atlantis/City')).toBe('1970-01-01T00:00:00');
});
