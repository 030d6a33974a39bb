// What is wrong with a field, in words.
import { tOr } from '../../i18n/index.ts';

/** Undefined for no problem. */
export function problemText(word: string | undefined): string | undefined {
  return word === undefined ? undefined : tOr(`ct.problem.${word}`, tOr(`create.problem.${word}`, word));
}
