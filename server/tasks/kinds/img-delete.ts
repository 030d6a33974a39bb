// Task `imgdel`: a volume that nobody uses is deleted.
import { splitVolumeId } from '../../core/ids.ts';
import { ownerOf } from '../../guests/volume-names.ts';
import type { StorageService } from '../../storage/storage-service.ts';
import type { LockRef, TaskKind } from '../task.ts';
import { guestLock } from './guest-task-names.ts';

export interface ImgDeleteParams {
  /** `storage:name`. */
  readonly volid: string;
}

export function imgDeleteKind(storages: StorageService): TaskKind<ImgDeleteParams, unknown> {
  return {
    type: 'imgdel',
    describe: ({ volid }) => `${volid} - Delete`,
    objectId: ({ volid }) => splitVolumeId(volid)?.storage ?? '',
    locks: ({ volid }) => [...ownerLock(volid), { scope: 'name', id: volid }],
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

/** A disk that a task makes or copies for a guest is named nowhere until that is through: whoever works on the guest is waited for. */
function ownerLock(volid: string): LockRef[] {
  const owner = ownerOf(volid);
  return owner === undefined ? [] : [guestLock(owner)];
}
