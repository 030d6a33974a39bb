// Values of documents: checked to be plain JSON, copied, and frozen, so that nobody can change the truth by accident.
import { invalidInput } from '../core/errors.ts';
import type { Json } from './cluster-store.ts';

const maxDepth = 64;
/** Longest JSON text of one value. */
const maxValueChars = 1024 * 1024;

export interface CheckedValue {
  /** A deep-frozen copy. */
  readonly value: Json;
  readonly text: string;
}

/** Copies and freezes a value and gives its JSON text; throws `invalid-input` when JSON would not keep it unchanged. */
export function checkValue(value: unknown): CheckedValue {
  const copy = copyOf(value, 0);
  const text = JSON.stringify(copy);
  if (text.length > maxValueChars) throw notJson('is too large');
  return { value: copy, text };
}

/** The frozen value of stored text. */
export function readValue(text: string): Json {
  return copyOf(JSON.parse(text), 0);
}

function copyOf(value: unknown, depth: number): Json {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw notJson('holds a number that is not finite');
    return value === 0 ? 0 : value; // JSON has no -0
  }
  if (typeof value !== 'object') throw notJson(`holds a value of type ${typeof value}`);
  if (depth >= maxDepth) throw notJson('is nested too deeply');
  if (Array.isArray(value)) {
    // Array.from also visits the holes of a sparse array.
    return Object.freeze(Array.from(value, (item) => copyOf(item, depth + 1)));
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null)
    throw notJson('holds an object that is not plain');
  const copy: Record<string, Json> = {};
  for (const [key, item] of Object.entries(value)) {
    if (key === '__proto__') throw notJson("holds the key '__proto__'");
    copy[key] = copyOf(item, depth + 1);
  }
  return Object.freeze(copy);
}

function notJson(why: string) {
  return invalidInput({ value: why }, `The document ${why}.`);
}
