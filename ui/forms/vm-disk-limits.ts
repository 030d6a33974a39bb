// How fast a VM's disk may be: the limits of its property string as a form has them, with the daemon's rules. Pure.
import type { PropertyString } from './property-string.ts';

/** How a limit is given: not at all, one for both directions together, or one for each. */
export type LimitMode = 'none' | 'together' | 'each';
const directions = { together: [''], each: ['_rd', '_wr'] } as const;
export type Direction = (typeof directions)[keyof typeof directions][number];
const units = ['mbps', 'iops'] as const;
export type LimitUnit = (typeof units)[number];

/** The names of a limit, its burst, and how long the burst may last in seconds, as the API has them. */
export const limitNames = {
  mbps: (way: Direction) => [`mbps${way}`, `mbps${way}_max`, `bps${way}_max_length`] as const,
  iops: (way: Direction) => [`iops${way}`, `iops${way}_max`, `iops${way}_max_length`] as const,
};
export type LimitName = ReturnType<(typeof limitNames)[LimitUnit]>[number];
/** Texts as they are entered; empty for no limit. MB/s are mebibytes. */
export type DiskLimits = Readonly<Record<LimitName, string>> & {
  readonly mbpsMode: LimitMode;
  readonly iopsMode: LimitMode;
};

const everyWay: readonly Direction[] = ['', '_rd', '_wr'];
const allNames = units.flatMap((unit) => everyWay.flatMap((way) => [...limitNames[unit](way)]));
const mebibyte = 1024 ** 2;

/** A limit of 0 is none. */
function shown(disk: PropertyString, name: LimitName): string {
  const text = disk.options.get(name);
  if (text !== undefined && Number(text) !== 0) return text;
  // `bps` says in bytes what `mbps` says in mebibytes.
  const bytes = /^mbps(_rd|_wr)?$/.test(name) ? disk.options.get(name.slice(1)) : undefined;
  return bytes === undefined || Number(bytes) === 0
    ? ''
    : String(Math.round((Number(bytes) / mebibyte) * 1000) / 1000);
}

export function readLimits(disk: PropertyString): DiskLimits {
  const texts = Object.fromEntries(allNames.map((name) => [name, shown(disk, name)]));
  const modeOf = (unit: LimitUnit): LimitMode => {
    if (texts[`${unit}_rd`] || texts[`${unit}_wr`]) return 'each';
    return texts[unit] ? 'together' : 'none';
  };
  return { ...(texts as Record<LimitName, string>), mbpsMode: modeOf('mbps'), iopsMode: modeOf('iops') };
}

/** The fields of a mode, in pairs of unit and direction. */
export function waysOf(mode: LimitMode): readonly Direction[] {
  return mode === 'none' ? [] : directions[mode];
}

const plain = (text: string) => text.trim().replace(',', '.');

/** What differs from what the disk had, by option; undefined takes it out. */
export function limitChanges(
  form: DiskLimits,
  before: PropertyString,
): Readonly<Record<string, string | undefined>> {
  const had = readLimits(before);
  const changes: Record<string, string | undefined> = {};
  for (const unit of units) {
    const ways = waysOf(form[`${unit}Mode`]);
    for (const way of everyWay) {
      for (const name of limitNames[unit](way)) {
        const text = ways.includes(way) ? plain(form[name]) : '';
        if (text === had[name]) continue;
        changes[name] = text === '' ? undefined : text;
        if (/^mbps(_rd|_wr)?$/.test(name)) changes[name.slice(1)] = undefined;
      }
    }
  }
  return changes;
}

export type LimitProblem = 'limit' | 'wholeLimit' | 'burstAlone' | 'burstBelow' | 'lengthAlone' | 'seconds';

/** The rules of `server/guests/config/check-drive.ts`, at the field that breaks them. */
export function checkLimits(form: DiskLimits): Partial<Record<LimitName, LimitProblem>> {
  const wrong: Partial<Record<LimitName, LimitProblem>> = {};
  for (const unit of units) {
    const number = unit === 'mbps' ? /^\d{1,9}(\.\d+)?$/ : /^\d{1,9}$/;
    const bad: LimitProblem = unit === 'mbps' ? 'limit' : 'wholeLimit';
    const isSet = (text: string) => number.test(text) && Number(text) > 0;
    for (const way of waysOf(form[`${unit}Mode`])) {
      const names = limitNames[unit](way);
      const [limit, burst, length] = names.map((name) => plain(form[name])) as [string, string, string];
      if (limit !== '' && !isSet(limit)) wrong[names[0]] = bad;
      if (burst !== '' && !isSet(burst)) wrong[names[1]] = bad;
      else if (burst !== '' && limit === '') wrong[names[1]] = 'burstAlone';
      else if (burst !== '' && isSet(limit) && Number(burst) < Number(limit)) wrong[names[1]] = 'burstBelow';
      if (length !== '' && !(/^\d{1,6}$/.test(length) && Number(length) > 0)) wrong[names[2]] = 'seconds';
      else if (length !== '' && burst === '') wrong[names[2]] = 'lengthAlone';
    }
  }
  return wrong;
}
