// What plugins say of volumes that are folders, and how those join a storage's volumes that are files.
import { AppError, invalidInput, notFound } from '../../server/core/errors.ts';
import type { WorkContext } from '../../server/core/work-context.ts';
import {
  changeAnnotation,
  folderAnnotationPath,
  readAnnotation,
  requireUnprotected,
} from '../files/annotations.ts';
import { storageError } from '../files/system-errors.ts';
import type {
  Attachment,
  DiskCopy,
  NewDisk,
  Storage,
  VolumeClone,
  VolumeFormat,
  VolumeInfo,
} from '../plugin.ts';
import { checkSnapshotName, readMemberName, readVolumeName, type VolumeName } from '../volume-names.ts';
import { inTurn } from './in-turn.ts';
import { findVolumeFolders, locateFolder } from './volume-folders.ts';

/**
 * The volumes of some formats. Names and snapshot names are checked already; promises are those of the contract's calls of the
 * same names, and `not-found` for volumes that are not there.
 */
export interface FolderVolumes {
  readonly formats: readonly VolumeFormat[];
  /** Undefined for a folder that has no record: it is not ours. Starts no program. */
  describe(volume: VolumeName, folder?: string): Promise<VolumeInfo | undefined>;
  create(context: WorkContext, disk: NewDisk): Promise<VolumeName>;
  copy(context: WorkContext, source: Attachment, disk: DiskCopy): Promise<VolumeName>;
  remove(context: WorkContext, volume: VolumeName): Promise<void>;
  resize(context: WorkContext, volume: VolumeName, sizeBytes: number): Promise<void>;
  snapshot(context: WorkContext, volume: VolumeName, snapshot: string): Promise<void>;
  rollback(context: WorkContext, volume: VolumeName, snapshot: string): Promise<void>;
  removeSnapshot(context: WorkContext, volume: VolumeName, snapshot: string): Promise<void>;
  /** Oldest first. */
  listSnapshots(volume: VolumeName): Promise<string[]>;
  clone(context: WorkContext, volume: VolumeName, clone: VolumeClone): Promise<VolumeName>;
  makeBase(context: WorkContext, volume: VolumeName): Promise<VolumeName>;
  reassign(context: WorkContext, volume: VolumeName, vmid: number, newName?: string): Promise<VolumeName>;
  limitsTrees(context: WorkContext): Promise<boolean>;
  attach(context: WorkContext, volume: VolumeName, snapshot: string | undefined): Promise<Attachment>;
  /** Removes a folder out of sight: one in the making, or one retired. Repeatable. */
  removeFolder(context: WorkContext, folder: string): Promise<void>;
  /** Removes what interrupted calls left inside volumes; returns names for the log. */
  sweep(context: WorkContext): Promise<string[]>;
}

type VolumeCalls = Omit<Storage, 'check' | 'activate' | 'deactivate'>;

