// All kinds of task on storages.
import type { StorageService } from '../../storage/storage-service.ts';
import type { TaskKind } from '../task.ts';
import { downloadKind } from './download.ts';
import { imgCopyKind } from './img-copy.ts';
import { imgDeleteKind } from './img-delete.ts';

export function storageTaskKinds(storages: StorageService): TaskKind[] {
  return [imgCopyKind(storages), imgDeleteKind(storages), downloadKind({ storages })] as TaskKind[];
}
