import { describe, expect, it } from 'vitest';
import { parseCalendarEvent } from './calendar-event.ts';
import { startTimeSchedule } from './start-time.ts';

describe('a start time with days of the week', () => {
  it.each([
    ['02:30', undefined, '02:30'],
    ['2:5', '', '02:05'],
    ['0:00', 'mon,tue,wed,thu,fri,sat,sun', '00:00'],
    ['23:59', 'sun', 'sun 23:59'],
    ['22:00', 'fri,mon', 'mon,fri 22:00'],
    ['22:00', 'sat; sun sat', 'sat,sun 22:00'],
  ])('%s on %s is %s', (startTime, dow, expected) => {
    const schedule = startTimeSchedule(startTime, dow);
    expect(schedule).toBe(expected);
    expect(parseCalendarEvent(schedule).text).toBe(expected);
  });

  it.each([
    ['24:00', undefined, 'starttime'],
    ['12:60', undefined, 'starttime'],
    ['12', undefined, 'starttime'],
    ['12:00:00', undefined, 'starttime'],
    ['12:00\n', undefined, 'starttime'],
    ['*:00', undefined, 'starttime'],
    ['12:00', 'monday', 'dow'],
    ['12:00', 'mon..fri', 'dow'],
    ['12:00', 'Mon', 'dow'],
  ])('%j on %s is refused about %s', (startTime, dow, field) => {
    expect(() => startTimeSchedule(startTime, dow)).toThrow(
      expect.objectContaining({
        code: 'invalid-input',
        fields: expect.objectContaining({ [field]: expect.any(String) }),
      }),
    );
  });
});
