// A schedule as the API writes it (`mon..fri 02:30`), taken apart as far as it can be said in a few words. Pure; the daemon has the last word.

/** Weekdays are 1 for Monday to 7 for Sunday, times `HH:MM`, days those of a month. */
export type ScheduleShape =
  | { readonly kind: 'minutes'; readonly every: number; readonly weekdays: readonly number[] }
  | {
      readonly kind: 'hours';
      readonly every: number;
      /** The first and the last of a day; it comes all day long where `last` is missing. */
      readonly first: string;
      readonly last?: string;
      readonly weekdays: readonly number[];
      readonly utc: boolean;
    }
  | {
      readonly kind: 'times';
      readonly times: readonly string[];
      readonly weekdays: readonly number[];
      /** Undefined: every day of the month. */
      readonly days?: readonly number[];
      readonly utc: boolean;
    };

const shortcuts: Readonly<Record<string, string>> = {
  minutely: '*:*',
  hourly: '*:00',
  daily: '00:00',
  weekly: 'mon 00:00',
  monthly: '*-01 00:00',
};

const weekdayNames = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];
export const everyDay: readonly number[] = [1, 2, 3, 4, 5, 6, 7];
/** More than so many times of a day are no list that anybody reads. */
const mostTimes = 4;

/** Undefined for what is not understood here, which may well be a good schedule. */
export function readSchedule(text: string): ScheduleShape | undefined {
  const trimmed = text.trim();
  const utc = /\sUTC$/.test(trimmed);
  const local = trimmed.replace(/\s*UTC$/, '');
  const parts = (Object.hasOwn(shortcuts, local) ? shortcuts[local]! : local).split(/\s+/).filter(Boolean);
  const weekdayPart = /^[a-z]/i.test(parts[0] ?? '') ? parts.shift() : undefined;
  const datePart = /-/.test(parts[0] ?? '') ? parts.shift() : undefined;
  const timePart = parts.shift();
  if (parts.length > 0 || (weekdayPart ?? datePart ?? timePart) === undefined) return undefined;
  const weekdays = weekdayPart === undefined ? everyDay : readWeekdays(weekdayPart);
  const days = datePart === undefined ? 'all' : readDays(datePart);
  const time = readTime(timePart ?? '00:00');
  if (!weekdays || !days || !time) return undefined;
  return shapeOf(weekdays, days === 'all' ? undefined : days, time, utc);
}

interface Time {
  readonly hours: readonly number[];
  readonly minutes: readonly number[];
}

function shapeOf(
  weekdays: readonly number[],
  days: readonly number[] | undefined,
  { hours, minutes }: Time,
  utc: boolean,
): ScheduleShape | undefined {
  const times = hours.flatMap((hour) => minutes.map((minute) => clock(hour, minute)));
  if (times.length <= mostTimes) return { kind: 'times', times, weekdays, ...(days && { days }), utc };
  if (days) return undefined;
  const [minute = 0] = minutes;
  if (hours.length === 24) {
    const every = stepOf(minutes, 60);
    if (minutes.length > 1)
      return every !== undefined && minute === 0 ? { kind: 'minutes', every, weekdays } : undefined;
  }
  const every = minutes.length === 1 ? stepOf(hours, undefined) : undefined;
  const [from = 0, to = 0] = [hours[0], hours.at(-1)];
  if (every === undefined) return undefined;
  const allDay = from < every && to + every >= 24;
  const last = allDay ? {} : { last: clock(to, minute) };
  return { kind: 'hours', every, first: clock(from, minute), ...last, weekdays, utc };
}

const clock = (hour: number, minute: number) =>
  `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;

/** How far the numbers lie apart, when all do the same; `round`: also from the last to the first. */
function stepOf(numbers: readonly number[], round: number | undefined): number | undefined {
  const step = (numbers[1] ?? numbers[0]! + (round ?? 1)) - numbers[0]!;
  const even = numbers.every((one, i) => i === 0 || one - numbers[i - 1]! === step);
  return even && (round === undefined || numbers.at(-1)! + step === round) ? step : undefined;
}

function readWeekdays(part: string): number[] | undefined {
  const found = new Set<number>();
  for (const item of part.toLowerCase().split(',')) {
    const [from, to] = item.split('..').map(weekdayOf);
    if (from === undefined || item.split('..').length > 2 || (item.includes('..') && to === undefined))
      return undefined;
    // A range may run over Sunday.
    for (let day = from; ; day = (day % 7) + 1) {
      found.add(day);
      if (day === (to ?? from)) break;
    }
  }
  return [...found].sort((a, b) => a - b);
}

function weekdayOf(word: string): number | undefined {
  const at = weekdayNames.findIndex((name) => name === word || (word.length === 3 && name.startsWith(word)));
  return at < 0 ? undefined : at + 1;
}

/** Days of any month; `all` for all of them. */
function readDays(part: string): number[] | 'all' | undefined {
  const match = /^(?:\*-)?\*-([^-]+)$/.exec(part);
  if (!match) return undefined;
  return match[1] === '*' ? 'all' : readNumbers(match[1]!, 1, 31);
}

function readTime(part: string): Time | undefined {
  // A number alone is minutes of every hour.
  const [first = '', second, third] = part.split(':');
  if (third !== undefined && !/^0{1,2}$/.test(third)) return undefined;
  const hours = readNumbers(second === undefined ? '*' : first, 0, 23);
  const minutes = readNumbers(second ?? first, 0, 59);
  return hours && minutes && { hours, minutes };
}

/** `*`, `5`, `8..17`, each with a step, and lists of them. Rising. */
function readNumbers(text: string, first: number, last: number): number[] | undefined {
  const found = new Set<number>();
  for (const item of text.split(',')) {
    const match = /^(?:\*|(\d{1,2})(?:\.\.(\d{1,2}))?)(?:\/(\d{1,2}))?$/.exec(item);
    if (!match) return undefined;
    const [, start, end, stepText] = match;
    const step = Number(stepText ?? 1);
    const from = Number(start ?? first);
    // With a step, what has no end goes on to the last.
    const to = end !== undefined ? Number(end) : start === undefined || stepText !== undefined ? last : from;
    if (step < 1 || from < first || to > last || from > to) return undefined;
    for (let one = from; one <= to; one += step) found.add(one);
  }
  return [...found].sort((a, b) => a - b);
}

/** Numbers that follow one another, as ranges: `[1, 2, 3, 5]` is `[[1, 3], [5, 5]]`. */
export function rangesOf(numbers: readonly number[]): [number, number][] {
  const ranges: [number, number][] = [];
  for (const one of numbers) {
    const last = ranges.at(-1);
    if (last && last[1] === one - 1) last[1] = one;
    else ranges.push([one, one]);
  }
  return ranges;
}
