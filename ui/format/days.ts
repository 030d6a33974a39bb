// Days as people name them: yesterday, tomorrow, Thursday; of moments in a time zone. Pure.

/** `zone`: an IANA name; undefined for the browser's own. */
export interface DayOptions {
  readonly locale: string;
  readonly zone: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatFor(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale} ${JSON.stringify(options)}`;
  const known = formats.get(key) ?? new Intl.DateTimeFormat(locale, options);
  formats.set(key, known);
  return known;
}

const inZone = (zone: string | undefined) => (zone === undefined ? {} : { timeZone: zone });

/** Whole days since 1970, as the calendar of the zone counts them. */
function dayNumber(ms: number, zone: string | undefined): number {
  return Date.parse(`${dayOf(ms, zone)}T00:00:00Z`) / 86_400_000;
}

/** `2026-11-23`. */
export function dayOf(ms: number, zone: string | undefined): string {
  return formatFor('sv', { year: 'numeric', month: '2-digit', day: '2-digit', ...inZone(zone) }).format(ms);
}

/** `02:30`. */
export function timeOf(ms: number, locale: string, zone: string | undefined): string {
  return formatFor(locale, {
    ...{ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
    ...inZone(zone),
  }).format(ms);
}

/** `tomorrow, 02:30`; further away `Thu, Nov 26, 02:30`, with the year where it is another. `seconds` since the epoch. */
export function dayAndTime(seconds: number, { locale, zone, now }: DayOptions): string {
  const ms = seconds * 1000;
  const away = dayNumber(ms, zone) - dayNumber(now, zone);
  const time = timeOf(ms, locale, zone);
  if (Math.abs(away) <= 1) return `${relative(locale, away, 'day')}, ${time}`;
  const year =
    dayOf(ms, zone).slice(0, 4) === dayOf(now, zone).slice(0, 4) ? {} : { year: 'numeric' as const };
  const date = formatFor(locale, {
    ...{ weekday: 'short', day: 'numeric', month: 'short' },
    ...year,
    ...inZone(zone),
  });
  return `${date.format(ms)}, ${time}`;
}

/** `today`, `yesterday`, `12 days ago`, `3 months ago`: by days of the calendar. `seconds` since the epoch. */
export function daysAgo(seconds: number, { locale, zone, now }: DayOptions): string {
  const days = Math.max(0, dayNumber(now, zone) - dayNumber(seconds * 1000, zone));
  if (days < 60) return relative(locale, -days, 'day');
  return days < 730
    ? relative(locale, -Math.round(days / 30.44), 'month')
    : relative(locale, -Math.round(days / 365.25), 'year');
}

function relative(locale: string, count: number, unit: Intl.RelativeTimeFormatUnit): string {
  return new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(count, unit);
}
