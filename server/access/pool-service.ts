// Pools: making, filling and deleting them. Guests and storages that are deleted leave theirs.
import type { DocumentWrite } from '../cluster/cluster-store.ts';
import type { Privilege } from '../contract/permission.ts';
import { AppError, invalidInput } from '../core/errors.ts';
import type { Caller } from '../http/route.ts';
import type { AccessWriter } from './access-writer.ts';
import { modifyPrivileges } from './acl-path.ts';
import { permissionDenied } from './caller.ts';
import { readAs } from './documents.ts';
import {
  isPoolId,
  type Pool,
  type PoolsDocument,
  parentPool,
  poolPath,
  poolsKey,
  readPools,
} from './pools.ts';

export interface PoolChange {
  readonly comment?: string | undefined;
  readonly vms: readonly number[];
  readonly storage: readonly string[];
  /** Take the members out instead of putting them in. */
  readonly remove: boolean;
  /** Take guests out of the pool that they are in. */
  readonly allowMove: boolean;
}

/** What a change of pools may change elsewhere. */
export interface PoolsChanged {
  readonly pools: readonly string[];
  readonly vms: readonly number[];
}

type Pools = Map<string, Pool>;

const longestComment = 4096;

export class PoolService {
  readonly #writer: AccessWriter;
  readonly #onError: (error: unknown) => void;
  readonly #stops: (() => void)[];

