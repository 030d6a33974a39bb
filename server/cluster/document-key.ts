// Keys of documents: their form, their parts, and the order of names in lists.
import { invalidInput } from '../core/errors.ts';
import type { DocumentKey } from './cluster-store.ts';

export interface KeyParts {
  readonly kind: string;
  readonly name: string;
}

const kindPattern = /^[a-z][a-z-]*$/;

/** Splits a key; throws `invalid-input` when it breaks the rules told at `DocumentKey`. */
export function splitKey(key: DocumentKey): KeyParts {
  const at = key.indexOf('/');
  const kind = key.slice(0, at);
  const name = key.slice(at + 1);
  if (at <= 0 || !kindPattern.test(kind) || !isName(name)) {
    throw invalidInput({ key: 'is not kind/name' }, 'This is not the key of a document.');
  }
  return { kind, name };
}

function isName(name: string): boolean {
  // Lone surrogates do not survive UTF-8: two keys would become one.
  return name.length >= 1 && name.length <= 200 && !/[/\p{Cc}]/u.test(name) && name.isWellFormed();
}

const number = /^\d{1,15}$/;

/** The order of lists: numbers first, by value, then the other names by code unit. */
export function compareNames(a: string, b: string): number {
  const aIsNumber = number.test(a);
  const bIsNumber = number.test(b);
  if (aIsNumber && bIsNumber) {
    const difference = Number(a) - Number(b);
    if (difference !== 0) return difference;
  } else if (aIsNumber !== bIsNumber) {
    return aIsNumber ? -1 : 1;
  }
  return a < b ? -1 : a > b ? 1 : 0;
}
