import { describe, expect, it } from 'vitest';
import { AppError } from '../../core/errors.ts';
import { type CalendarEvent, parseCalendarEvent } from './calendar-event.ts';

type Lists = Omit<CalendarEvent, 'text' | 'utc'>;

const upTo = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i);
const midnight: Lists = {
  ...{ weekdays: upTo(1, 7), years: undefined, months: upTo(1, 12), days: upTo(1, 31) },
  ...{ hours: [0], minutes: [0], seconds: [0] },
};
const everyHour = { hours: upTo(0, 23) };

/** Each row: notations that mean the same, and what differs from "every day at 00:00". */
const accepted: readonly (readonly [string[], Partial<Lists>])[] = [
  // The shortcuts.
  [['minutely', '*-*-* *:*:00', '*', '*/1', '*:*', '0/1:0/1'], { ...everyHour, minutes: upTo(0, 59) }],
  [['hourly', '*-*-* *:00:00', '*:0', '0', '*/1:00'], everyHour],
  [['daily', '*-*-* 00:00:00', '0:0', '00:00', '*-*', '*-*-*', 'mon..sun'], {}],
  [['weekly', 'mon *-*-* 00:00:00', 'mon', 'MON', 'monDay', 'Monday 0:0'], { weekdays: [1] }],
  [['monthly', '*-*-01 00:00:00', '*-1', '*-*-1'], { days: [1] }],
  [['yearly', 'annually', '*-01-01 00:00:00', '1-1'], { months: [1], days: [1] }],
  [['quarterly', '*-01,04,07,10-01 00:00:00', '1/3-1'], { months: [1, 4, 7, 10], days: [1] }],
  [['semiannually', 'semi-annually', '*-01,07-01 00:00:00'], { months: [1, 7], days: [1] }],
  // Days of the week.
  [['mon,tue,wed,thu,fri', 'mon..fri', 'fri,mon..thu'], { weekdays: [1, 2, 3, 4, 5] }],
  [['sat,sun', 'sat..sun', 'Saturday,SUNDAY'], { weekdays: [6, 7] }],
  [['mon,wed,fri'], { weekdays: [1, 3, 5] }],
  [['fri..mon', 'fri..sun,mon'], { weekdays: [1, 5, 6, 7] }],
  [['mon,tue..wednesday,fri..sat'], { weekdays: [1, 2, 3, 5, 6] }],
  [['sun..sat', 'sun..sun,mon..sat'], {}],
  // Times.
  [['12:05', '12:5', '12:05:00'], { hours: [12], minutes: [5] }],
  [
    ['*/5', '0/5', '*:0/5', '*:*/5'],
    { ...everyHour, minutes: [0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55] },
  ],
  [
    ['mon..wed 30/10', 'mon,tue,wed 30/10', 'mon..wed *:30,40,50'],
    { weekdays: [1, 2, 3], ...everyHour, minutes: [30, 40, 50] },
  ],
  [
    ['mon..fri 8..17,22:0/15'],
    { weekdays: [1, 2, 3, 4, 5], hours: [...upTo(8, 17), 22], minutes: [0, 15, 30, 45] },
  ],
  [
    ['fri 12..13:5/20', 'fri 12,13:5/20', 'fri 13,12:45,5,25'],
    { weekdays: [5], hours: [12, 13], minutes: [5, 25, 45] },
  ],
  [['12,14,16,18,20,22:5', '12/2:5', '12..23/2:5'], { hours: [12, 14, 16, 18, 20, 22], minutes: [5] }],
  [['*/2:00', '0/2:0'], { hours: [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22] }],
  [['2,22:30'], { hours: [2, 22], minutes: [30] }],
  [['4..10/2:0'], { hours: [4, 6, 8, 10] }],
  [['8:00/15', '8:0,15,30,45'], { hours: [8], minutes: [0, 15, 30, 45] }],
  // One number is minutes, weekdays before it or not.
  [['22', '*:22'], { ...everyHour, minutes: [22] }],
  [['mon..fri 22'], { weekdays: [1, 2, 3, 4, 5], ...everyHour, minutes: [22] }],
  [['*:3:5/25'], { ...everyHour, minutes: [3], seconds: [5, 30, 55] }],
  [['1,1,1..2:0'], { hours: [1, 2] }],
  // Dates.
  [['*-05'], { days: [5] }],
  [['Sat *-1..7 15:00', 'sat  *-*-1..7\t15:00'], { weekdays: [6], days: upTo(1, 7), hours: [15] }],
  [['2015-10-21'], { years: [2015], months: [10], days: [21] }],
  [['2020-7..9-2/2'], { years: [2020], months: [7, 8, 9], days: upTo(1, 15).map((n) => 2 * n) }],
  [['2020,2021-12-31'], { years: [2020, 2021], months: [12], days: [31] }],
  [['2190/5-1-1'], { years: [2190, 2195], months: [1], days: [1] }],
  [['*-*/6-*/15'], { months: [1, 7], days: [1, 16, 31] }],
];

