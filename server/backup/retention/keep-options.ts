// How many backups of a guest stay: the property string `prune-backups` (`keep-last=3,keep-daily=13`), and what it comes to. Pure.
import {
  type Parsed,
  type PropertyCodec,
  type PropertyValues,
  propertyCodec,
} from '../../contract/property-string.ts';
import { invalidInput } from '../../core/errors.ts';

const count = { type: 'integer', minimum: 0, optional: true } as const;

const schema = {
  'keep-all': { type: 'boolean', optional: true },
  'keep-daily': count,
  'keep-hourly': count,
  'keep-last': count,
  'keep-monthly': count,
  'keep-weekly': count,
  'keep-yearly': count,
} as const;

/** Counts of backups. With `keep-all`, or without any count above 0, all stay. */
export type KeepOptions = PropertyValues<typeof schema>;

/** The options that keep so many backups, in the order in which they are taken. */
export const keepRules = [
  'keep-last',
  'keep-hourly',
  'keep-daily',
  'keep-weekly',
  'keep-monthly',
  'keep-yearly',
] as const;
export type KeepRule = (typeof keepRules)[number];

/** What keeps everything. */
export const keepAll: KeepOptions = { 'keep-all': true };

const plain = propertyCodec(schema);

/**
 * The codec of `prune-backups`. As in the API, `keep-all` cannot stand beside a count above 0, and counts that are all 0 are
 * read as `keep-all`: nobody loses all backups by asking to keep none.
 */
export const pruneBackupsString: PropertyCodec<typeof schema> = {
  ...plain,
  parse(text): Parsed<KeepOptions> {
    const parsed = plain.parse(text);
    if (!parsed.ok) return parsed;
    if (activeRules(parsed.value).length === 0) return { ok: true, value: keepAll };
    return parsed.value['keep-all']
      ? { ok: false, error: 'keep-all cannot stand beside other options' }
      : parsed;
  },
};

/** Reads `prune-backups`; without a text all backups stay. `invalid-input` about `prune-backups`. */
export function parseKeepOptions(text: string | undefined): KeepOptions {
  if (text === undefined) return keepAll;
  const parsed = pruneBackupsString.parse(text);
  if (!parsed.ok) throw invalidInput({ 'prune-backups': parsed.error });
  return parsed.value;
}

/** What the outdated `maxfiles` asks for: so many backups, 0 for all. */
export function keepOfMaxFiles(maxFiles: number): KeepOptions {
  return maxFiles > 0 ? { 'keep-last': maxFiles } : keepAll;
}

/** The rules that keep something, with their counts, in their order; none when all backups stay. */
export function activeRules(keep: KeepOptions): { readonly rule: KeepRule; readonly count: number }[] {
  return keepRules.flatMap((rule) => {
    const value = keep[rule];
    return value !== undefined && value > 0 ? [{ rule, count: value }] : [];
  });
}

/** Do all backups stay? */
export function keepsAll(keep: KeepOptions): boolean {
  return keep['keep-all'] === true || activeRules(keep).length === 0;
}

/**
 * How many backups of a guest ever stay, apart from protected and renamed ones; undefined without a limit. While a backup is
 * made, before older ones are removed, there is one more.
 */
export function mostBackups(keep: KeepOptions): number | undefined {
  if (keepsAll(keep)) return undefined;
  return activeRules(keep).reduce((sum, { count: value }) => sum + value, 0);
}
