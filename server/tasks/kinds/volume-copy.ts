// Task `volcopy`: a volume is copied to another storage or name, or moved there: a file as a stream, a disk by its image.
import { fileContents } from '../../../storage-plugins/volume-names.ts';
import { AppError, asAppError } from '../../core/errors.ts';
import { splitVolumeId } from '../../core/ids.ts';
import { quietContext } from '../../core/work-context.ts';
import { linkedClonesOf } from '../../guests/linked-clones.ts';
import { type DiskCopyPlan, makeDiskCopy, unmakeDiskCopy } from '../../guests/vm-disk-copies.ts';
import { isBaseVolume, ownerOf } from '../../guests/volume-names.ts';
import { copyFile, discardFileCopy, verifyFileCopy, type WrittenFile } from '../../storage/file-copy.ts';
import type { StorageService } from '../../storage/storage-service.ts';
import type { LockRef, TaskContext, TaskKind } from '../task.ts';
import { copyBeside } from './copy-beside.ts';
import { guestLock } from './guest-task-names.ts';
import { isThere, type PlannedCopy, planCopy, type VolumeCopyParams } from './volume-copy-plan.ts';

type VolumeCopyState = Omit<PlannedCopy, 'info'> &
  WrittenFile & {
    sizeBytes: number;
    /** Volume id of the copy. */
    made: string;
  };

export function volumeCopyKind(storages: StorageService): TaskKind<VolumeCopyParams, VolumeCopyState> {
  return {
    type: 'volcopy',
    describe: ({ source, storage, remove }) => `${source} - ${remove ? 'Move' : 'Copy'} to ${storage}`,
    objectId: ({ source }) => splitVolumeId(source)?.storage ?? '',
    locks: locksOf,
    async check(params) {
      const { source, remove } = params;
      const { info } = await planCopy(storages, quietContext(), params);
      if (!remove) return;
      storages.requireUnused(source);
      await refuseLinked(storages, source);
      if (info.protected) throw new AppError('wrong-state', `${source} is protected: it is not moved away`);
    },
    steps: [
      {
        name: 'plan',
        async run(context, params) {
          const { info, ...planned } = await planCopy(storages, context, params);
          return { ...planned, sizeBytes: info.sizeBytes };
        },
      },
      {
        name: 'copy',
        async run(context, { source }, { file, disk }) {
          if (file) {
            context.log(`copying ${source} to ${file.storage}:${file.content}/${file.fileName}`);
            return await copyFile(storages, context, file);
          }
          if (!disk) return;
          context.log(`copying ${source} to ${disk.storage}:${disk.name} (${disk.format})`);
          const { volume } = await makeDiskCopy(storages, context, disk.vmid, disk, staysOpen(disk));
          return { made: volume };
        },
        async undo(context, { source, storage }, { file, disk }) {
          if (await isGone(storages, context, source)) return context.warn(`the copy on '${storage}' stays`);
          if (file) await discardFileCopy(storages, context, file, undefined);
          if (disk) await unmakeDiskCopy(storages, context, disk.vmid, disk, staysOpen(disk));
        },
      },
      {
        name: 'verify',
        async run(context, { storage }, { file, importId, checksum, made, sizeBytes = 0 }) {
          if (file && importId !== undefined && checksum !== undefined)
            await verifyFileCopy(storages, context, storage, { importId, checksum });
          if (made === undefined) return;
          const { storage: target, name } = storages.resolve(made);
          const copy = await target.info(context, name);
          if (copy.sizeBytes < sizeBytes)
            throw new AppError('unavailable', `${made} is smaller than what it was copied from`);
        },
      },
      {
        name: 'publish',
        async run(context, { source, storage, administers }, { file, importId, made }) {
          let volid = made;
          if (file && importId !== undefined) {
            const { name } = await storages.storage(storage).commitImport(context, importId, false);
            volid = `${storage}:${name}`;
          }
          if (volid === undefined) return;
          await copyBeside(storages, context, source, volid, administers === true);
          context.log(`finished: ${volid}`);
          return { made: volid };
        },
        async undo(context, { source }, { file, importId }) {
          if (await isGone(storages, context, source)) return;
          if (file) await discardFileCopy(storages, context, file, importId);
        },
      },
      {
        name: 'remove-source',
        final: true,
        async run(context, { source, remove }, { made }) {
          if (!remove || made === undefined) return;
          const { storage, name } = storages.resolve(source);
          try {
            storages.requireUnused(source);
            await storage.remove(context, name);
            context.log(`removed ${source}`);
          } catch (error) {
            // The copy is whole and may be in use: there is no way back, and nothing is lost.
            if (context.signal.aborted) throw error;
            context.warn(`${source} could not be removed, and stays: ${asAppError(error).message}`);
          }
        },
      },
    ],
    afterCrash: 'unwind',
    cancellable: true,
  };
}

/** The source was removed already: its copy is all there is, and nothing of that is taken away. */
async function isGone(storages: StorageService, context: TaskContext, source: string): Promise<boolean> {
  const { storage, name } = storages.resolve(source);
  return !(await isThere(storage, context, name));
}

/** `busy` naming the guests whose disks are linked to it. */
async function refuseLinked(storages: StorageService, source: string): Promise<void> {
  if (!isBaseVolume(source)) return;
  const clones = [...(await linkedClonesOf(storages, quietContext(), [source])).keys()];
  if (clones.length > 0)
    throw new AppError('busy', `${source} has linked clones: of guests ${clones.join(', ')}`, {
      data: { clones },
    });
}

/** A base may be open below running clones: it is not detached under them. */
function staysOpen({ source }: DiskCopyPlan): boolean {
  return isBaseVolume(source);
}

function locksOf({ source, storage, name, vmid }: VolumeCopyParams): LockRef[] {
  const owners = new Set([ownerOf(source), vmid].filter((owner) => owner !== undefined));
  const from = splitVolumeId(source)?.name ?? '';
  const [folder = '', fileName = ''] = from.split('/');
  const isFile = (fileContents as readonly string[]).includes(folder);
  return [
    ...[...owners].map(guestLock),
    { scope: 'name', id: source },
    ...(isFile ? [{ scope: 'name' as const, id: `${storage}:${folder}/${name ?? fileName}` }] : []),
  ];
}
