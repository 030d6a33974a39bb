// All kinds of task on storages.
import type { ClusterStore } from '../../cluster/cluster-store.ts';
import type { StorageService } from '../../storage/storage-service.ts';
import type { TaskKind } from '../task.ts';
import { downloadKind } from './download.ts';
import { imgCopyKind } from './img-copy.ts';
import { imgDeleteKind } from './img-delete.ts';
import { pruneBackupsKind } from './prune-backups.ts';
import { volumeAdoptKind } from './volume-adopt.ts';
import { volumeCopyKind } from './volume-copy.ts';

export function storageTaskKinds(storages: StorageService, store: ClusterStore): TaskKind[] {
  return [
    ...[imgCopyKind(storages), imgDeleteKind(storages), downloadKind({ storages })],
    ...[volumeCopyKind(storages), volumeAdoptKind({ storages, store }), pruneBackupsKind(storages)],
  ] as TaskKind[];
}
