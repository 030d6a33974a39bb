// Which guests a backup means: by number, pool, tag, or all but some. Pure.
import { readList } from '../../contract/params.ts';

/** The options that say so, as a job or a call has them. */
export interface GuestChoice {
  readonly vmid?: string | undefined;
  readonly pool?: string | undefined;
  /** Croft's own: guests with one of these tags. */
  readonly tags?: string | undefined;
  readonly all?: boolean | undefined;
  readonly exclude?: string | undefined;
  /** Only guests of this node. */
  readonly node?: string | undefined;
}

/** A guest, as far as choosing it goes. */
export interface ChoosableGuest {
  readonly vmid: number;
  readonly node: string;
  /** In small letters. */
  readonly tags: readonly string[] | undefined;
}

export interface ChosenGuests<G> {
  /** By number. */
  readonly guests: readonly G[];
  /** Numbers that were named and are nobody's, rising. */
  readonly missing: readonly number[];
}

/** The pools that there are, with the guests directly in them. */
export type PoolGuests = readonly { readonly id: string; readonly vms: readonly number[] }[];

/** A pool means what lies in pools within it, too; tags are compared without case. Chooses nobody where nothing is said. */
export function chooseGuests<G extends ChoosableGuest>(
  choice: GuestChoice,
  all: readonly G[],
  pools: PoolGuests,
): ChosenGuests<G> {
  const named = new Set(readList(choice.vmid).map(Number));
  const exceptions = new Set(readList(choice.exclude).map(Number));
  const pooled = guestsOfPool(choice.pool, pools);
  const tags = new Set(readTags(choice.tags));
  const isMeant = (guest: G): boolean => {
    if (choice.vmid !== undefined) return named.has(guest.vmid);
    if (exceptions.has(guest.vmid)) return false;
    if (choice.pool !== undefined) return pooled.has(guest.vmid);
    if (choice.tags !== undefined) return guest.tags?.some((tag) => tags.has(tag)) ?? false;
    return choice.all === true;
  };
  const known = new Set(named.size === 0 ? [] : all.map(({ vmid }) => vmid));
  return {
    guests: all
      .filter((guest) => (choice.node === undefined || guest.node === choice.node) && isMeant(guest))
      .sort((a, b) => a.vmid - b.vmid),
    missing: [...named].filter((vmid) => !known.has(vmid)).sort((a, b) => a - b),
  };
}

/** The tags of a guest's configuration, or of a choice, as they are compared. */
export function readTags(list: string | undefined): string[] {
  return readList(list?.toLowerCase());
}

function guestsOfPool(pool: string | undefined, pools: PoolGuests): Set<number> {
  if (pool === undefined) return new Set();
  const within = pools.filter(({ id }) => id === pool || id.startsWith(`${pool}/`));
  return new Set(within.flatMap(({ vms }) => vms));
}
