// Finds volumes on a storage that nothing names any more: looks at guests of either kind, and at tasks.
import type { ContentKind } from '../../storage-plugins/plugin.ts';
import type { ClusterStore } from '../cluster/cluster-store.ts';
import type { WorkContext } from '../core/work-context.ts';
import { findOrphans, type Orphan } from '../storage/orphans.ts';
import type { StorageService } from '../storage/storage-service.ts';
import { mentionsOf } from '../tasks/task-mentions.ts';
import type { TaskStore } from '../tasks/task-store.ts';
import { listGuests } from './guest-documents.ts';
import { volumesOf } from './guest-volumes-in-use.ts';
import { bareName } from './volume-names.ts';

export interface OrphanFinderParts {
  readonly store: ClusterStore;
  readonly storages: Pick<StorageService, 'storage'> & Partial<Pick<StorageService, 'imageFormats'>>;
  readonly tasks: Pick<TaskStore, 'unended'>;
}

/** The orphans of a storage, or those that bear a guest's number. One pass over the storage. */
export type OrphanFinder = (context: WorkContext, id: string, vmid?: number) => Promise<Orphan[]>;

const contents: readonly ContentKind[] = ['images', 'rootdir'];

export function createOrphanFinder({ store, storages, tasks }: OrphanFinderParts): OrphanFinder {
  return async (context, id, vmid) => {
    // LUNs: made by their target, for whatever.
    if (storages.imageFormats?.(id).length === 0) return [];
    // First what is there, then who names it: what is made meanwhile is not in the list yet.
    const before = mentionsOf(tasks.unended());
    const volumes = await storages.storage(id).list(context, { contents });
    const guests = listGuests(store);
    const named = new Set(guests.flatMap((guest) => [...volumesOf(guest)]));
    const numbers = new Set(guests.map((guest) => guest.vmid));
    const after = mentionsOf(tasks.unended());
    const found = findOrphans(id, volumes, {
      isNamed: (volid) => named.has(volid),
      guestExists: (number) => numbers.has(number),
      isHeld: (volume) =>
        [before, after].some(
          (mentions) =>
            (volume.vmid !== undefined && mentions.guest(volume.vmid)) ||
            mentions.text(bareName(volume.name)),
        ),
    });
    return found.filter(({ info }) => vmid === undefined || info.vmid === vmid);
  };
}
