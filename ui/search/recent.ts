// What was chosen last in the palette, kept in the browser under the user's name. Pure; what is read is not trusted.

import { readKeptList } from './kept-list.ts';

export const mostRecent = 8;
/** Of an entry's id. */
const mostLetters = 300;

/** Where it is kept. */
export function recentKey(user: string): string {
  return `croft.recent.${user}`;
}

/** Ids of entries, the last one first. */
export function readRecent(stored: string | null): string[] {
  const ids = readKeptList(stored).filter(
    (id): id is string => typeof id === 'string' && id !== '' && id.length <= mostLetters,
  );
  return [...new Set(ids)].slice(0, mostRecent);
}

export function withRecent(list: readonly string[], id: string): string[] {
  return [id, ...list.filter((one) => one !== id)].slice(0, mostRecent);
}
