// What could not be read of a filter, in words.
import { t } from '../i18n/index.ts';
import type { FilterProblem } from '../search/filter.ts';

export function problemText({ part, reason }: Pick<FilterProblem, 'part' | 'reason'>): string {
  return t(`filterProblem.${reason}`, { part });
}
