// Saved searches: a name for a filter's text, kept in the browser under the user's name. Pure; what is read is not trusted.

import { readKeptList } from './kept-list.ts';

export interface SavedSearch {
  readonly name: string;
  /** In the filter language. */
  readonly text: string;
}

export const mostSaved = 50;
/** Of a name. */
export const mostLetters = 100;

/** Where they are kept. */
export function savedKey(user: string): string {
  return `croft.searches.${user}`;
}

/** What was kept; whatever does not look like a saved search is left out. */
export function readSaved(stored: string | null): SavedSearch[] {
  return readKeptList(stored)
    .slice(0, mostSaved)
    .reduce<SavedSearch[]>((kept, one) => {
      if (typeof one !== 'object' || one === null || !('name' in one) || !('text' in one)) return kept;
      const { name, text } = one;
      return typeof name === 'string' && typeof text === 'string' ? withSaved(kept, { name, text }) : kept;
    }, []);
}

/** With one more, by name; one of the same name is replaced. Without a name or a text nothing is added. */
export function withSaved(list: readonly SavedSearch[], search: SavedSearch): SavedSearch[] {
  const name = search.name.trim().slice(0, mostLetters);
  const text = search.text.trim();
  if (name === '' || text === '') return [...list];
  return [...withoutSaved(list, name), { name, text }].sort((a, b) => a.name.localeCompare(b.name));
}

export function withoutSaved(list: readonly SavedSearch[], name: string): SavedSearch[] {
  return list.filter((one) => one.name !== name);
}
