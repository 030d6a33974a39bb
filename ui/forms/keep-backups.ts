// How many backups stay, as forms and words have it. Pure.
import { type KeepRule, keepRules, pruneBackupsString } from '../../server/contract/prune-backups.ts';

/** Counts above 0; none of them: all stay. */
export type KeptCounts = Readonly<Partial<Record<KeepRule, number>>>;

/** Of `prune-backups` as a string (storages) or as an object (jobs); undefined where nothing is said, or nothing that is understood. */
export function readKept(value: unknown): KeptCounts | undefined {
  const parsed = typeof value === 'string' ? pruneBackupsString.parse(value) : undefined;
  const given = parsed?.ok ? parsed.value : value;
  if (typeof given !== 'object' || given === null) return undefined;
  const counts = given as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    keepRules.map((rule) => [rule, Number(counts[rule] ?? 0)] as const).filter(([, count]) => count > 0),
  );
}

/** Is nothing ever removed? */
export function keepsAll(kept: KeptCounts): boolean {
  return Object.keys(kept).length === 0;
}
