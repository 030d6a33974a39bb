// Numbers, sizes and times as people read them.

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

const formats = new Map<string, Intl.NumberFormat>();

/** Making a formatter costs a hundred times what it formats with: each is made once. */
function numberFormat(locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `${locale} ${Object.values(options).join(' ')}`;
  const known = formats.get(key) ?? new Intl.NumberFormat(locale, options);
  formats.set(key, known);
  return known;
}

/** Bytes with a binary unit, three digits at most: `1.5 GiB`, `512 MiB`, `0 B`. */
export function bytes(value: number | undefined, locale = 'en'): string {
  if (value === undefined || !Number.isFinite(value)) return '–';
  let rest = Math.abs(value);
  let unit = 0;
  while (rest >= 1023.5 && unit < units.length - 1) {
    rest /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || rest >= 99.95 ? 0 : rest >= 9.995 ? 1 : 2;
  const text = numberFormat(locale, { maximumFractionDigits: digits }).format(rest);
  return `${value < 0 ? '-' : ''}${text} ${units[unit]}`;
}

/** A size as a guest's configuration has it, as exact as it is there: `32G` is `32 GiB`. */
export function configSize(text: string): string {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)([KMGT])$/.exec(text) ?? [];
  return amount === undefined ? text : `${amount} ${unit}iB`;
}

/** Bytes of a disk in powers of 1000, as makers print it and the installer says it: `500 GB`, `1.9 TB`. */
export function diskSize(value: number, locale = 'en'): string {
  const names = ['B', 'kB', 'MB', 'GB', 'TB'];
  let rest = value;
  let unit = 0;
  while (rest >= 999.5 && unit < names.length - 1) {
    rest /= 1000;
    unit += 1;
  }
  const number = numberFormat(locale, { maximumFractionDigits: rest < 10 ? 1 : 0 });
  return `${number.format(rest)} ${names[unit]}`;
}

/** A fraction as percent: 0.125 is `13%`; below one percent one digit more. */
export function percent(fraction: number | undefined, locale = 'en'): string {
  if (fraction === undefined || !Number.isFinite(fraction)) return '–';
  return numberFormat(locale, {
    style: 'percent',
    maximumFractionDigits: fraction > 0 && fraction < 0.0995 ? 1 : 0,
  }).format(fraction);
}

/** `used / total` between 0 and 1; undefined when the total is not known. */
export function share(used: number | undefined, total: number | undefined): number | undefined {
  if (used === undefined || !total) return undefined;
  return Math.min(1, Math.max(0, used / total));
}

/** Seconds in the two largest units: `3 d 4 h`, `5 min 2 s`, `0 s`. */
export function duration(seconds: number | undefined, locale = 'en'): string {
  if (seconds === undefined || !Number.isFinite(seconds)) return '–';
  const whole = Math.max(0, Math.floor(seconds));
  const parts: readonly (readonly [number, string])[] = [
    [Math.floor(whole / 86_400), 'day'],
    [Math.floor(whole / 3600) % 24, 'hour'],
    [Math.floor(whole / 60) % 60, 'minute'],
    [whole % 60, 'second'],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  const shown = first < 0 ? [[0, 'second'] as const] : parts.slice(first, first + 2).filter(([n]) => n > 0);
  return shown
    .map(([count, unit]) =>
      numberFormat(locale, { style: 'unit', unit, unitDisplay: 'narrow' }).format(count),
    )
    .join(' ');
}

/** A moment (seconds since the epoch): the time when it was today, else date and time. */
export function moment(seconds: number | undefined, locale = 'en', now = Date.now()): string {
  if (seconds === undefined) return '–';
  const date = new Date(seconds * 1000);
  const today = new Date(now).toDateString() === date.toDateString();
  return new Intl.DateTimeFormat(locale, {
    ...(today ? {} : { day: 'numeric', month: 'short' }),
    ...(date.getFullYear() === new Date(now).getFullYear() ? {} : { year: 'numeric' }),
    hour: '2-digit',
    minute: '2-digit',
    ...(today ? { second: '2-digit' } : {}),
    hourCycle: 'h23',
  }).format(date);
}
