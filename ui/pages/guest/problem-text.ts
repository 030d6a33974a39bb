// What is wrong with a field, in words.
import { tOr } from '../../i18n/index.ts';

/** Undefined for no problem. */
export function problemText(word: string | undefined): string | undefined {
  if (word === undefined) return undefined;
  return tOr(`vm.problem.${word}`, tOr(`ct.problem.${word}`, tOr(`create.problem.${word}`, word)));
}
