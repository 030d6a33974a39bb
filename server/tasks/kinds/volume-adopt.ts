// Task `voladopt`: a volume that nobody names is written into the configuration of the guest whose number it bears, as an unused disk.
import type { ClusterStore } from '../../cluster/cluster-store.ts';
import { AppError, notFound } from '../../core/errors.ts';
import { quietContext } from '../../core/work-context.ts';
import { type GuestDocument, guestLabel } from '../../guests/config/guest-document.ts';
import { addUnused, type ConfigDraft, forgetUnused } from '../../guests/config/unused-volumes.ts';
import { changeGuest, findGuest } from '../../guests/guest-documents.ts';
import type { StorageService } from '../../storage/storage-service.ts';
import type { TaskKind } from '../task.ts';
import { guestLock } from './guest-task-names.ts';

export interface VolumeAdoptParams {
  /** `storage:name`. */
  readonly volid: string;
  /** The guest whose number it bears. */
  readonly vmid: number;
}

export interface VolumeAdoptParts {
  readonly storages: StorageService;
  readonly store: ClusterStore;
}

export function volumeAdoptKind({ storages, store }: VolumeAdoptParts): TaskKind<VolumeAdoptParams, unknown> {
  return {
    type: 'voladopt',
    describe: ({ volid, vmid }) => `${volid} - Attach to guest ${vmid} as unused`,
    objectId: ({ vmid }) => String(vmid),
    locks: ({ volid, vmid }) => [guestLock(vmid), { scope: 'name', id: volid }],
    async check({ volid, vmid }) {
      const { storage, name } = storages.resolve(volid);
      const info = await storage.info(quietContext(), name);
      if (!['images', 'rootdir'].includes(info.content) || info.vmid !== vmid)
        throw new AppError('invalid-input', `${volid} is not a disk of guest ${vmid}`, {
          fields: { volume: `not a disk of guest ${vmid}` },
        });
      const guest = findGuest(store, vmid);
      if (!guest) throw notFound('guest', String(vmid));
      if (guest.kind === 'qemu' && info.format === 'subvol')
        throw new AppError(
          'unsupported',
          `${volid} is a tree of a container, and ${guestLabel('qemu', vmid)} is none`,
        );
      storages.requireUnused(volid);
    },
    steps: [
      {
        name: 'write-config',
        async run(context, { volid, vmid }) {
          await changeGuest(
            store,
            vmid,
            changing((draft) => addUnused(draft, volid)),
          );
          context.log(`guest ${vmid} has ${volid} as an unused disk`);
        },
        async undo(_context, { volid, vmid }) {
          await changeGuest(
            store,
            vmid,
            changing((draft) => forgetUnused(draft, volid)),
          );
        },
      },
    ],
    afterCrash: 'unwind',
    cancellable: false,
  };
}

function changing(change: (draft: ConfigDraft) => void): (document: GuestDocument) => GuestDocument {
  return (document) => {
    const draft: ConfigDraft = new Map(Object.entries(document.config));
    change(draft);
    return { ...document, config: Object.fromEntries(draft) };
  };
}
