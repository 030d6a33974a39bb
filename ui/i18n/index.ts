// Texts of the UI in the language in use. Components hold keys, never sentences.
import { createSignal } from 'solid-js';
import { en } from './en.ts';
import { fill, pluralKey } from './fill.ts';

export type Dictionary = { readonly [K in keyof typeof en]: string };
export type Key = keyof Dictionary;
/** The stems of keys that come in plural forms (`x.one`, `x.other`). */
export type PluralKey = Key extends infer K ? (K extends `${infer Stem}.other` ? Stem : never) : never;
export type Values = Readonly<Record<string, string | number>>;

const [dictionary] = createSignal<Dictionary>(en);
const [locale] = createSignal('en');

/** The language in use, for Intl. */
export { locale };

/** The text of a key, with `{names}` filled in. The result is text, never markup. */
export function t(key: Key, values?: Values): string {
  return fill(dictionary()[key], values);
}

/** The text of a key that has plural forms, chosen by `count`, which is filled in as `{count}`. */
export function tn(stem: PluralKey, count: number, values: Values = {}): string {
  const words: Readonly<Record<string, string>> = dictionary();
  return fill(words[pluralKey(words, stem, count, locale())] ?? stem, { count, ...values });
}

/** The text of a key made at run time (`state.running`); the last resort is shown when there is none. */
export function tOr(key: string, lastResort: string): string {
  const words: Readonly<Record<string, string>> = dictionary();
  return Object.hasOwn(words, key) ? (words[key] ?? lastResort) : lastResort;
}
