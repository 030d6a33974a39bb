// Calendar events, the API's schedules (`mon..fri 02:30`, `*/15`, `sat *-1..7 02:00`): the model, read from text. Pure.
import { AppError } from '../../core/errors.ts';
import { nearestWord } from '../../core/nearest-word.ts';
import { type CalendarField, readCalendarField } from './calendar-field.ts';

/**
 * When something runs: whenever all parts match. Plain data. The lists hold every number that matches, rising, each once;
 * a part that was written as `*` or left out holds all that there are.
 */
export interface CalendarEvent {
  /** As it was written, without spaces around it. */
  readonly text: string;
  /** By UTC instead of the node's time zone. */
  readonly utc: boolean;
  /** 1 for Monday to 7 for Sunday. */
  readonly weekdays: readonly number[];
  /** Undefined: every year. */
  readonly years: readonly number[] | undefined;
  /** 1 to 12. */
  readonly months: readonly number[];
  /** 1 to 31. */
  readonly days: readonly number[];
  readonly hours: readonly number[];
  readonly minutes: readonly number[];
  readonly seconds: readonly number[];
}

/** The API's limit, in characters. */
export const longestCalendarEvent = 128;
/** The last year that a schedule can name, the same as systemd's. */
export const lastCalendarYear = 2199;

/** The words for whole schedules, as the "Schedule Format" chapter of the Proxmox VE manual defines them. */
const shortcuts: Readonly<Record<string, string>> = {
  minutely: '*-*-* *:*:00',
  hourly: '*-*-* *:00:00',
  daily: '*-*-* 00:00:00',
  weekly: 'mon *-*-* 00:00:00',
  monthly: '*-*-01 00:00:00',
  yearly: '*-01-01 00:00:00',
  annually: '*-01-01 00:00:00',
  quarterly: '*-01,04,07,10-01 00:00:00',
  semiannually: '*-01,07-01 00:00:00',
  'semi-annually': '*-01,07-01 00:00:00',
};

const weekdayNames = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];
const everyWeekday: readonly number[] = [1, 2, 3, 4, 5, 6, 7];

const year: CalendarField = { name: 'year', first: 1000, last: lastCalendarYear, from: 0 };
const month: CalendarField = { name: 'month', first: 1, last: 12 };
const day: CalendarField = { name: 'day', first: 1, last: 31 };
const hour: CalendarField = { name: 'hour', first: 0, last: 23 };
const minute: CalendarField = { name: 'minute', first: 0, last: 59 };
const second: CalendarField = { name: 'second', first: 0, last: 59 };

/**
 * Reads `[WEEKDAY] [[YEARS-]MONTHS-DAYS] [HOURS:MINUTES[:SECONDS]] [UTC]`, of which a weekday, date or time must be there, or
 * one of the shortcuts. Without a time it is 00:00; a single number as the time is minutes of every hour.
 *
 * Weekdays are English, in short or full, in any case, and may run over Sunday (`fri..mon`). Each other part is `*`, `*` with
 * a step, or a list of numbers, ranges and steps: `5,8..17,20/2,30..40/5`.
 *
 * `invalid-input` about `schedule`, naming the part at fault.
 */
export function parseCalendarEvent(text: string): CalendarEvent {
  const trimmed = text.trim();
  if (trimmed === '') throw invalidSchedule('is empty');
  if (trimmed.length > longestCalendarEvent)
    throw invalidSchedule(`may only be ${longestCalendarEvent} characters long`);
  if (/[^\x20-\x7e\t]/.test(trimmed)) throw invalidSchedule('must be plain letters, digits and punctuation');
  const utc = trimmed.endsWith('UTC');
  const local = (utc ? trimmed.slice(0, -'UTC'.length) : trimmed).trim();
  const parts = splitParts(Object.hasOwn(shortcuts, local) ? shortcuts[local]! : local);
  return {
    text: trimmed,
    utc,
    weekdays: parts.weekdays === undefined ? everyWeekday : readWeekdays(parts.weekdays),
    ...readDate(parts.date),
    ...readTime(parts.time ?? '00:00'),
  };
}

