// Task `prunebackups`: the backups of a storage that need not be kept are removed.
import { parseKeepOptions } from '../../backup/retention/keep-options.ts';
import type { StorageService } from '../../storage/storage-service.ts';
import { type BackupFilter, pruneStoredBackups } from '../../storage/stored-backups.ts';
import type { TaskKind } from '../task.ts';
import { whileUnused } from './backup-in-use.ts';

export interface PruneBackupsParams extends BackupFilter {
  readonly storage: string;
  /** What stays, in the API's notation: `keep-last=3`. */
  readonly keep: string;
}

export function pruneBackupsKind(storages: StorageService): TaskKind<PruneBackupsParams, unknown> {
  return {
    type: 'prunebackups',
    describe: ({ storage, vmid }) =>
      vmid === undefined ? `Prune backups on ${storage}` : `Prune backups of guest ${vmid} on ${storage}`,
    objectId: ({ storage, vmid }) => (vmid === undefined ? storage : `${vmid}@${storage}`),
    // Backups in the making do not show: nobody else is to be waited for.
    locks: ({ storage }) => [{ scope: 'name', id: `prunebackups:${storage}` }],
    async check({ storage, keep }) {
      parseKeepOptions(keep);
      storages.requireContent(storage, 'backup');
      storages.storage(storage);
    },
    steps: [
      {
        name: 'remove',
        async run(context, { storage, keep, vmid, type }) {
          context.log(`removing backups on '${storage}' that need not be kept: ${keep}`);
          const options = parseKeepOptions(keep);
          const { removed, failed } = await pruneStoredBackups(
            storages,
            context,
            storage,
            options,
            { vmid, type },
            whileUnused(context),
          );
          for (const { volid, problem } of failed) context.warn(`'${volid}' stays: ${problem}`);
          context.log(`removed ${removed.length} backups`);
        },
      },
    ],
    afterCrash: 'resume',
    cancellable: false,
  };
}