  /** `onError` hears when a deleted guest or storage could not be taken out of its pool; the next start does it. */
  constructor(writer: AccessWriter, onError: (error: unknown) => void) {
    this.#writer = writer;
    this.#onError = onError;
    const { store } = writer;
    this.#stops = ['guests', 'storages'].map((kind) =>
      store.watch(kind, ({ key, document }) => {
        if (document === undefined) this.#forget(key);
      }),
    );
  }

  close(): void {
    for (const stop of this.#stops) stop();
  }

  /** The pools that the caller may audit, sorted by id. */
  list(caller: Caller): Pool[] {
    return [...this.#writer.directory.pools.values()].filter(({ id }) =>
      caller.may(poolPath(id), 'Pool.Audit'),
    );
  }

  /** Throws `not-found`. */
  get(id: string): Pool {
    return required(this.#writer.directory.pools, id);
  }

  /** The pool that a guest is in. */
  poolOf(vmid: number): string | undefined {
    return this.#writer.directory.poolMembers.poolsOf(`/vms/${vmid}`)[0];
  }

  /** Throws `already-exists`, and `not-found` for a pool that it is to lie in. */
  async create(id: string, comment?: string): Promise<void> {
    if (!isPoolId(id))
      throw invalidInput({ poolid: 'letters, digits, . _ - in up to three names with slashes between them' });
    checkComment(comment);
    await this.#change((pools) => {
      if (pools.has(id))
        throw new AppError('already-exists', `create pool failed: pool '${id}' already exists`);
      const parent = parentPool(id);
      if (parent !== undefined && !pools.has(parent))
        throw new AppError('not-found', `parent pool '${parent}' does not exist`);
      pools.set(id, { id, comment, vms: [], storage: [] });
    });
  }

  /**
   * The route has checked `Pool.Allocate` on the pool. Each member put in or taken out takes the right to change grants on it,
   * as whoever has roles on the pool has them on its members; a move takes `Pool.Allocate` on the other pool too.
   */
  async update(caller: Caller, id: string, change: PoolChange): Promise<void> {
    checkComment(change.comment);
    const members = [
      ...change.vms.map((vmid) => `/vms/${vmid}`),
      ...change.storage.map((s) => `/storage/${s}`),
    ];
    await this.#change((pools) => {
      required(pools, id);
      for (const path of members) requireAny(caller, path, modifyPrivileges(path));
      for (const vmid of new Set(change.vms)) {
        if (change.remove) this.#takeOutGuest(pools, id, vmid);
        else this.#putInGuest(pools, id, vmid, caller, change.allowMove);
      }
      for (const storage of new Set(change.storage)) this.#changeStorage(pools, id, storage, change.remove);
      if (change.comment !== undefined) pools.set(id, { ...required(pools, id), comment: change.comment });
    });
  }

  /** Deletes an empty pool with its grants; throws `wrong-state` when it holds anything. */
  async delete(id: string): Promise<void> {
    await this.#change(
      (pools) => {
        const { vms, storage } = required(pools, id);
        const inner = [...pools.keys()].find((other) => other.startsWith(`${id}/`));
        const held =
          inner !== undefined
            ? `pool '${inner}'`
            : vms[0] !== undefined
              ? `VM ${vms[0]}`
              : storage[0] !== undefined
                ? `storage '${storage[0]}'`
                : undefined;
        if (held !== undefined)
          throw new AppError('wrong-state', `pool '${id}' is not empty (contains ${held})`);
        pools.delete(id);
      },
      () => this.#writer.droppingGrants((entry) => entry.path === poolPath(id)),
    );
  }

  /**
   * Whoever asks for a new guest in a pool: what it may on the pool it may on the guest, so that a user with a pool of its own
   * needs nothing on `/vms`. Throws `not-found` for a missing pool, but only to who might make the guest.
   */
  askerFor(asker: Pick<Caller, 'requester' | 'may'>, vmid: number, id: string) {
    const guest = `/vms/${vmid}`;
    const may = (path: string, privilege: Privilege): boolean =>
      asker.may(path, privilege) || (path === guest && asker.may(poolPath(id), privilege));
    if (may(guest, 'VM.Allocate')) this.get(id);
    return { requester: asker.requester, may };
  }

  /**
   * Puts a guest that is being made into its pool; whoever makes it was checked through `askerFor`. Repeatable. Throws
   * `not-found` when the pool is gone. It needs no undoing: deleting the guest takes it out.
   */
  async join(vmid: number, id: string): Promise<void> {
    await this.#change((pools) => {
      const pool = required(pools, id);
      for (const other of pools.values())
        pools.set(other.id, { ...other, vms: other.vms.filter((one) => one !== vmid) });
      pools.set(id, { ...pool, vms: withMember(pool.vms, vmid) });
    });
  }

  /** Takes out what is gone: a crash may have come between a deletion and its trace here. */
  async sweep(): Promise<void> {
    await this.#change((pools) => {
      for (const pool of pools.values())
        pools.set(pool.id, {
          ...pool,
          vms: pool.vms.filter((vmid) => this.#exists(`guests/${vmid}`)),
          storage: pool.storage.filter((name) => this.#exists(`storages/${name}`)),
        });
    });
  }

  /** Calls back after each change with what it concerns. Returns how to stop. */
  watch(listener: (changed: PoolsChanged) => void): () => void {
    let before = this.#stored();
    return this.#writer.store.watch('access', ({ key }) => {
      if (key !== poolsKey) return;
      const after = this.#stored();
      const pools = [...new Set([...before.keys(), ...after.keys()])].filter(
        (id) => JSON.stringify(before.get(id)) !== JSON.stringify(after.get(id)),
      );
      const vms = pools.flatMap((id) => [...(before.get(id)?.vms ?? []), ...(after.get(id)?.vms ?? [])]);
      before = after;
      listener({ pools, vms: [...new Set(vms)] });
    });
  }

  #putInGuest(pools: Pools, id: string, vmid: number, caller: Caller, allowMove: boolean): void {
    if (!this.#exists(`guests/${vmid}`)) throw new AppError('not-found', `VM ${vmid} does not exist`);
    const other = [...pools.values()].find((pool) => pool.vms.includes(vmid));
    if (other?.id === id) throw new AppError('already-exists', `VM ${vmid} is already a pool member`);
    if (other !== undefined) {
      if (!allowMove)
        throw new AppError(
          'wrong-state',
          `VM ${vmid} belongs already to pool '${other.id}' and 'allow-move' is not set`,
        );
      requireAny(caller, poolPath(other.id), ['Pool.Allocate']);
      this.#takeOutGuest(pools, other.id, vmid);
    }
    const pool = required(pools, id);
    pools.set(id, { ...pool, vms: withMember(pool.vms, vmid) });
  }

  #takeOutGuest(pools: Pools, id: string, vmid: number): void {
    const pool = required(pools, id);
    if (!pool.vms.includes(vmid)) throw new AppError('not-found', `VM ${vmid} is not a pool member`);
    pools.set(id, { ...pool, vms: pool.vms.filter((one) => one !== vmid) });
  }

  #changeStorage(pools: Pools, id: string, name: string, remove: boolean): void {
    const pool = required(pools, id);
    const isMember = pool.storage.includes(name);
    if (remove && !isMember) throw new AppError('not-found', `storage '${name}' is not a pool member`);
    if (!remove && isMember)
      throw new AppError('already-exists', `storage '${name}' is already a pool member`);
    if (!remove && !this.#exists(`storages/${name}`))
      throw new AppError('not-found', `storage '${name}' does not exist`);
    const storage = remove ? pool.storage.filter((one) => one !== name) : withMember(pool.storage, name);
    pools.set(id, { ...pool, storage });
  }

  #forget(key: string): void {
    const [kind, name = ''] = key.split('/');
    this.#change((pools) => {
      for (const pool of pools.values()) {
        const changed =
          kind === 'guests'
            ? { vms: pool.vms.filter((vmid) => String(vmid) !== name) }
            : { storage: pool.storage.filter((storage) => storage !== name) };
        pools.set(pool.id, { ...pool, ...changed });
      }
    }).catch(this.#onError);
  }

  /** Changes the pools, in the given map, and what `beside` says; writes nothing when all stays as it is. */
  async #change(change: (pools: Pools) => void, beside: () => DocumentWrite[] = () => []): Promise<void> {
    await this.#writer.change(() => {
      const stored = readAs<PoolsDocument>(this.#writer.store, poolsKey);
      const pools: Pools = readPools(stored?.value);
      change(pools);
      const value = documentOf(pools);
      if (JSON.stringify(value) === JSON.stringify(documentOf(readPools(stored?.value)))) return [];
      return [{ key: poolsKey, value, ifVersion: stored?.version ?? 0 }, ...beside()];
    });
  }

  #stored(): Pools {
    return readPools(readAs<PoolsDocument>(this.#writer.store, poolsKey)?.value);
  }

  #exists(key: string): boolean {
    return this.#writer.store.read(key) !== undefined;
  }
}

function documentOf(pools: Pools): PoolsDocument {
  const sorted = [...pools.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  return {
    pools: sorted.map(({ id, comment, vms, storage }) => ({
      id,
      ...(comment ? { comment } : {}),
      vms,
      storage,
    })),
  };
}

function required(pools: ReadonlyMap<string, Pool>, id: string): Pool {
  const pool = pools.get(id);
  if (!pool) throw new AppError('not-found', `pool '${id}' does not exist`);
  return pool;
}

function requireAny(caller: Caller, path: string, privileges: readonly Privilege[]): void {
  if (!privileges.some((privilege) => caller.may(path, privilege)))
    throw permissionDenied(`${path}, ${privileges.join('|')}`);
}

function checkComment(comment: string | undefined): void {
  if (comment !== undefined && comment.length > longestComment)
    throw invalidInput({ comment: `value may only be ${longestComment} characters long` });
}

function withMember<T extends number | string>(members: readonly T[], member: T): T[] {
  return [...new Set([...members, member])].sort((a, b) => (a < b ? -1 : 1));
}
