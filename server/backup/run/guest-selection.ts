// Which guests a request for a backup means; its wishes must not contradict each other. Pure.
import { readList } from '../../contract/params.ts';
import { invalidInput } from '../../core/errors.ts';
import { chooseGuests, type PoolGuests } from '../jobs/selection.ts';
import type { BackupWishes } from './backup-options.ts';

export interface SelectableGuest {
  readonly vmid: number;
  readonly node: string;
}

export interface Selection {
  /** On this node, by number. */
  readonly vmids: readonly number[];
  /** On other nodes: each backs up its own. */
  readonly elsewhere: readonly number[];
  /** Named, but there is no such guest. */
  readonly unknown: readonly number[];
}

export interface SelectionFacts {
  readonly guests: readonly SelectableGuest[];
  readonly node: string;
  readonly pools: PoolGuests;
}

type Wish = Pick<BackupWishes, 'vmid' | 'pool' | 'all' | 'exclude'>;

/** `invalid-input` for a wish that names no guests, names them in two ways, or a pool that is not there. */
export function selectGuests(wish: Wish, { guests, node, pools }: SelectionFacts): Selection {
  requireOneWay(wish);
  const { pool } = wish;
  if (pool !== undefined && !pools.some(({ id }) => id === pool))
    throw invalidInput({ pool: `there is no pool '${pool}'` });
  const all = wish.all || (wish.exclude !== undefined && pool === undefined);
  const { guests: chosen, missing } = chooseGuests(
    { ...wish, all },
    guests.map(({ vmid, node: owner }) => ({ vmid, node: owner, tags: undefined })),
    pools,
  );
  return {
    vmids: chosen.filter((guest) => guest.node === node).map(({ vmid }) => vmid),
    elsewhere: chosen.filter((guest) => guest.node !== node).map(({ vmid }) => vmid),
    unknown: missing,
  };
}

/** As the API has it: an `exclude` alone means all others. */
function requireOneWay({ vmid, pool, all, exclude }: Wish): void {
  const conflict = (key: string, other: string) =>
    invalidInput({ [key]: `option conflicts with option '${other}'` });
  if (vmid !== undefined && all) throw conflict('all', 'vmid');
  if (vmid !== undefined && exclude !== undefined) throw conflict('exclude', 'vmid');
  if (vmid !== undefined && pool !== undefined) throw conflict('pool', 'vmid');
  if (all && pool !== undefined) throw conflict('all', 'pool');
  if (!all && pool === undefined && exclude === undefined && readList(vmid).length === 0)
    throw invalidInput({ vmid: "property is missing: name guests, a pool, or 'all'" });
}