interface Parts {
  readonly weekdays: string | undefined;
  readonly date: string | undefined;
  readonly time: string | undefined;
}

/** Weekdays are what begins with a letter, the date what has a dash. */
function splitParts(text: string): Parts {
  const weekdays = /^[A-Za-z][A-Za-z.,-]*/.exec(text)?.[0];
  const rest = text.slice(weekdays?.length ?? 0).trim();
  const words = rest === '' ? [] : rest.split(/[ \t]+/);
  const date = words[0]?.includes('-') ? words.shift() : undefined;
  const time = words.shift();
  if (words.length > 0) throw invalidSchedule(`'${words[0]}' is too much: a schedule ends with the time`);
  if (time?.includes('-')) throw invalidSchedule(`the date '${time}' must stand before the time`);
  if (weekdays === undefined && date === undefined && time === undefined)
    throw invalidSchedule('needs a weekday, a date or a time');
  return { weekdays, date, time };
}

function readWeekdays(text: string): number[] {
  const found = new Set<number>();
  for (const part of text.split(',')) {
    const ends = part.split('..');
    if (ends.length > 2) throw invalidSchedule(`'${part}' is not a range of weekdays: write mon..fri`);
    const first = readWeekday(ends[0]!, text);
    const last = ends.length === 2 ? readWeekday(ends[1]!, text) : first;
    for (let number = first; ; number = (number % 7) + 1) {
      found.add(number);
      if (number === last) break;
    }
  }
  return [...found].sort((a, b) => a - b);
}

function readWeekday(word: string, whole: string): number {
  const index = weekdayNames.findIndex((name) => [name, name.slice(0, 3)].includes(word.toLowerCase()));
  if (index >= 0) return index + 1;
  if (word === '') throw invalidSchedule(`a weekday is missing in '${whole}'`);
  if (Object.hasOwn(shortcuts, word)) throw invalidSchedule(`'${word}' must stand alone`);
  const short = weekdayNames.map((name) => name.slice(0, 3));
  const meant = nearestWord(word, [...Object.keys(shortcuts), ...weekdayNames]) ?? nearestWord(word, short);
  throw invalidSchedule(
    `'${word}' is not a weekday${meant === undefined ? `: write ${short.join(', ')}` : `: did you mean '${meant}'?`}`,
  );
}

function readDate(text: string | undefined): Pick<CalendarEvent, 'years' | 'months' | 'days'> {
  const fields = text === undefined ? ['*', '*'] : text.split('-');
  if (fields.length > 3) throw invalidSchedule(`'${text}' is not a date: write YEAR-MONTH-DAY or MONTH-DAY`);
  const [days, months, years] = fields.reverse();
  return {
    years: years === undefined || years === '*' ? undefined : read(year, years),
    months: read(month, months!),
    days: read(day, days!),
  };
}

function readTime(text: string): Pick<CalendarEvent, 'hours' | 'minutes' | 'seconds'> {
  const fields = text.split(':');
  if (fields.length > 3) throw invalidSchedule(`'${text}' is not a time: write HOUR:MINUTE`);
  const [hours, minutes, seconds] = fields.length === 1 ? ['*', fields[0]] : fields;
  return {
    hours: read(hour, hours!),
    minutes: read(minute, minutes!),
    seconds: read(second, seconds ?? '0'),
  };
}

function read(field: CalendarField, text: string): number[] {
  const parsed = readCalendarField(field, text);
  if (!parsed.ok) throw invalidSchedule(parsed.error);
  return parsed.value;
}

function invalidSchedule(rule: string): AppError {
  return new AppError('invalid-input', `invalid schedule: ${rule}`, { fields: { schedule: rule } });
}
