// Pools: named sets of guests and storages on which rights are granted together. Their document, and what permissions need of it. Pure.

export interface Pool {
  /** `office`, or with the pools that it lies in: `office/web/test`. */
  readonly id: string;
  readonly comment: string | undefined;
  readonly vms: readonly number[];
  readonly storage: readonly string[];
}

/**
 * `access/pools`: all pools in one document, so that one version number covers them all and no guest gets into two. A list,
 * because a pool may be called `__proto__`.
 */
export type PoolsDocument = {
  readonly pools: readonly {
    readonly id: string;
    readonly comment?: string;
    /** Sorted; a guest is in one pool at most. */
    readonly vms: readonly number[];
    /** Sorted; a storage may be in several pools. */
    readonly storage: readonly string[];
  }[];
};

export const poolsKey = 'access/pools';

/** The pools of the document by id, sorted; a copy. */
export function readPools(document: PoolsDocument | undefined): Map<string, Pool> {
  return new Map((document?.pools ?? []).map((pool) => [pool.id, { ...pool, comment: pool.comment }]));
}

const longestId = 128;

/** Up to three names with slashes between them. `.` and `..` mean something else to clients that resolve paths. */
export function isPoolId(id: string): boolean {
  const names = id.split('/');
  return (
    id.length <= longestId &&
    names.length <= 3 &&
    names.every((name) => /^[A-Za-z0-9._-]+$/.test(name) && name !== '.' && name !== '..')
  );
}

/** The pool that a pool lies in; undefined at the top. */
export function parentPool(id: string): string | undefined {
  const at = id.lastIndexOf('/');
  return at < 0 ? undefined : id.slice(0, at);
}

/** The path on which rights to a pool are granted; the rights reach what lies in pools within it. */
export function poolPath(id: string): string {
  return `/pool/${id}`;
}

const noPools: readonly string[] = [];

/** Which pools reach which guests and storages. Never changes. */
export class PoolMembers {
  readonly #pools = new Map<string, readonly string[]>();

  constructor(pools: Iterable<Pick<Pool, 'id' | 'vms' | 'storage'>> = []) {
    for (const { id, vms, storage } of pools) {
      for (const path of [...vms.map((vmid) => `/vms/${vmid}`), ...storage.map((name) => `/storage/${name}`)])
        this.#pools.set(path, [...(this.#pools.get(path) ?? []), id]);
    }
  }

  /** The pools of `/vms/100` or `/storage/local`. */
  poolsOf(path: string): readonly string[] {
    return this.#pools.get(path) ?? noPools;
  }

  /** The different answers of `poolsOf` directly below `parent` (`/vms`), without the empty one. */
  setsBelow(parent: string): (readonly string[])[] {
    const sets = new Map<string, readonly string[]>();
    for (const [path, pools] of this.#pools)
      if (path.startsWith(`${parent}/`)) sets.set(pools.join(' '), pools);
    return [...sets.values()];
  }

  /** `/vms/100` and the like of everything that is in a pool. */
  paths(): Iterable<string> {
    return this.#pools.keys();
  }
}
