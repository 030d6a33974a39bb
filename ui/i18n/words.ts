// What a dictionary is. English is what all others are translated from; keys are flat; `{names}` are filled in.
import type { words as first } from './en/first.ts';
import type { words as pages } from './en/pages.ts';

type English = typeof first & typeof pages;
export type Key = keyof English & string;
/** The stems of keys that come in plural forms (`x.one`, `x.other`). */
export type PluralKey = Key extends infer K ? (K extends `${infer Stem}.other` ? Stem : never) : never;

type StemsOf<K> = K extends `${infer Stem}.other` ? Stem : never;

/**
 * A translation of a part: all its keys, and the plural forms that English has not (`x.few`, `x.many`). A test sees to it that each
 * language has just the forms that it needs, and the same `{names}`.
 */
export type Translation<Part> = { readonly [K in keyof Part]: string } & {
  readonly [K in `${StemsOf<keyof Part>}.${'zero' | 'two' | 'few' | 'many'}`]?: string;
};
