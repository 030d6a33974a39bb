// What somebody wants to do with a guest, read from words like `start 101` and `shut down web`. Pure.
import { fold } from './fold.ts';

export interface Verb<A> {
  readonly action: A;
  /** As people may write it, each in the language in use or in the API's words. */
  readonly names: readonly string[];
}

export interface Wish<A> {
  readonly action: A;
  /** The words after the verb: which guest. */
  readonly rest: string;
}

/** As many letters must be there before the beginning of a verb counts as one. */
const enough = 3;

/** The wishes that the words can be read as, in the order of the verbs. A verb as a whole excludes mere beginnings. */
export function readWishes<A>(text: string, verbs: readonly Verb<A>[]): Wish<A>[] {
  const said = fold(text).trim().replace(/\s+/g, ' ');
  const whole: Wish<A>[] = [];
  const begun: Wish<A>[] = [];
  for (const { action, names } of verbs) {
    const folded = names.map(fold).filter(Boolean);
    const name = folded
      .filter((one) => `${said} `.startsWith(`${one} `))
      .sort((a, b) => b.length - a.length)[0];
    if (name !== undefined) {
      whole.push({ action, rest: said.slice(name.length).trim() });
      continue;
    }
    const [first = '', ...others] = said.split(' ');
    if (first.length >= enough && folded.some((one) => one.startsWith(first)))
      begun.push({ action, rest: others.join(' ') });
  }
  return whole.length > 0 ? whole : begun;
}
