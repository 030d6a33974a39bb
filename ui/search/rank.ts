// What a palette shows for some words, the best first: by fixed rules, so that the same words give the same answer. Pure.
import { fold } from './fold.ts';

export interface Findable {
  readonly title: string;
  /** A guest's. */
  readonly number?: number | undefined;
  /** Other words by which it is found. */
  readonly words?: string;
  /** Of two that fit equally well, the smaller one comes first. */
  readonly order: number;
}

interface Prepared<T> {
  readonly entry: T;
  readonly title: string;
  readonly number: string;
  /** The beginnings of words are found by a blank before them. */
  readonly spaced: string;
  readonly others: string;
}

/** Entries made ready for `rank`, in the order of equals. */
export type Index<T> = readonly Prepared<T>[];

/** Names are as long as somebody liked: nobody types more than this. */
const mostLetters = 200;
const between = /[^\p{L}\p{N}]+/gu;
const collator = new Intl.Collator('en', { numeric: true });

export function makeIndex<T extends Findable>(entries: readonly T[]): Index<T> {
  return entries
    .map((entry) => {
      const title = fold(entry.title.slice(0, mostLetters));
      return {
        entry,
        title,
        number: entry.number === undefined ? '' : String(entry.number),
        spaced: spaced(title),
        others: spaced(fold((entry.words ?? '').slice(0, mostLetters))),
      };
    })
    .sort(
      (a, b) =>
        a.entry.order - b.entry.order ||
        collator.compare(a.title, b.title) ||
        (a.entry.number ?? 0) - (b.entry.number ?? 0),
    );
}

const spaced = (text: string) => ` ${text.replace(between, ' ').trim()}`;

/** How an entry fits a word, the best first. */
const fits = [
  (one: Prepared<unknown>, word: string) => one.number === word,
  (one: Prepared<unknown>, word: string) => one.title === word,
  (one: Prepared<unknown>, word: string) => one.title.startsWith(word),
  (one: Prepared<unknown>, word: string) => one.spaced.includes(` ${word}`),
  (one: Prepared<unknown>, word: string) => one.number.startsWith(word),
  (one: Prepared<unknown>, word: string) => one.title.includes(word),
  (one: Prepared<unknown>, word: string) => one.others.includes(` ${word}`),
  (one: Prepared<unknown>, word: string) => word.length >= fuzzyFrom && inOrder(one.title, word),
];
const fuzzyFrom = 3;

/** The letters stand in the title in this order, the first one at its beginning: `pgm` finds `postgres-main`, in the end. */
function inOrder(title: string, word: string): boolean {
  if (title[0] !== word[0]) return false;
  let at = 0;
  for (const letter of word) {
    at = title.indexOf(letter, at) + 1;
    if (at === 0) return false;
  }
  return true;
}

function classOf(one: Prepared<unknown>, word: string): number {
  const found = fits.findIndex((suits) => suits(one, word));
  return found < 0 ? fits.length : found;
}

/**
 * The entries that fit all words, the best first: those whose worst word fits best; `web front` as a whole is better
 * than its words. Without words, all in the order of equals.
 */
export function rank<T extends Findable>(index: Index<T>, query: string): T[] {
  const whole = fold(query.trim().slice(0, mostLetters)).replace(/\s+/g, ' ');
  if (whole === '') return index.map((one) => one.entry);
  const words = [...new Set(whole.split(' '))];
  const classes: T[][] = fits.map(() => []);
  for (const one of index) {
    const worst = words.reduce((most, word) => Math.max(most, classOf(one, word)), 0);
    const best = words.length > 1 ? Math.min(worst, classOf(one, whole)) : worst;
    classes[best]?.push(one.entry);
  }
  return classes.flat();
}
