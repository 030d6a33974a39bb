// Where each volume lies under the root of a file-based storage, and how a file is opened without ever leaving it.
import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, realpath } from 'node:fs/promises';
import path from 'node:path';
import { AppError, notFound } from '../../server/core/errors.ts';
import type { FileContent, VolumeName } from '../volume-names.ts';
import { hasErrno, storageError } from './system-errors.ts';

/** Folders of Proxmox VE's directory layout, below the root. */
export const contentFolders: Readonly<Record<FileContent | 'images', string>> = {
  iso: 'template/iso',
  vztmpl: 'template/cache',
  snippets: 'snippets',
  import: 'import',
  backup: 'dump',
  images: 'images',
};

/** The folder of a volume below the root: `template/iso`, `images/100`. */
export function folderOf(volume: VolumeName): string {
  return volume.vmid === undefined
    ? contentFolders[volume.content as FileContent]
    : `${contentFolders.images}/${volume.vmid}`;
}

/**
 * The real path of a folder below the root; undefined when it does not exist. The root itself may be a link, its
 * administrator chose it; below it no link is followed: `invalid-input`.
 */
export async function findFolder(root: string, folder: string): Promise<string | undefined> {
  try {
    // At once: the way over a busy machine's threads is longer than the look itself.
    const [base, real] = await Promise.all([realpath(root), realpath(path.join(root, folder))]);
    if (real !== path.join(base, folder)) throw outside();
    return real;
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return undefined;
    throw storageError(error, 'read the storage');
  }
}

/** As `findFolder`, made when missing; the root itself is not made. */
export async function makeFolder(root: string, folder: string): Promise<string> {
  try {
    let current = await realpath(root);
    for (const part of folder.split('/')) {
      current = path.join(current, part);
      await mkdir(current, { mode: 0o755 }).catch((error: unknown) => {
        if (!hasErrno(error, 'EEXIST')) throw error;
      });
      if (!(await lstat(current)).isDirectory()) throw outside();
    }
    return current;
  } catch (error) {
    throw storageError(error, 'create a folder of the storage');
  }
}

/** The path of an existing volume, proven to be a regular file inside the storage; `not-found`. */
export async function locateVolume(root: string, volume: VolumeName): Promise<string> {
  const folder = await findFolder(root, folderOf(volume));
  if (folder === undefined) throw notFound('volume', volume.name);
  const file = path.join(folder, volume.fileName);
  try {
    if (!(await lstat(file)).isFile()) throw outside();
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) throw notFound('volume', volume.name);
    throw storageError(error, 'read the volume');
  }
  return file;
}

/** Opens a regular file, never through a link and never waiting for a pipe's other end. */
export async function openRegular(file: string, flags: number): Promise<FileHandle> {
  const handle = await open(file, flags | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw outside();
}

function outside(): AppError {
  return new AppError('invalid-input', 'the volume leads outside its storage or is not a regular file');
}
