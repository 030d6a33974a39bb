// Routes of pruning: what would go of a storage's backups, and letting it go.

import { parseKeepOptions } from '../../backup/retention/keep-options.ts';
import { listPrunable, pruneBackups } from '../../contract/node-storage-prune.ts';
import { pruneBackupsString } from '../../contract/prune-backups.ts';
import { AppError, invalidInput } from '../../core/errors.ts';
import { quietContext } from '../../core/work-context.ts';
import type { StorageService } from '../../storage/storage-service.ts';
import { markStoredBackups } from '../../storage/stored-backups.ts';
import type { PruneBackupsParams } from '../../tasks/kinds/prune-backups.ts';
import { type Caller, type Route, route } from '../route.ts';
import type { StorageRouteParts } from './storage.ts';
import { denied } from './storage-content.ts';

export function storagePruneRoutes({ storages, tasks }: StorageRouteParts): Route[] {
  return [
    route(listPrunable, async ({ params, signal }) => {
      const { storage, vmid, type } = params;
      const keep = parseKeepOptions(wantedKeep(storages, storage, params['prune-backups']));
      storages.requireContent(storage, 'backup');
      const context = quietContext(signal);
      const marked = await markStoredBackups(storages, context, storage, keep, { vmid, type });
      return marked.map(({ mark, backup }) => ({
        ...{ volid: backup.volid, ctime: backup.createdAt, mark, type: backup.kind ?? 'unknown' },
        ...(backup.vmid === undefined ? {} : { vmid: backup.vmid }),
      }));
    }),
    route(pruneBackups, async ({ params, caller }) => {
      const { storage, vmid, type } = params;
      requireMayPrune(caller, storage, vmid);
      const keep = wantedKeep(storages, storage, params['prune-backups']);
      storages.requireContent(storage, 'backup');
      const given: PruneBackupsParams = {
        ...{ storage, keep: pruneBackupsString.render(parseKeepOptions(keep)) },
        ...(vmid === undefined ? {} : { vmid }),
        ...(type === undefined ? {} : { type }),
      };
      return await tasks.start('prunebackups', given, { requester: caller.requester });
    }),
  ];
}

/** Without an answer anywhere nothing is assumed. */
function wantedKeep(storages: StorageService, id: string, given: string | undefined): string {
  const keep = given ?? storages.config(id).options['prune-backups'];
  if (keep === undefined)
    throw invalidInput({
      'prune-backups': `no prune-backups options configured for storage '${id}': say what is to be kept`,
    });
  return String(keep);
}

/** As the API has it: who administers the storage, and of one guest who may back it up and use the storage's space. */
function requireMayPrune(caller: Caller, storage: string, vmid: number | undefined): void {
  if (caller.may(`/storage/${storage}`, 'Datastore.Allocate')) return;
  if (vmid === undefined) throw denied(storage, 'Datastore.Allocate');
  if (!caller.may(`/storage/${storage}`, 'Datastore.AllocateSpace'))
    throw denied(storage, 'Datastore.AllocateSpace');
  if (!caller.may(`/vms/${vmid}`, 'VM.Backup'))
    throw new AppError('forbidden', `Permission check failed (/vms/${vmid}, VM.Backup)`);
}
