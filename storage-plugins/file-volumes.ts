// The volumes of a storage that is a folder: everything of the contract that plugins over a file system share.
import { constants } from 'node:fs';
import { readdir, rm, stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import { AppError, notFound } from '../server/core/errors.ts';
import type { Exec } from '../server/core/exec.ts';
import type { WorkContext } from '../server/core/work-context.ts';
import { sweepAnnotations } from './files/annotations.ts';
import { putBesideBackup, readBesideBackup, sweepBesideBackups } from './files/backup-files.ts';
import {
  cloneDiskFile,
  makeBaseFile,
  reassignDiskFile,
  requireNoLinkedClones,
  requireSnapshot,
} from './files/disk-clones.ts';
import { copyDiskFile, createDiskFile, growDiskFile, removeEmptyFolder } from './files/disks.ts';
import {
  changeFileAnnotation,
  forgetFileAnnotation,
  readFileAnnotation,
  requireUnprotectedFile,
} from './files/file-annotations.ts';
import { imageChain } from './files/image-chain.ts';
import {
  attachImport,
  attachMember,
  describeImportFile,
  inspectImport,
  locateMember,
  membersBeside,
} from './files/import-files.ts';
import {
  beginFileImport,
  commitFileImport,
  discardFileImport,
  pathOfFileImport,
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
import { inTurn } from './folders/in-turn.ts';
import type { Capability, ContentKind, Storage, VolumeFormat, VolumeInfo } from './plugin.ts';
import {
  checkSnapshotName,
  type FileContent,
  ownerPattern,
  readMemberName,
  readVolumeName,
  type VolumeName,
} from './volume-names.ts';

/** Of all that is a single file. */
const fileFormats: readonly VolumeFormat[] = [
  ...(['raw', 'qcow2', 'vmdk', 'vhdx', 'vhd', 'iso', 'snippet', 'ova', 'ovf', 'conf'] as const),
  ...(['tgz', 'txz', 'tzst', 'tbz2'] as const),
  ...(['vma', 'vma.zst', 'vma.gz', 'vma.lzo', 'vma.bz2'] as const),
  ...(['tar', 'tar.zst', 'tar.gz', 'tar.lzo', 'tar.bz2'] as const),
];

/** What works with image files of each format on any file system. */
export const fileCapabilities: readonly Capability[] = [
  { feature: 'snapshot', formats: ['qcow2'], states: ['current', 'snapshot'], live: false },
  { feature: 'clone', formats: ['raw', 'qcow2'], states: ['current', 'base'], live: false },
  { feature: 'clone', formats: ['qcow2'], states: ['snapshot'], live: true },
  { feature: 'template', formats: ['raw', 'qcow2'], states: ['current'], live: false },
  { feature: 'linked-clone', formats: ['qcow2'], states: ['base'], live: true },
  { feature: 'copy', formats: ['raw', 'qcow2'], states: ['current', 'snapshot', 'base'], live: false },
  { feature: 'discard', formats: ['raw', 'qcow2'], states: ['current'], live: true },
  { feature: 'memory', formats: ['raw', 'qcow2'], states: ['current'], live: true },
  { feature: 'annotate', formats: [...fileFormats, 'subvol'], states: ['current', 'base'], live: true },
  { feature: 'resize', formats: ['raw', 'qcow2'], states: ['current'], live: false },
  { feature: 'sparse', formats: ['raw', 'qcow2'], states: ['current', 'snapshot', 'base'], live: true },
  { feature: 'stream-in', formats: fileFormats, states: ['current'], live: false },
  { feature: 'stream-out', formats: fileFormats, states: ['current', 'base'], live: false },
];
export const fileContentKinds: readonly ContentKind[] = [
  'images',
  'rootdir',
  'iso',
  'vztmpl',
  'snippets',
  'import',
  'backup',
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
      return { ...(await describeVolume(volume, file)), ...(await readFileAnnotation(volume, file)) };
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
  const locateBackup = async (name: string): Promise<string> => {
    const volume = readVolumeName(name);
    if (volume.content !== 'backup') throw new AppError('unsupported', `'${name}' is not a backup`);
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
    async info(_context, name) {
      const inside = readMemberName(name);
      if (!inside) return await describe(readVolumeName(name));
      const [archive, { member }] = await Promise.all([describe(inside.archive), locateMember(root, inside)]);
      return { ...archive, name, format: inside.format, sizeBytes: member.bytes, usedBytes: member.bytes };
    },
    createDisk: async (context, disk) =>
      await describe(await createDiskFile(root, context, qemuImg, preallocation, disk)),
    copyDisk: async (context, source, disk) =>
      await describe(await copyDiskFile(root, context, qemuImg, source, disk)),
    async annotate(_context, name, change) {
      if (readMemberName(name))
        throw new AppError('unsupported', `'${name}' lies in an archive: notes are kept of the archive`);
      const volume = readVolumeName(name);
      const file = await locateVolume(root, volume);
      try {
        await inTurn(root, async () => await changeFileAnnotation(volume, file, change));
      } catch (error) {
        throw storageError(error, 'write the notes');
      }
    },
    async remove(context, name) {
      const volume = readVolumeName(name);
      const folder = await findFolder(root, folderOf(volume));
      if (folder === undefined) return;
      const file = await locateVolume(root, volume).catch((error: unknown) => {
        if (error instanceof AppError && error.code === 'not-found') return undefined;
        throw error;
      });
      try {
        const isBackup = volume.content === 'backup';
        if (file !== undefined)
          await inTurn(root, async () => {
            await requireUnprotectedFile(volume, file);
            await requireNoLinkedClones(root, context, volume);
            if (!isBackup) await forgetFileAnnotation(volume, file);
            await rm(file, { force: true });
          });
        // Also when an earlier removal was cut off after the archive.
        if (isBackup) await forgetFileAnnotation(volume, path.join(folder, volume.fileName));
        if (volume.vmid !== undefined) await removeEmptyFolder(folder);
      } catch (error) {
        throw storageError(error, 'delete the volume');
      }
    },
    async resize(context, name, sizeBytes) {
      const volume = readVolumeName(name);
      if (volume.content !== 'images') throw new AppError('unsupported', 'only disk images can be resized');
      const file = await locateVolume(root, volume);
      const linked = (await imageChain(root, volume, file)).length > 0;
      await growDiskFile(context, qemuImg, file, volume.format, sizeBytes, linked);
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
      await describe(await cloneDiskFile(root, context, { exec, qemuImg }, diskOf(name), clone)),
    makeBase: async (_context, name) => await describe(await makeBaseFile(root, diskOf(name))),
    reassign: async (context, name, vmid, newName) =>
      await inTurn(root, async () => {
        await requireNoLinkedClones(root, context, diskOf(name));
        return await describe(await reassignDiskFile(root, diskOf(name), vmid, newName));
      }),
    limitsTrees: async () => false,

    beginImport: async (_context, content, fileName, settings) =>
      await beginFileImport(root, content, fileName, settings),
    writeImport: async (context, id, source, settings) =>
      await writeFileImport(root, context, id, source, settings),
    importPath: async (_context, id) => await pathOfFileImport(root, id),
    readImport: async (_context, id) => await readFileImport(root, id),
    commitImport: async (context, id, replace) =>
      await describe(
        await commitFileImport(
          root,
          id,
          replace,
          async (volume, file) => await inspectImport(exec, context, volume, file),
        ),
      ),
    describeImport: async (context, name) =>
      await describeImportFile(root, readVolumeName(name), async () =>
        membersBeside(await listVolumes(root, context.signal, { contents: ['import'] })),
      ),
    discardImport: async (_context, id, settings) =>
      await discardFileImport(root, id, settings?.published === true),
    sweep: async (context, keep) =>
      await sweepAll(root, keep, async (folder) => await folders.removeFolder(context, folder)),
    async putBeside(_context, name, kind, content) {
      const file = await locateBackup(name);
      try {
        await inTurn(root, async () => await putBesideBackup(file, kind, content));
      } catch (error) {
        throw storageError(error, 'write beside the backup');
      }
    },
    async readBeside(_context, name, kind) {
      const file = await locateBackup(name);
      try {
        return await readBesideBackup(file, kind);
      } catch (error) {
        throw storageError(error, 'read beside the backup');
      }
    },
    async exportStream(_context, name) {
      const volume = readVolumeName(name);
      const file = await locateVolume(root, volume);
      if (volume.content === 'images' && (await imageChain(root, volume, file)).length > 0)
        throw new AppError(
          'unsupported',
          `'${name}' is a linked clone: its file alone is not the whole disk`,
        );
      try {
        return (await openRegular(file, constants.O_RDONLY)).createReadStream();
      } catch (error) {
        throw storageError(error, 'read the volume');
      }
    },

    async attach(context, name, snapshot) {
      const inside = readMemberName(name);
      if (inside) return await attachMember(root, inside);
      const volume = readVolumeName(name);
      if (volume.content === 'import') return await attachImport(root, volume);
      const file = await locateVolume(root, volume);
      if (snapshot !== undefined) await requireSnapshot(context, qemuImg, volume, file, snapshot);
      // What is not a disk image is always read byte for byte; of a backup the format tells its reader what it is.
      const isImage = volume.content === 'images' || volume.content === 'backup';
      const backing = volume.content === 'images' ? await imageChain(root, volume, file) : [];
      return {
        ...{ kind: 'file', path: file, format: isImage ? volume.format : 'raw' },
        ...(backing.length > 0 ? { backing } : {}),
        ...(snapshot === undefined ? {} : { snapshot }),
      };
    },
    async detach(_context, name) {
      if (!readMemberName(name)) readVolumeName(name);
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
      removed.push(...(await sweepAnnotations(real, Date.now())));
      if (folder === contentFolders.backup) removed.push(...(await sweepBesideBackups(real, Date.now())));
      if (folder !== contentFolders.images) continue;
      for (const vmid of await listGuestFolders(real)) {
        const guest = path.join(real, vmid);
        removed.push(...(await sweepFolder(guest, kept, Date.now(), remove)));
        removed.push(...(await sweepAnnotations(guest, Date.now())));
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