describe('a calendar event', () => {
  it.each(accepted.flatMap(([texts, difference]) => texts.map((text) => [text, difference] as const)))(
    '%s',
    (text, difference) => {
      expect(parseCalendarEvent(text)).toEqual({ text, utc: false, ...midnight, ...difference });
    },
  );

  it('may go by UTC', () => {
    expect(parseCalendarEvent('  02:30 UTC ')).toEqual({
      ...{ text: '02:30 UTC', utc: true, ...midnight, hours: [2], minutes: [30] },
    });
    expect(parseCalendarEvent('weekly UTC')).toMatchObject({ utc: true, weekdays: [1] });
  });

  it('has steps of years that begin with year 0', () => {
    expect(parseCalendarEvent('*/7-1-1').years?.slice(-3)).toEqual([2184, 2191, 2198]);
  });
});

const refused: readonly (readonly [string, string])[] = [
  ['', 'is empty'],
  [' \t ', 'is empty'],
  ['UTC', 'needs a weekday, a date or a time'],
  ['*'.repeat(129), 'may only be 128 characters long'],
  ['02:30\0', 'must be plain letters'],
  ['mon\n02:30', 'must be plain letters'],
  ['０２:30', 'must be plain letters'],
  ['25:00', "hour: '25' is not between 0 and 23"],
  ['24:00', "hour: '24' is not between 0 and 23"],
  ['2:60', "minute: '60' is not between 0 and 59"],
  ['60', "minute: '60' is not between 0 and 59"],
  ['0:0:60', "second: '60' is not between 0 and 59"],
  ['0-1', "month: '0' is not between 1 and 12"],
  ['*-13-1', "month: '13' is not between 1 and 12"],
  ['*-0', "day: '0' is not between 1 and 31"],
  ['*-32', "day: '32' is not between 1 and 31"],
  ['2200-1-1', "year: '2200' is not between 1000 and 2199"],
  ['26-1-1', "year: '26' is not between 1000 and 2199"],
  ['10..5:0', "hour: the range '10..5' ends before it begins"],
  ['8:00/0', "minute: the step '0' is not between 1 and 59"],
  ['*/60', "minute: the step '60' is not between 1 and 59"],
  ['*/:0', "hour: the step '' is not between 1 and 23"],
  ['*/24:00', "hour: the step '24' is not between 1 and 23"],
  ['1/2/3', "minute: the step '2/3' is not between 1 and 59"],
  ['1..2..3', "'1..2..3' is not a valid minute"],
  ['1.5', "'1.5' is not a valid minute"],
  ['1..:0', "hour: '' is not a number"],
  ['-1:0', 'the month is missing'],
  ['+1:0', "hour: '+1' is not a number"],
  ['0x1:0', "hour: '0x1' is not a number"],
  ['00001:0', "hour: '00001' is not a number"],
  [':5', 'the hour is missing'],
  ['5:', 'the minute is missing'],
  ['5,:1', "'5,' lacks a number"],
  ['1:*,2', "'*' must stand alone: '*,2' is not a valid minute"],
  ['*/5,3:0', "'*' must stand alone: '*/5,3' is not a valid hour"],
  ['1:2:3:4', "'1:2:3:4' is not a time"],
  ['2020-1-1-1', "'2020-1-1-1' is not a date"],
  ['02:30 mon', "'mon' is too much"],
  ['mon, tue 2:00', "'2:00' is too much"],
  ['02:30 2026-01-01', "'2026-01-01' is too much"],
  ['mon,,tue', "a weekday is missing in 'mon,,tue'"],
  ['mon..', "a weekday is missing in 'mon..'"],
  ['mon..tue..wed', "'mon..tue..wed' is not a range of weekdays"],
  ['mno 2:00', "'mno' is not a weekday: did you mean 'mon'?"],
  ['dayly', "'dayly' is not a weekday: did you mean 'daily'?"],
  ['Daily', "'Daily' is not a weekday: did you mean 'daily'?"],
  ['daily 02:00', "'daily' must stand alone"],
  ['foobar', "'foobar' is not a weekday: write mon, tue, wed, thu, fri, sat, sun"],
  ['constructor', "'constructor' is not a weekday"],
  ['*-*~3', "'*' must stand alone"],
  ['0:0 Europe/Athens', "'Europe/Athens' is too much"],
];

describe('what is no calendar event', () => {
  it.each(refused)('%j: %s', (text, rule) => {
    let thrown: unknown;
    try {
      parseCalendarEvent(text);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(AppError);
    const error = thrown as AppError;
    expect(error.code).toBe('invalid-input');
    expect(error.fields?.['schedule']).toContain(rule);
    expect(error.message).toContain(rule);
  });
});
