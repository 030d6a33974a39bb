// How many backups of a guest stay: what `prune-backups` (`keep-last=3,keep-daily=13`) comes to. Pure.
import {
  type KeepOptions,
  type KeepRule,
  keepAll,
  keepRules,
  pruneBackupsString,
} from '../../contract/prune-backups.ts';
import { invalidInput } from '../../core/errors.ts';

export { type KeepOptions, type KeepRule, keepAll, keepRules, pruneBackupsString };

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
