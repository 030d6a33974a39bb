// Hours of days, `mon-fri 8:00-17:30`: the times of matchers. Pure.
import { invalidInput } from '../core/errors.ts';
import { zoneClock } from '../core/zone-clock.ts';

export interface CalendarWindow {
  /** 1 for Monday to 7 for Sunday. */
  readonly weekdays: readonly number[];
  /** Minutes of the day; the last one is not in it. */
  readonly from: number;
  readonly until: number;
}

const dayNames = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];
const wholeWeek: readonly number[] = [1, 2, 3, 4, 5, 6, 7];

/** Reads `[DAYS] BEGIN-END`, for instance `8-12`, `sun,tue-wed,fri 9-17`; `invalid-input` about `match-calendar`. */
export function parseCalendarWindow(text: string): CalendarWindow {
  const [, days, begin = '', end = ''] =
    /^\s*(?:([a-z][a-z,.\s-]*?)\s+)?(\d{1,2}(?::\d{2})?)\s*-\s*(\d{1,2}(?::\d{2})?)\s*$/i.exec(text) ?? [];
  const [from, until] = [readMinutes(begin), readMinutes(end)];
  if (from === undefined || until === undefined || from >= 1440)
    throw fault(text, 'write hours as 9-17 or 8:00-15:30, with days before them if you like: mon-fri 9-17');
  if (from >= until)
    throw fault(text, 'it ends before it begins: turn a night around by inverting the matcher');
  return { weekdays: days === undefined ? wholeWeek : readDays(days, text), from, until };
}

/** Is the time in the window, by the clocks of the zone? */
export function isInWindow(window: CalendarWindow, atMs: number, zone: string): boolean {
  const wall = new Date(zoneClock(zone).wallOf(atMs));
  const minutes = wall.getUTCHours() * 60 + wall.getUTCMinutes();
  const weekday = wall.getUTCDay() === 0 ? 7 : wall.getUTCDay();
  return window.weekdays.includes(weekday) && minutes >= window.from && minutes < window.until;
}

function readMinutes(text: string): number | undefined {
  const [hours = Number.NaN, minutes = 0] = text === '' ? [] : text.split(':').map(Number);
  const total = hours * 60 + minutes;
  return minutes < 60 && total <= 1440 ? total : undefined;
}

/** Ranges may run over Sunday. */
function readDays(text: string, whole: string): number[] {
  const found = new Set<number>();
  for (const part of text.split(',')) {
    const [first = '', last = first, ...more] = part.trim().split(/\s*(?:\.\.|-)\s*/);
    const [begin, end] = [dayNumber(first), dayNumber(last)];
    if (begin === undefined || end === undefined || more.length > 0)
      throw fault(whole, `'${part.trim()}' is no day`);
    for (let day = begin; ; day = (day % 7) + 1) {
      found.add(day);
      if (day === end) break;
    }
  }
  return [...found].sort();
}

function dayNumber(word: string): number | undefined {
  const at = word.length < 3 ? -1 : dayNames.findIndex((name) => name.startsWith(word.toLowerCase()));
  return at < 0 ? undefined : at + 1;
}

function fault(text: string, why: string) {
  return invalidInput({ 'match-calendar': `'${text.slice(0, 60)}': ${why}` });
}