/** The calls about volumes, each handed to whoever has the volume's format: `folders`, or `files` for all else. */
export function joinFolderVolumes(root: string, files: VolumeCalls, folders: FolderVolumes): VolumeCalls {
  const isFolder = (volume: VolumeName) =>
    volume.vmid !== undefined && folders.formats.includes(volume.format);
  const folderOf = (name: string): VolumeName | undefined => {
    if (readMemberName(name)) return undefined;
    const volume = readVolumeName(name);
    return isFolder(volume) ? volume : undefined;
  };
  /** Undefined for a folder that is not ours. */
  const describeIn = async (volume: VolumeName, folder: string): Promise<VolumeInfo | undefined> => {
    const info = await folders.describe(volume, folder);
    return info && { ...info, ...(await readAnnotation(folderAnnotationPath(folder))) };
  };
  const describe = async (volume: VolumeName): Promise<VolumeInfo> => {
    const folder = await locateFolder(root, volume);
    const info = await explained('read the volume', describeIn(volume, folder));
    if (!info) throw notFound('volume', volume.name);
    return info;
  };
  return {
    ...files,
    async list(context, filter) {
      const plain = await files.list(context, filter);
      const found = plain.filter((info) => !isFolder(readVolumeName(info.name)));
      const wanted = (info: VolumeInfo) =>
        filter.contents === undefined || filter.contents.includes(info.content);
      try {
        for (const { folder, volume } of await findVolumeFolders(root, folders.formats, {
          vmid: filter.vmid,
        })) {
          context.signal.throwIfAborted();
          const info = volume && (await describeIn(volume, folder));
          if (info && wanted(info)) found.push(info);
        }
      } catch (error) {
        throw storageError(error, 'list the storage');
      }
      return found.sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    async info(context, name) {
      const volume = folderOf(name);
      return volume ? await describe(volume) : await files.info(context, name);
    },
    async createDisk(context, disk) {
      if (!folders.formats.includes(disk.format)) return await files.createDisk(context, disk);
      return await describe(await explained('create the volume', folders.create(context, disk)));
    },
    async copyDisk(context, source, disk) {
      if (!folders.formats.includes(disk.format)) return await files.copyDisk(context, source, disk);
      return await describe(await explained('copy the volume', folders.copy(context, source, disk)));
    },
    async annotate(context, name, change) {
      const volume = folderOf(name);
      if (!volume) return await files.annotate(context, name, change);
      await describe(volume);
      const file = folderAnnotationPath(await locateFolder(root, volume));
      await explained(
        'write the notes',
        inTurn(root, async () => await changeAnnotation(file, change)),
      );
    },
    async remove(context, name) {
      const volume = folderOf(name);
      if (!volume) return await files.remove(context, name);
      const remove = async () => {
        await requireUnprotected(name, folderAnnotationPath(await locateFolder(root, volume)));
        await folders.remove(context, volume);
      };
      await explained('delete the volume', remove()).catch((error: unknown) => {
        if (!(error instanceof AppError) || error.code !== 'not-found') throw error;
      });
    },
    async resize(context, name, sizeBytes) {
      const volume = folderOf(name);
      if (!volume) return await files.resize(context, name, sizeBytes);
      await explained('resize the volume', folders.resize(context, volume, sizeBytes));
    },
    async snapshot(context, name, snapshot) {
      const volume = folderOf(name);
      if (!volume) return await files.snapshot(context, name, snapshot);
      checkSnapshotName(snapshot);
      await explained('create the snapshot', folders.snapshot(context, volume, snapshot));
    },
    async rollback(context, name, snapshot) {
      const volume = folderOf(name);
      if (!volume) return await files.rollback(context, name, snapshot);
      checkSnapshotName(snapshot);
      await explained('apply the snapshot', folders.rollback(context, volume, snapshot));
    },
    async removeSnapshot(context, name, snapshot) {
      const volume = folderOf(name);
      if (!volume) return await files.removeSnapshot(context, name, snapshot);
      checkSnapshotName(snapshot);
      await explained('delete the snapshot', folders.removeSnapshot(context, volume, snapshot));
    },
    async listSnapshots(context, name) {
      const volume = folderOf(name);
      if (!volume) return await files.listSnapshots(context, name);
      return await explained('list the snapshots', folders.listSnapshots(volume));
    },
    async clone(context, name, clone) {
      const volume = folderOf(name);
      if (!volume) return await files.clone(context, name, clone);
      if (clone.snapshot !== undefined) checkSnapshotName(clone.snapshot);
      return await describe(await explained('clone the volume', folders.clone(context, volume, clone)));
    },
    async makeBase(context, name) {
      const volume = folderOf(name);
      if (!volume) return await files.makeBase(context, name);
      return await describe(await explained('make the base', folders.makeBase(context, volume)));
    },
    async reassign(context, name, vmid, newName) {
      const volume = folderOf(name);
      if (!volume) return await files.reassign(context, name, vmid, newName);
      return await describe(
        await explained('rename the volume', folders.reassign(context, volume, vmid, newName)),
      );
    },
    limitsTrees: async (context) => await explained('look at the file system', folders.limitsTrees(context)),
    async exportStream(context, name) {
      if (folderOf(name)) throw new AppError('unsupported', `'${name}' is a tree, not a file`);
      return await files.exportStream(context, name);
    },
    async attach(context, name, snapshot) {
      const volume = folderOf(name);
      if (!volume) return await files.attach(context, name, snapshot);
      if (snapshot !== undefined) checkSnapshotName(snapshot);
      return await explained('open the volume', folders.attach(context, volume, snapshot));
    },
    async sweep(context, keep) {
      const removed = await files.sweep(context, keep);
      return [...removed, ...(await explained('clean the storage', folders.sweep(context)))];
    },
  };
}

async function explained<T>(intention: string, work: Promise<T>): Promise<T> {
  return await work.catch((error: unknown) => {
    throw storageError(error, intention);
  });
}

/** `invalid-input` unless it is a size that a tree can have; 0: no limit. In bytes. */
export function checkTreeSize(sizeBytes: number): void {
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0)
    throw invalidInput({ size: 'the size of a tree is a whole number of bytes, 0 for no limit' });
}
