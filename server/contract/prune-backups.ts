// The property string `prune-backups` (`keep-last=3,keep-daily=13`): how many backups of a guest stay, as the API writes it.
import { type Parsed, type PropertyCodec, type PropertyValues, propertyCodec } from './property-string.ts';

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
    if (keepRules.every((rule) => (parsed.value[rule] ?? 0) === 0)) return { ok: true, value: keepAll };
    return parsed.value['keep-all']
      ? { ok: false, error: 'keep-all cannot stand beside other options' }
      : parsed;
  },
};
