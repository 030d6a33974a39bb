// What the making of guests needs of pools; `server/access/` has them.
import type { TaskStep } from '../tasks/task.ts';
import type { Asker } from './guest-requests.ts';

export interface GuestPools {
  /** The asker of a new guest in a pool: what it may on the pool, it may on the guest. `not-found` for a missing pool. */
  askerFor(asker: Asker, vmid: number, pool: string): Asker;
  /** Puts a new guest into the pool. Repeatable; deleting the guest takes it out. `not-found` when the pool is gone. */
  join(vmid: number, pool: string): Promise<void>;
}

/** The step after the guest's document is written: whoever may use the guest by its pool may from its first moment. */
export function joinPoolStep<P extends { readonly pool?: string }, S>(
  { pools }: { readonly pools: GuestPools },
  newGuest: (params: P) => number,
): TaskStep<P, S> {
  return {
    name: 'join-pool',
    async run(_context, params) {
      if (params.pool !== undefined) await pools.join(newGuest(params), params.pool);
      return undefined;
    },
  };
}
