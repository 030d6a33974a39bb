// Filters of tables: the filter language for resources, plain words for the rest.
import type { ResourceItem } from '../../server/contract/resources.ts';
import { readFilter } from '../search/filter.ts';
import { fold } from '../search/fold.ts';
import { problemText } from './filter-problem.ts';

/** A filter's text as it was understood. */
export interface RowFilter<T> {
  readonly matches: (row: T) => boolean;
  /** What could not be read, in words. */
  readonly problems: readonly string[];
}

/** The filter language of the search. */
export function resourceFilter(text: string): RowFilter<ResourceItem> {
  const { matches, problems } = readFilter(text);
  return {
    matches,
    problems: problems.map(problemText),
  };
}

/** All words must be somewhere in the texts of a row. */
export function wordFilter<T>(textsOf: (row: T) => readonly (string | undefined)[]) {
  return (text: string): RowFilter<T> => {
    const words = fold(text).split(/\s+/).filter(Boolean);
    return {
      // Between line ends: a word never reaches from one text into the next.
      matches: (row) => {
        if (words.length === 0) return true;
        const all = fold(textsOf(row).join('\n'));
        return words.every((word) => all.includes(word));
      },
      problems: [],
    };
  };
}
