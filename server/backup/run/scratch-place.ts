// Where what a guest overwrites during its backup is kept meanwhile: on local disk, so that a slow target does not slow the guest.
import { join } from 'node:path';
import { invalidInput } from '../../core/errors.ts';
import type { BackupScratch } from '../../guests/vm/backup-types.ts';
import type { StorageService } from '../../storage/storage-service.ts';

/** Types of storage whose folders are on this node's own disks. */
const localTypes: ReadonlySet<string> = new Set(['dir', 'btrfs']);

/** Do backups to it go to a folder on this node's own disks, as far as its type says? A folder that is named is taken for one. */
export function isOnOwnDisks(storages: Pick<StorageService, 'config'>, storage: string | null): boolean {
  return storage === null || localTypes.has(storages.config(storage).type);
}

/** `invalid-input` about `fleecing` for a storage that is no folder of this node. `usual`: the node's own place. */
export function createScratch(
  storages: Pick<StorageService, 'config'>,
  usual: string,
): (storage: string | null) => BackupScratch {
  return (storage) => {
    if (storage === null) return { folder: usual };
    const { type, options } = storages.config(storage);
    const path = options['path'];
    if (!localTypes.has(type) || typeof path !== 'string')
      throw invalidInput({ fleecing: `storage '${storage}' is no folder on this node's own disks` });
    return { folder: join(path, 'fleecing') };
  };
}
