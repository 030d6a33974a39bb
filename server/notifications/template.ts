// Templates of webhooks: `{{ title }}`, `{{ fields.type }}`, `{{ escape message }}`, in the part of the Handlebars notation that they need. Pure.
import { invalidInput } from '../core/errors.ts';

/** What a template can name. Its values are not escaped: that is the helpers' work. */
export type TemplateData = { readonly [key: string]: string | number | TemplateData };
type Value = TemplateData[string] | undefined;

/** Of one template; a text of a block's body is not one. */
type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'value'; readonly expression: Expression }
  | {
      readonly kind: 'if' | 'unless' | 'each';
      readonly expression: Expression;
      readonly body: readonly Piece[];
      readonly otherwise: readonly Piece[];
    };

interface Expression {
  readonly helper: Helper | undefined;
  /** A path such as `fields.type`, or a text in quotes. */
  readonly operand: { readonly path: readonly string[] } | { readonly literal: string };
}

const helpers = {
  /** For the inside of a JSON string. */
  escape: (value: Value) => JSON.stringify(textOf(value)).slice(1, -1),
  /** The whole value as JSON; a text with its quotes. */
  json: (value: Value) => JSON.stringify(value ?? null),
  /** For a part of a URL. */
  'url-encode': (value: Value) =>
    encodeURIComponent(textOf(value).toWellFormed()).replace(
      /[!'()*]/g,
      (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
    ),
} as const;
type Helper = keyof typeof helpers;

const deepest = 4;
/** Characters of a result. */
const longestResult = 1024 ** 2;

export interface Template {
  /** Rejects nothing but a result of more than a million characters (`invalid-input`). What is not there is empty. */
  render(data: TemplateData): string;
}

/** Reads a template; `invalid-input` about `field`, naming what is not understood. */
export function parseTemplate(text: string, field: string): Template {
  const reader = new Reader(text, field);
  const pieces = reader.readPieces([]).pieces;
  return {
    render(data) {
      const out = { text: '' };
      append(out, pieces, { data, self: undefined, key: undefined }, field);
      return out.text;
    },
  };
}

interface Scope {
  readonly data: TemplateData;
  /** Inside of `each`: `this` and `@key`. */
  readonly self: Value;
  readonly key: string | undefined;
}

function append(out: { text: string }, pieces: readonly Piece[], scope: Scope, field: string): void {
  for (const piece of pieces) {
    if (piece.kind === 'text') out.text += piece.text;
    else if (piece.kind === 'value') {
      const value = readAt(piece.expression, scope);
      out.text +=
        piece.expression.helper === undefined ? textOf(value) : helpers[piece.expression.helper](value);
    } else if (piece.kind === 'each') {
      const value = readAt(piece.expression, scope);
      const entries = typeof value === 'object' ? Object.entries(value) : [];
      for (const [key, self] of entries) append(out, piece.body, { ...scope, self, key }, field);
      if (entries.length === 0) append(out, piece.otherwise, scope, field);
    } else {
      const holds = isTrue(readAt(piece.expression, scope)) === (piece.kind === 'if');
      append(out, holds ? piece.body : piece.otherwise, scope, field);
    }
    if (out.text.length > longestResult) throw invalidInput({ [field]: 'the result is too long' });
  }
}

function readAt({ operand }: Expression, scope: Scope): Value {
  if ('literal' in operand) return operand.literal;
  const [first = '', ...rest] = operand.path;
  let value: Value;
  if (first === 'this') value = scope.self;
  else if (first === '@key') value = scope.key;
  else value = Object.hasOwn(scope.data, first) ? scope.data[first] : undefined;
  for (const name of rest)
    value = typeof value === 'object' && Object.hasOwn(value, name) ? value[name] : undefined;
  return value;
}

function isTrue(value: Value): boolean {
  if (typeof value === 'object') return Object.keys(value).length > 0;
  return value !== undefined && value !== '' && value !== 0;
}

function textOf(value: Value): string {
  if (value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

const blocks = ['if', 'unless', 'each'] as const;

class Reader {
  readonly #text: string;
  readonly #field: string;
  #at = 0;

  constructor(text: string, field: string) {
    this.#text = text;
    this.#field = field;
  }

  /** Up to the end of the text, or to `{{else}}` or the end of the innermost open block. */
  readPieces(open: readonly string[]): { pieces: Piece[]; end: 'text' | 'else' | 'close' } {
    const pieces: Piece[] = [];
    for (;;) {
      const start = this.#text.indexOf('{{', this.#at);
      const text = this.#text.slice(this.#at, start < 0 ? undefined : start);
      if (text !== '') pieces.push({ kind: 'text', text });
      if (start < 0) {
        if (open.length > 0) throw this.#fault(`{{#${open.at(-1)}}} is not closed`);
        return { pieces, end: 'text' };
      }
      const tag = this.#readTag(start);
      if (tag === undefined) continue;
      if (tag === 'else' && open.length > 0) return { pieces, end: 'else' };
      if (tag.startsWith('/')) {
        if (tag.slice(1).trim() !== open.at(-1)) throw this.#fault(`nothing is open for {{${tag}}}`);
        return { pieces, end: 'close' };
      }
      pieces.push(tag.startsWith('#') ? this.#readBlock(tag, open) : this.#readValue(tag));
    }
  }

  /** What stands between the braces; undefined for a comment. */
  #readTag(start: number): string | undefined {
    const [opening, closing] = this.#text.startsWith('{{!--', start)
      ? ['{{!--', '--}}']
      : this.#text.startsWith('{{{', start)
        ? ['{{{', '}}}']
        : ['{{', '}}'];
    const end = this.#text.indexOf(closing, start + opening.length);
    if (end < 0) throw this.#fault(`${opening} without ${closing}`);
    this.#at = end + closing.length;
    const tag = this.#text.slice(start + opening.length, end).trim();
    return opening === '{{!--' || tag.startsWith('!') ? undefined : tag;
  }

  #readBlock(tag: string, open: readonly string[]): Piece {
    const [, name, argument = ''] = /^#(\S+)\s*(.*)$/s.exec(tag) ?? [];
    const kind = blocks.find((block) => block === name);
    if (kind === undefined) throw this.#fault(`{{${tag}}} is not known: write #if, #unless or #each`);
    if (open.length >= deepest) throw this.#fault(`blocks stand ${deepest} deep at most`);
    const inside = [...open, kind];
    const first = this.readPieces(inside);
    const second = first.end === 'else' ? this.readPieces(inside) : undefined;
    if (second?.end === 'else') throw this.#fault(`{{#${kind}}} has two {{else}}`);
    const expression = this.#readExpression(argument);
    return { kind, expression, body: first.pieces, otherwise: second?.pieces ?? [] };
  }

  #readValue(tag: string): Piece {
    return { kind: 'value', expression: this.#readExpression(tag.replace(/^&\s*/, '')) };
  }

  #readExpression(text: string): Expression {
    const [, first = '', second] =
      /^("[^"]*"|'[^']*'|[^\s"']+)(?:\s+("[^"]*"|'[^']*'|[^\s"']+))?$/s.exec(text) ?? [];
    if (second === undefined) return { helper: undefined, operand: this.#readOperand(first, text) };
    if (!Object.hasOwn(helpers, first))
      throw this.#fault(`'${first}' is not known: write ${Object.keys(helpers).join(', ')}`);
    return { helper: first as Helper, operand: this.#readOperand(second, text) };
  }

  #readOperand(word: string, whole: string): Expression['operand'] {
    if (/^["']/.test(word)) return { literal: word.slice(1, -1) };
    if (!/^@?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/.test(word))
      throw this.#fault(`{{ ${whole.slice(0, 60)} }} is not understood`);
    return { path: word.split('.') };
  }

  #fault(what: string) {
    return invalidInput({ [this.#field]: `not a template: ${what}` });
  }
}
