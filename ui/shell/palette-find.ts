// What the palette shows for a text: wishes about guests, what a filter finds, what words find. Pure.
import type { ResourceItem } from '../../server/contract/resources.ts';
import { readFilter } from '../search/filter.ts';
import { type Index, makeIndex, rank } from '../search/rank.ts';
import { readWishes, type Verb } from '../search/verbs.ts';

/** What is found of an entry here. */
export interface Entry {
  readonly id: string;
  readonly item?: ResourceItem;
  readonly reason?: string | undefined;
  readonly title: string;
  readonly number?: number | undefined;
  readonly words?: string;
  readonly order: number;
}

export interface Stock<E extends Entry, A> {
  readonly all: Index<E>;
  /** Of guests only: what wishes are about. */
  readonly guests: Index<E>;
  /** Those that a filter can find, in the order of equals. */
  readonly resources: readonly E[];
  readonly verbs: readonly Verb<A>[];
  /** The entry for a wish; undefined when that guest cannot do it at all. */
  readonly wish: (action: A, item: ResourceItem) => E | undefined;
}

export function makeStock<E extends Entry, A>(
  entries: readonly E[],
  verbs: readonly Verb<A>[],
  wish: Stock<E, A>['wish'],
): Stock<E, A> {
  const all = makeIndex(entries);
  const sorted = rank(all, '').filter((one) => one.item !== undefined);
  return {
    all,
    guests: makeIndex(entries.filter((one) => one.item?.vmid !== undefined)),
    resources: sorted,
    verbs,
    wish,
  };
}

/** Of so many guests are wishes offered. */
const mostWishes = 6;

/**
 * The entries for a text, the best first. A filter finds resources only; words find everything, after the wishes that
 * they can be read as. `now`: a resource as it is at the moment, for an index is older.
 */
export function findEntries<E extends Entry, A>(
  stock: Stock<E, A>,
  text: string,
  now: (item: ResourceItem) => ResourceItem | undefined,
): E[] {
  const filter = readFilter(text);
  if (filter.precise || text.includes('"')) {
    const matching = stock.resources.filter(({ item }) => {
      const current = item && now(item);
      return current !== undefined && filter.matches(current);
    });
    if (filter.words.length === 0) return matching;
    const best = rank(makeIndex(matching), filter.words.join(' '));
    return unique([...best, ...matching]);
  }
  const wishes = readWishes(text, stock.verbs).flatMap(({ action, rest }) => {
    const guests = rank(stock.guests, rest);
    const offered: E[] = [];
    for (const { item } of guests) {
      const current = item && now(item);
      const one = current && stock.wish(action, current);
      // Without a word which guest, only those with whom it can be done.
      if (one && (rest !== '' || one.reason === undefined)) offered.push(one);
      if (offered.length === mostWishes) break;
    }
    return [
      ...offered.filter((one) => one.reason === undefined),
      ...offered.filter((one) => one.reason !== undefined),
    ].map((one) => ({ one, rest }));
  });
  const found = rank(stock.all, text);
  // `sta` may begin `start`, but is more likely the beginning of a name.
  return unique([
    ...wishes.filter(({ rest }) => rest !== '').map(({ one }) => one),
    ...found,
    ...wishes.filter(({ rest }) => rest === '').map(({ one }) => one),
  ]);
}

function unique<E extends Entry>(entries: readonly E[]): E[] {
  return [...new Map(entries.map((one) => [one.id, one])).values()];
}
