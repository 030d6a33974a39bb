// Texts of the UI in the language in use. Components hold keys, never sentences.
import { batch, createSignal } from 'solid-js';
import { fill, pluralKey } from './fill.ts';
import type { LanguageCode } from './languages.ts';
import type { Key, PluralKey } from './words.ts';

export type { Key, PluralKey } from './words.ts';
export type Values = Readonly<Record<string, string | number>>;

const [words, setDictionary] = createSignal<Readonly<Record<string, string>>>({});
const [locale, setLocale] = createSignal<LanguageCode>('en');

/** The language in use, for Intl; and its words, as far as they are loaded. */
export { locale, words };

/** Takes a language's words in the place of what was there; all texts change at once. */
export function setWords(code: LanguageCode, next: Readonly<Record<string, string>>): void {
  batch(() => {
    setDictionary(next);
    setLocale(code);
  });
  document.documentElement.lang = code;
}

/** The text of a key, with `{names}` filled in. The result is text, never markup. */
export function t(key: Key, values?: Values): string {
  return fill(words()[key] ?? key, values);
}

/** The text of a key that has plural forms, chosen by `count`, which is filled in as `{count}`. */
export function tn(stem: PluralKey, count: number, values: Values = {}): string {
  return fill(words()[pluralKey(words(), stem, count, locale())] ?? stem, { count, ...values });
}

/** The text of a key made at run time (`state.running`); the last resort is shown when there is none. */
export function tOr(key: string, lastResort: string): string {
  return Object.hasOwn(words(), key) ? (words()[key] ?? lastResort) : lastResort;
}
