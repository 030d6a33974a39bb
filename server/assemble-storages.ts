// The storages of the daemon, put together: the service, who uses what is on them, and what their routes need.
import type { PluginRegistry } from '../storage-plugins/registry.ts';
import type { ClusterStore } from './cluster/cluster-store.ts';
import type { ResourceIndex } from './cluster/resource-index.ts';
import type { Clock } from './core/clock.ts';
import type { Exec } from './core/exec.ts';
import type { Logger } from './core/log.ts';
import { findGuest } from './guests/guest-documents.ts';
import { createOrphanFinder } from './guests/orphan-finder.ts';
import { volumeUsers } from './guests/volume-users.ts';
import { createStorageService, type StorageService } from './storage/storage-service.ts';
import { layGroupOnLun } from './storage/volume-group-on-lun.ts';
import type { TaskStore } from './tasks/task-store.ts';

export interface StoragePartNeeds {
  readonly node: string;
  readonly store: ClusterStore;
  readonly plugins: PluginRegistry;
  readonly exec: Exec;
  readonly log: Logger;
  readonly clock: Clock;
}

/** Opens nothing; to be closed by `storage.close`. */
export function assembleStorages({ node, store, plugins, exec, log, clock }: StoragePartNeeds) {
  const users = volumeUsers(store);
  const storage: StorageService = createStorageService({
    ...{ store, plugins, node, log, clock },
    referencedBy: users.ofVolume,
    runningWith: users.runningWith,
    storageReferencedBy: users.ofStorage,
    isContainer: (vmid) => findGuest(store, vmid)?.kind === 'lxc',
    layGroup: layGroupOnLun(exec),
  });
  return {
    storage,
    users,
    orphans: (tasks: TaskStore) => createOrphanFinder({ store, storages: storage, tasks }),
    /** Lists the storages among the cluster's resources, from now on. */
    listIn(index: Pick<ResourceIndex, 'set' | 'remove'>): void {
      for (const resource of storage.resources()) index.set(resource);
      storage.onChange((id) => {
        const resource = storage.resource(id);
        if (resource) index.set(resource);
        else index.remove(`storage/${node}/${id}`);
      });
    },
  };
}
