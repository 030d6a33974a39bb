// The old notation of a backup job's time, `starttime` and `dow`, as a calendar event. Pure.
import { readList } from '../../contract/params.ts';
import { invalidInput } from '../../core/errors.ts';

const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/**
 * The schedule of a job that has a start time (`2:30`, a 24-hour clock) and days of the week (a list such as `mon,tue`; every
 * day when left out or empty), as text for `parseCalendarEvent`: `mon,tue 02:30`. `invalid-input` about `starttime` or `dow`.
 */
export function startTimeSchedule(startTime: string, dow?: string): string {
  const match = /^(\d{1,2}):(\d{1,2})$/.exec(startTime);
  if (!match || Number(match[1]) > 23 || Number(match[2]) > 59)
    throw invalidInput({ starttime: `must be a time of the day such as 02:30` });
  const time = `${match[1]!.padStart(2, '0')}:${match[2]!.padStart(2, '0')}`;
  const given = new Set(readList(dow));
  for (const day of given) {
    if (!weekdays.includes(day))
      throw invalidInput({ dow: `'${day}' is not a day of the week: write ${weekdays.join(', ')}` });
  }
  const days = weekdays.filter((day) => given.has(day));
  return days.length === 0 || days.length === weekdays.length ? time : `${days.join(',')} ${time}`;
}
