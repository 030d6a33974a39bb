// One table of the answer file, read key by key; what is wrong is collected, with its line, instead of thrown.
import type { AnswerProblem } from '../../server/contract/appliance.ts';
import { nearestWord } from '../../server/core/nearest-word.ts';
import { lineOf } from './answers-lines.ts';

export type { AnswerProblem } from '../../server/contract/appliance.ts';

/** Collects problems of one text. */
export class Problems {
  readonly found: AnswerProblem[] = [];
  readonly #lines: ReadonlyMap<string, number>;

  constructor(lines: ReadonlyMap<string, number>) {
    this.#lines = lines;
  }

  /** `index` points to an element of the list at `key`. */
  add(key: string, message: string, index?: number): void {
    const line = lineOf(this.#lines, index === undefined ? key : `${key}[${index}]`);
    this.found.push({ key, line, message });
  }
}

/** A table such as `[disk]`. Getters answer undefined for what is not there, and for what is wrong, after noting it. */
export class Section {
  readonly #name: string;
  readonly #table: Readonly<Record<string, unknown>>;
  readonly #problems: Problems;

  constructor(name: string, table: Readonly<Record<string, unknown>>, problems: Problems) {
    this.#name = name;
    this.#table = table;
    this.#problems = problems;
  }

  has(key: string): boolean {
    return Object.hasOwn(this.#table, key);
  }

  problem(key: string, message: string, index?: number): void {
    this.#problems.add(`${this.#name}.${key}`, message, index);
  }

  text(key: string): string | undefined {
    return this.#typed(key, 'a text in quotes', (value) => typeof value === 'string');
  }

  flag(key: string): boolean | undefined {
    return this.#typed(key, 'true or false, without quotes', (value) => typeof value === 'boolean');
  }

  texts(key: string): readonly string[] | undefined {
    return this.#typed(
      key,
      'a list of texts: ["...", "..."]',
      (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
    );
  }

  /** One of `words`; `otherwise` when it is not written or wrong. */
  choice<W extends string>(key: string, words: readonly W[], otherwise: W): W {
    const typed = this.text(key);
    if (typed === undefined) return otherwise;
    const word = words.find((one) => one === typed);
    if (word === undefined) this.problem(key, `must be one of ${words.join(', ')}${meant(typed, words)}`);
    return word ?? otherwise;
  }

  #typed<T>(key: string, wanted: string, fits: (value: unknown) => boolean): T | undefined {
    if (!this.has(key)) return undefined;
    const value = this.#table[key];
    if (fits(value)) return value as T;
    this.problem(key, `must be ${wanted}`);
    return undefined;
  }
}

/** `; did you mean keyboard?`, or nothing. */
export function meant(typed: string, known: readonly string[]): string {
  const word = nearestWord(typed, known);
  return word === undefined ? '' : `; did you mean ${word}?`;
}

/** What somebody typed, fit to be repeated in a message: short, without control characters. */
export function quoted(typed: string): string {
  const plain = typed.replace(/[\x00-\x1f\x7f-\x9f]/g, '?');
  return `'${plain.length > 60 ? `${plain.slice(0, 57)}...` : plain}'`;
}
