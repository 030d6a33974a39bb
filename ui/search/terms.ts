// A filter's text cut into terms: words, `key:value`, negation, quotes; with their places in the text. Pure.

export type Operator = ':' | '!=' | '>' | '>=' | '<' | '<=';

export interface TermValue {
  readonly text: string;
  /** Part of it stood in quotes: a `*` in it is a star. */
  readonly quoted: boolean;
}

export interface Term {
  /** Its place in the text, the end not included. */
  readonly from: number;
  readonly to: number;
  readonly negated: boolean;
  /** In lower case; undefined for a word. */
  readonly key: string | undefined;
  readonly operator: Operator;
  /** A word has one. Empty ones are left out. */
  readonly values: readonly TermValue[];
  /** Its last quote is not closed; it goes to the end of the text. */
  readonly open: boolean;
}

const blank = /\s/;
const keyed = /^([a-z][\w-]*)(>=|<=|!=|[:=<>])/i;

/** Cuts the text at its blanks, those in quotes excepted. */
export function readTerms(text: string): Term[] {
  const terms: Term[] = [];
  let at = 0;
  while (at < text.length) {
    if (blank.test(text[at]!)) {
      at += 1;
      continue;
    }
    const term = readTerm(text, at);
    terms.push(term);
    at = term.to;
  }
  return terms;
}

function readTerm(text: string, from: number): Term {
  let at = from;
  const negated = text[at] === '-' || text[at] === '!';
  if (negated) at += 1;
  // A key is short: the rest of a long text need not be looked at.
  const match = keyed.exec(text.slice(at, at + 40));
  const key = match?.[1]?.toLowerCase();
  const operator = match?.[2] === '=' ? ':' : ((match?.[2] ?? ':') as Operator);
  at += match?.[0].length ?? 0;

  const values: TermValue[] = [];
  let value = '';
  let quoted = false;
  let open = false;
  const end = () => {
    if (value !== '') values.push({ text: value, quoted });
    value = '';
    quoted = false;
  };
  for (; at < text.length; at += 1) {
    const char = text[at]!;
    if (char === '"') {
      open = !open;
      quoted = true;
    } else if (open) value += char;
    else if (blank.test(char)) break;
    else if (char === ',' && key !== undefined) end();
    else value += char;
  }
  end();
  return { from, to: at, negated, key, operator, values, open };
}

/** A value as a term takes it: in quotes when it would fall apart otherwise. What a quote cannot hold goes. */
export function quoteValue(value: string): string {
  const text = value.replaceAll('"', '');
  return /^[^\s,*:=<>!-][^\s,*:=<>]*$/.test(text) ? text : `"${text}"`;
}
