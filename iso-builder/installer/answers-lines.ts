// Finds the line of each key in a TOML text, so that a problem can be shown where it was written. Pure.

/**
 * Lines (from 1) by dotted key: `disk`, `disk.devices`, and `disk.devices[0]` for elements of lists. Copes with tables,
 * dotted keys, inline tables, comments and all four kinds of strings (https://toml.io/en/v1.0.0). The text has been
 * parsed before: what is no TOML gives fewer lines, never an error.
 */
export function locateKeys(text: string): ReadonlyMap<string, number> {
  const scanner = new Scanner(text);
  scanner.document();
  return scanner.lines;
}

/** The line of a key; of the nearest table around it when the key itself is not written; 0 when nothing is. */
export function lineOf(lines: ReadonlyMap<string, number>, key: string): number {
  for (let part = key; part !== ''; part = part.replace(/(\[\d+\]|(^|\.)[^.[]*)$/, '')) {
    const line = lines.get(part);
    if (line !== undefined) return line;
  }
  return 0;
}

class Scanner {
  readonly lines = new Map<string, number>();
  readonly #text: string;
  #at = 0;
  #line = 1;

  constructor(text: string) {
    this.#text = text;
  }

  document(): void {
    let table = '';
    for (this.#blanks(); this.#at < this.#text.length; this.#blanks()) {
      const before = this.#at;
      if (this.#peek() === '[') {
        while (this.#peek() === '[') this.#step();
        table = this.#key('');
        while (this.#peek() === ']') this.#step();
      } else this.#pair(table);
      if (this.#at === before) this.#step();
    }
  }

  #pair(table: string): void {
    const key = this.#key(table);
    if (this.#peek() !== '=') return;
    this.#step();
    this.#spaces();
    this.#value(key);
  }

  /** A dotted key; records it and all that it implies. */
  #key(table: string): string {
    let path = table;
    for (;;) {
      this.#spaces();
      const line = this.#line;
      const quoted = this.#peek() === '"' || this.#peek() === "'";
      const part = quoted ? this.#string().slice(1, -1) : this.#while(/[A-Za-z0-9_-]/);
      if (part === '' && !quoted) return path;
      path = path === '' ? part : `${path}.${part}`;
      if (!this.lines.has(path)) this.lines.set(path, line);
      this.#spaces();
      if (this.#peek() !== '.') return path;
      this.#step();
    }
  }

  #value(path: string): void {
    const first = this.#peek();
    if (first === '"' || first === "'") this.#string();
    else if (first === '[') {
      this.#list((index) => {
        this.lines.set(`${path}[${index}]`, this.#line);
        this.#value(`${path}[${index}]`);
      }, ']');
    } else if (first === '{') this.#list(() => this.#pair(path), '}');
    else this.#while(/[^,\]}#\n]/);
  }

  #list(element: (index: number) => void, end: string): void {
    this.#step();
    for (let index = 0; ; index += 1) {
      this.#blanks();
      if (this.#peek() === '' || this.#peek() === end) break;
      const before = this.#at;
      element(index);
      this.#blanks();
      if (this.#peek() === ',' || this.#at === before) this.#step();
    }
    this.#step();
  }

  /** A string with its quotes. */
  #string(): string {
    const start = this.#at;
    const quote = this.#peek();
    const end = this.#text.startsWith(quote.repeat(3), this.#at) ? quote.repeat(3) : quote;
    this.#step(end.length);
    while (this.#at < this.#text.length && !this.#text.startsWith(end, this.#at))
      this.#step(quote === '"' && this.#peek() === '\\' ? 2 : 1);
    this.#step(end.length);
    // One or two quotes may stand right before the three that end a multi-line string.
    if (end.length === 3) while (this.#peek() === quote) this.#step();
    return this.#text.slice(start, this.#at);
  }

  /** White space, line ends and comments. */
  #blanks(): void {
    for (;;) {
      this.#while(/\s/);
      if (this.#peek() !== '#') return;
      this.#while(/[^\n]/);
    }
  }

  #spaces(): void {
    this.#while(/[ \t]/);
  }

  #while(pattern: RegExp): string {
    const start = this.#at;
    while (this.#at < this.#text.length && pattern.test(this.#peek())) this.#step();
    return this.#text.slice(start, this.#at);
  }

  #peek(): string {
    return this.#text[this.#at] ?? '';
  }

  #step(count = 1): void {
    for (let done = 0; done < count; done += 1) {
      if (this.#peek() === '\n') this.#line += 1;
      this.#at += 1;
    }
  }
}
