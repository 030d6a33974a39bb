// The volumes of a storage that is a folder: everything of the contract that plugins over a file system share.
import { constants } from 'node:fs';
import { readdir, rm, stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import { AppError, notFound } from '../server/core/errors.ts';
import type { Exec } from '../server/core/exec.ts';
import type { WorkContext } from '../server/core/work-context.ts';
import { cloneDiskFile, makeBaseFile, reassignDiskFile } from './files/disk-clones.ts';
import { copyDiskFile, createDiskFile, growDiskFile, removeEmptyFolder } from './files/disks.ts';
import {
  beginFileImport,
  commitFileImport,
  discardFileImport,
  readFileImport,
  writeFileImport,
} from './files/imports.ts';
import {
  contentFolders,
  findFolder,
  folderOf,
  locateVolume,
  makeFolder,
  openRegular,
} from './files/layout.ts';
import type { QemuImg } from './files/qemu-img.ts';
import { hasErrno, storageError } from './files/system-errors.ts';
import { sweepFolder, temporaryNamesIn } from './files/temporary-files.ts';
import { describeVolume, listVolumes } from './files/volume-list.ts';
import { type FolderVolumes, joinFolderVolumes } from './folders/folder-volumes.ts';
import type { Capability, ContentKind, Storage, VolumeInfo } from './plugin.ts';
import {
  checkSnapshotName,
  type FileContent,
  ownerPattern,
  readVolumeName,
  type VolumeName,
} from './volume-names.ts';

/**
 * What works with image files of each format on any file system. `clone` stands for full clones, `template` for making a base
 * (`current`) and for linked clones of it (`base`, `snapshot`).
 */
export const fileCapabilities: readonly Capability[] = [
  { feature: 'snapshot', formats: ['qcow2'], states: ['current', 'snapshot'], live: false },
  { feature: 'clone', formats: ['raw', 'qcow2'], states: ['current', 'base'], live: false },
  { feature: 'template', formats: ['raw', 'qcow2'], states: ['current'], live: false },
  { feature: 'resize', formats: ['raw', 'qcow2'], states: ['current'], live: false },
  { feature: 'sparse', formats: ['raw', 'qcow2'], states: ['current', 'snapshot', 'base'], live: true },
  {
    feature: 'stream-in',
    formats: ['iso', 'snippet', 'ova', 'ovf', 'vmdk', 'raw', 'qcow2'],
    states: ['current'],
    live: false,
  },
  {
    feature: 'stream-out',
    formats: ['raw', 'qcow2', 'iso', 'snippet'],
    states: ['current', 'base'],
    live: false,
  },
];
export const fileContentKinds: readonly ContentKind[] = [
  'images',
  'rootdir',
  'iso',
  'vztmpl',
  'snippets',
  'import',
];

export interface FileVolumesOptions {
  /** Absolute path of the storage's folder. */
  readonly root: string;
  readonly exec: Exec;
  readonly qemuImg: QemuImg;
  /** `off`, `metadata`, `falloc` or `full`. */
  readonly preallocation: string;
  /** Volumes of formats that are kept as folders. */
  readonly folders: FolderVolumes;
}

/** Makes the folders of the kinds. Repeatable. */
export async function makeContentFolders(root: string, kinds: readonly ContentKind[]): Promise<void> {
  for (const kind of kinds) {
    const folder = contentFolders[kind as FileContent | 'images'];
    if (folder !== undefined) await makeFolder(root, folder);
  }
}

type VolumeCalls = Omit<Storage, 'check' | 'activate' | 'deactivate'>;

/** The storage's calls about usage and volumes; checking and activating are the plugin's own. */
export function createFileVolumes(options: FileVolumesOptions): VolumeCalls {
  const { root, exec, qemuImg, preallocation, folders } = options;
  const describe = async (volume: VolumeName): Promise<VolumeInfo> => {
    const file = await locateVolume(root, volume);
    try {
      return await describeVolume(volume, file);
    } catch (error) {
      if (hasErrno(error, 'ENOENT')) throw notFound('volume', volume.name);
      throw storageError(error, 'read the volume');
    }
  };
  const diskOf = (name: string): VolumeName => {
    const volume = readVolumeName(name);
    if (volume.vmid === undefined)
      throw new AppError('unsupported', `'${name}' is not a guest's disk: only disks can do that`);
    return volume;
  };
  /** A disk that can hold internal snapshots, by its path. */
  const snapshotDisk = async (name: string): Promise<string> => {
    const volume = readVolumeName(name);
    if (volume.content !== 'images' || volume.format !== 'qcow2')
      throw new AppError('unsupported', `'${name}' cannot have snapshots: that takes a disk of format qcow2`);
    return await locateVolume(root, volume);
  };
  const snapshots = async (context: WorkContext, name: string) =>
    await qemuImg.listSnapshots(context, await snapshotDisk(name));

  const files: VolumeCalls = {
    async usage() {
      try {
        const { bsize, blocks, bfree, bavail } = await statfs(root);
        return {
          totalBytes: blocks * bsize,
          usedBytes: (blocks - bfree) * bsize,
          availableBytes: bavail * bsize,
        };
      } catch (error) {
        if (hasErrno(error, 'ENOENT'))
          throw new AppError('unavailable', "the storage's directory does not exist");
        throw storageError(error, 'read the usage');
      }
    },
    list: async (context, filter) => await listVolumes(root, context.signal, filter),
    info: async (_context, name) => await describe(readVolumeName(name)),
    createDisk: async (context, disk) =>
      await describe(await createDiskFile(root, context, qemuImg, preallocation, disk)),
    copyDisk: async (context, source, disk) =>
      await describe(await copyDiskFile(root, context, qemuImg, source, disk)),
    async remove(_context, name) {
      const volume = readVolumeName(name);
      const folder = await findFolder(root, folderOf(volume));
      if (folder === undefined) return;
      const file = await locateVolume(root, volume).catch((error: unknown) => {
        if (error instanceof AppError && error.code === 'not-found') return undefined;
        throw error;
      });
      try {
        if (file !== undefined) await rm(file, { force: true });
        if (volume.vmid !== undefined) await removeEmptyFolder(folder);
      } catch (error) {
        throw storageError(error, 'delete the volume');
      }
    },
    async resize(context, name, sizeBytes) {
      const volume = readVolumeName(name);
      if (volume.content !== 'images') throw new AppError('unsupported', 'only disk images can be resized');
      await growDiskFile(context, qemuImg, await locateVolume(root, volume), volume.format, sizeBytes);
    },
    async snapshot(context, name, snapshot) {
      checkSnapshotName(snapshot);
      if ((await snapshots(context, name)).includes(snapshot))
        throw new AppError('already-exists', `the disk has a snapshot '${snapshot}' already`);
      await qemuImg.snapshot(context, 'create', await snapshotDisk(name), snapshot);
    },
    async rollback(context, name, snapshot) {
      checkSnapshotName(snapshot);
      if (!(await snapshots(context, name)).includes(snapshot)) throw notFound('snapshot', snapshot);
      await qemuImg.snapshot(context, 'apply', await snapshotDisk(name), snapshot);
    },
    async removeSnapshot(context, name, snapshot) {
      checkSnapshotName(snapshot);
      if (!(await snapshots(context, name)).includes(snapshot)) return;
      await qemuImg.snapshot(context, 'delete', await snapshotDisk(name), snapshot);
    },
    listSnapshots: snapshots,
    clone: async (context, name, clone) =>
      await describe(await cloneDiskFile(root, context, exec, diskOf(name), clone)),
    makeBase: async (_context, name) => await describe(await makeBaseFile(root, diskOf(name))),
    reassign: async (_context, name, vmid, newName) =>
      await describe(await reassignDiskFile(root, diskOf(name), vmid, newName)),
    limitsTrees: async () => false,

    beginImport: async (_context, content, fileName, settings) =>
      await beginFileImport(root, content, fileName, settings),
    writeImport: async (context, id, source, settings) =>
      await writeFileImport(root, context, id, source, settings),
    readImport: async (_context, id) => await readFileImport(root, id),
    commitImport: async (_context, id, replace) => await describe(await commitFileImport(root, id, replace)),
    discardImport: async (_context, id, settings) =>
      await discardFileImport(root, id, settings?.published === true),
    sweep: async (context, keep) =>
      await sweepAll(root, keep, async (folder) => await folders.removeFolder(context, folder)),
    async exportStream(_context, name) {
      const file = await locateVolume(root, readVolumeName(name));
      try {
        return (await openRegular(file, constants.O_RDONLY)).createReadStream();
      } catch (error) {
        throw storageError(error, 'read the volume');
      }
    },

    async attach(_context, name, snapshot) {
      const volume = readVolumeName(name);
      if (snapshot !== undefined)
        throw new AppError('unsupported', `'${name}': a snapshot inside an image cannot be opened`);
      const file = await locateVolume(root, volume);
      // What is not a disk image is always read byte for byte.
      const isImage = volume.content === 'images' || volume.content === 'import';
      return { kind: 'file', path: file, format: isImage ? volume.format : 'raw' };
    },
    async detach(_context, name) {
      readVolumeName(name);
    },
  };
  return joinFolderVolumes(root, files, folders);
}

async function sweepAll(
  root: string,
  keep: readonly string[],
  remove: (folder: string) => Promise<void>,
): Promise<string[]> {
  const kept = new Set(keep.flatMap(temporaryNamesIn));
  const removed: string[] = [];
  try {
    for (const folder of Object.values(contentFolders)) {
      const real = await findFolder(root, folder);
      if (real === undefined) continue;
      removed.push(...(await sweepFolder(real, kept, Date.now())));
      if (folder !== contentFolders.images) continue;
      for (const vmid of await listGuestFolders(real)) {
        const guest = path.join(real, vmid);
        removed.push(...(await sweepFolder(guest, kept, Date.now(), remove)));
        await removeEmptyFolder(guest);
      }
    }
  } catch (error) {
    throw storageError(error, 'clean the storage');
  }
  return removed;
}

async function listGuestFolders(images: string): Promise<string[]> {
  const entries = await readdir(images, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && ownerPattern.test(entry.name))
    .map((entry) => entry.name);
}

/** Is the folder the root of a mounted file system? */
export async function isMountPoint(folder: string): Promise<boolean> {
  const [here, above] = await Promise.all([stat(folder), stat(path.join(folder, '..'))]);
  return here.dev !== above.dev || here.ino === above.ino;
}
