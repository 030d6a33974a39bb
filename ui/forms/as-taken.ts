// Parameters and property strings that are taken apart piece by piece: what was not taken is known at the end. Pure.
import { type RequestParams, textOf } from './as-request.ts';
import { isOn, parseProperties } from './property-string.ts';

/** Options of one parameter. */
export class TakenProperties {
  readonly lead: string;
  readonly #options: Map<string, string>;

  constructor(text: string) {
    const { lead, options } = parseProperties(text);
    this.lead = lead;
    this.#options = new Map(options);
  }

  text(name: string): string | undefined {
    const value = this.#options.get(name);
    this.#options.delete(name);
    return value;
  }

  number(name: string): number | undefined {
    const value = this.text(name);
    return value === undefined || !Number.isFinite(Number(value)) ? undefined : Number(value);
  }

  flag(name: string): boolean | undefined {
    const value = this.text(name);
    return value === undefined ? undefined : isOn(value);
  }

  rest(): string[] {
    return [...this.#options.keys()];
  }
}

export class TakenParams {
  readonly #params: Map<string, string>;
  readonly #missing: string[] = [];

  constructor(params: RequestParams) {
    this.#params = new Map(
      Object.entries(params).flatMap(([name, value]) => (value === undefined ? [] : [[name, textOf(value)]])),
    );
  }

  text(name: string): string | undefined {
    const value = this.#params.get(name);
    this.#params.delete(name);
    return value;
  }

  /** Looks at it without taking it. */
  peek(name: string): string | undefined {
    return this.#params.get(name);
  }

  number(name: string): number | undefined {
    const value = this.text(name);
    return value === undefined ? undefined : Number(value);
  }

  flag(name: string): boolean | undefined {
    const value = this.text(name);
    return value === undefined ? undefined : isOn(value);
  }

  /** The property string of a parameter; what `read` does not take of it is missing. */
  properties<T>(name: string, read: (taken: TakenProperties) => T): T | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const taken = new TakenProperties(text);
    const result = read(taken);
    this.#missing.push(...taken.rest().map((option) => `${name}: ${option}`));
    return result;
  }

  /** The names that are still there and fit, in the order of their numbers. */
  names(pattern: RegExp): string[] {
    return [...this.#params.keys()]
      .filter((name) => pattern.test(name))
      .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  }

  /** Says that something has no place in what is made. */
  miss(what: string): void {
    this.#missing.push(what);
  }

  /** All that has no place: parameters nobody took, and what was said. */
  missing(): string[] {
    return [...this.#params.keys(), ...this.#missing];
  }
}
