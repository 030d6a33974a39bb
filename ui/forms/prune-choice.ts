// The dialog that prunes the backups of a storage: what is to be kept, and what would become of each backup. Pure.
import { type KeepRule, keepRules } from '../../server/contract/prune-backups.ts';
import type { KeptCounts } from './keep-backups.ts';
import { isAtLeast } from './plain-rules.ts';

export type KeepTexts = Readonly<Record<KeepRule, string>>;
export type PruneMark = 'keep' | 'remove' | 'protected' | 'renamed';

/** What is typed into the fields at first. */
export function keepTexts(kept: KeptCounts | undefined): KeepTexts {
  return Object.fromEntries(keepRules.map((rule) => [rule, String(kept?.[rule] ?? '')])) as KeepTexts;
}

/** What is wrong with a field: not a number of backups. */
export function keepProblem(texts: KeepTexts, rule: KeepRule): 'count' | undefined {
  return texts[rule].trim() === '' || isAtLeast(texts[rule], 0) ? undefined : 'count';
}

/** `keep-last=3,keep-daily=7`; undefined while a field is wrong, or nothing is to be kept: then nothing is pruned. */
export function keepOption(texts: KeepTexts): string | undefined {
  if (keepRules.some((rule) => keepProblem(texts, rule) !== undefined)) return undefined;
  const counted = keepRules.filter((rule) => Number(texts[rule]) > 0);
  return counted.length === 0 ? undefined : counted.map((rule) => `${rule}=${Number(texts[rule])}`).join(',');
}

/** How many go and how many stay, and the bytes that go. `sizes`: by volume id. */
export function pruneSums(
  marks: readonly { readonly volid: string; readonly mark: PruneMark }[],
  sizes: ReadonlyMap<string, number>,
) {
  const gone = marks.filter(({ mark }) => mark === 'remove');
  return {
    removed: gone.length,
    kept: marks.length - gone.length,
    bytes: gone.reduce((sum, { volid }) => sum + (sizes.get(volid) ?? 0), 0),
  };
}
