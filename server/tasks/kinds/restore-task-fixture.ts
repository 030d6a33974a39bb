// For the tests of restores as tasks: the worker that fills the world's volumes, what is seen of it, and the end that a restore comes to.
import type { MemoryArchives } from '../../backup/restore/restore-fixture.ts';
import type { ClusterStore } from '../../cluster/cluster-store.ts';
import { AppError } from '../../core/errors.ts';
import { quietContext } from '../../core/work-context.ts';
import { type GuestDocument, guestKey } from '../../guests/config/guest-document.ts';
import type { GuestPools } from '../../guests/guest-pools.ts';
import type { GuestStorages } from '../../guests/guest-volumes.ts';
import type { TaskKind } from '../task.ts';
import type { StartChild } from './restore-start.ts';

/** Guests whose start was asked for. */
export function recordStarts(): { readonly started: Set<string>; readonly startChild: StartChild } {
  const started = new Set<string>();
  return {
    started,
    async startChild(_context, type, params) {
      started.add(`${type} ${JSON.stringify(params)}`);
      return undefined;
    },
  };
}

/** What was written to volumes that are there; `volumes`: those of a world's snapshot. */
export function contentOf({ written }: MemoryArchives, volumes: readonly string[]): [string, string][] {
  return [...written].filter(([path]) => isThere(path, volumes)).sort();
}

/** Is the volume there that a world opens as this path? */
export function isThere(path: string, volumes: readonly string[]): boolean {
  return volumes.some((line) => line.startsWith(`${path.replace(/^\/memory\/([^/]+)\//, '$1:')} `));
}

interface Restored<P, S> {
  readonly kind: TaskKind<P, S>;
  readonly params: P & { readonly vmid: number };
  readonly store: ClusterStore;
  readonly storages: Pick<GuestStorages, 'storage'>;
  readonly parts: { readonly pools: GuestPools };
  document(vmid: number): GuestDocument | undefined;
}

/**
 * What somebody does with a restore that broke off when the guest was whole: volumes on `local` that could not be removed are unused
 * ones, and go; the pool and the start are asked for again.
 */
export function finishing<P, S>(
  made: Restored<P, S>,
  gone: readonly string[],
  last: (document: GuestDocument) => GuestDocument,
) {
  return async () => {
    const { vmid } = made.params;
    const run = async () => {
      const storage = made.storages.storage('local');
      for (const volume of gone)
        await storage.remove(quietContext(), volume.replace('local:', '')).catch((error: unknown) => {
          if (!(error instanceof AppError && error.code === 'not-found')) throw error;
        });
      const document = made.document(vmid)!;
      const left = Object.entries(document.config).filter(([, value]) => !gone.includes(String(value)));
      await made.store.write(guestKey(vmid), last({ ...document, config: Object.fromEntries(left) }));
      await made.parts.pools.join(vmid, 'office');
    };
    const kind = { ...made.kind, check: async () => {}, steps: [{ name: 'finish', run }] };
    return { kind: kind as typeof made.kind, params: made.params };
  };
}
