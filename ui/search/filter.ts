// The filter language: `web status:running tag:a,b -node:pve2 mem>4G`, read into a predicate over resources. Pure.
import type { ResourceItem } from '../../server/contract/resources.ts';
import { fold } from './fold.ts';
import { type FilterReason, kindWords, propertyOf, type Test } from './properties.ts';
import { readTerms, type Term } from './terms.ts';

export type { FilterReason } from './properties.ts';

/** A part that could not be read, and why. */
export interface FilterProblem {
  /** Its place in the text, the end not included. */
  readonly from: number;
  readonly to: number;
  /** The part itself. */
  readonly part: string;
  readonly reason: FilterReason;
}

export interface Filter {
  /** It asks for nothing: everything matches. */
  readonly empty: boolean;
  /** It asks for more than words. */
  readonly precise: boolean;
  /** The words asked for, folded; negated ones not. */
  readonly words: readonly string[];
  readonly problems: readonly FilterProblem[];
  matches(item: ResourceItem): boolean;
}

const never: Test = () => false;

/**
 * Reads a filter; never throws. All terms must hold. A term that cannot be read is among the problems and matches
 * nothing, or a list would hold more than was asked for. Only the last one is spared while it is being written.
 */
export function readFilter(text: string): Filter {
  const problems: FilterProblem[] = [];
  const tests: Test[] = [];
  const words: string[] = [];
  let precise = false;
  for (const term of readTerms(text)) {
    const part = text.slice(term.from, term.to);
    const tell = (reason: FilterReason) => problems.push({ from: term.from, to: term.to, part, reason });
    if (term.open) tell('open-quote');
    if (term.negated || term.key !== undefined) precise = true;
    if (term.values.length === 0) {
      if (!term.open) tell(term.key === undefined && term.negated ? 'nothing-negated' : 'no-value');
      if (term.to < text.length) tests.push(never);
      continue;
    }
    const test = term.key === undefined ? wordTest(term) : keyTest(term);
    if (typeof test === 'string') {
      tell(test);
      tests.push(never);
      continue;
    }
    if (term.key === undefined && !term.negated) words.push(fold(term.values[0]?.text ?? ''));
    tests.push(term.negated ? (item) => !test(item) : test);
  }
  return {
    empty: tests.length === 0,
    precise,
    words,
    problems,
    matches: (item) => tests.every((test) => test(item)),
  };
}

/** A word is found in names, numbers, tags, states, nodes and pools, or is a kind as a whole. */
function wordTest(term: Term): Test {
  const word = fold(term.values[0]?.text ?? '');
  return (item) => {
    const { name, node, vmid, storage, tags = '', pool = '', status } = item;
    if (kindWords[item.type]?.includes(word)) return true;
    const own = item.type === 'storage' ? (storage ?? '') : (name ?? '');
    // Between line ends: a word never reaches from one into the next.
    return fold(`${own}\n${vmid ?? ''}\n${tags}\n${status}\n${node}\n${pool}`).includes(word);
  };
}

/** Either of the values will do; `!=` means none of them. */
function keyTest(term: Term): Test | FilterReason {
  const read = propertyOf(term.key ?? '');
  if (read === undefined) return 'unknown-key';
  const unlike = term.operator === '!=';
  const tests: Test[] = [];
  for (const value of term.values) {
    const test = read(unlike ? ':' : term.operator, value);
    if (typeof test === 'string') return test;
    tests.push(test);
  }
  return unlike ? (item) => !tests.some((test) => test(item)) : (item) => tests.some((test) => test(item));
}
