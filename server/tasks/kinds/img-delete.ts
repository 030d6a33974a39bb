// Task `imgdel`: a volume that nobody uses is deleted.
import { splitVolumeId } from '../../core/ids.ts';
import type { StorageService } from '../../storage/storage-service.ts';
import type { TaskKind } from '../task.ts';

export interface ImgDeleteParams {
  /** `storage:name`. */
  readonly volid: string;
}

export function imgDeleteKind(storages: StorageService): TaskKind<ImgDeleteParams, unknown> {
  return {
    type: 'imgdel',
    describe: ({ volid }) => `${volid} - Delete`,
    objectId: ({ volid }) => splitVolumeId(volid)?.storage ?? '',
    locks: ({ volid }) => [{ scope: 'name', id: volid }],
    async check({ volid }) {
      storages.resolve(volid);
      storages.requireUnused(volid);
    },
    steps: [
      {
        name: 'delete',
        async run(context, { volid }) {
          await storages.deleteVolume(context, volid);
          context.log(`deleted ${volid}`);
        },
      },
    ],
    afterCrash: 'resume',
    cancellable: false,
  };
}
