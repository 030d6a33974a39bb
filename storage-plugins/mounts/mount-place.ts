// Where on this node a storage is mounted: checked, made, and found empty before anything is mounted over it.
import { lstat, mkdir, readdir, realpath, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { AppError, invalidInput } from '../../server/core/errors.ts';
import { hasErrno, storageError } from '../files/system-errors.ts';
import { readRootPath } from '../root-folder.ts';

/** Folders of the system itself: nothing is mounted on them nor in them. */
const systemFolders =
  /^\/(?:bin|boot|dev|etc|lib|lib32|lib64|libx32|proc|run|sbin|sys|usr)(?:\/|$)|^\/(?:home|media|mnt|opt|root|srv|tmp|var)$/;

export interface MountPlace {
  /** As the configuration has it: absolute and normal. */
  readonly path: string;
  /** It is ours to make and to remove: not chosen by anybody. */
  readonly isOwn: boolean;
}

/** The folder of the option `path`, or the storage's own below `base`; `invalid-input` about `path`. */
export function readMountPlace(id: string, value: unknown, base: string): MountPlace {
  if (!/^[A-Za-z][A-Za-z0-9_.-]{0,99}$/.test(id))
    throw new AppError('invalid-input', 'a storage of that name cannot be mounted', { detail: id });
  if (value === undefined || value === '') return { path: path.posix.join(base, id), isOwn: true };
  const folder = readRootPath(value);
  if (systemFolders.test(folder))
    throw invalidInput({ path: `nothing can be mounted on '${folder}': choose a folder below /mnt` });
  return { path: folder, isOwn: false };
}

/** As the kernel's list of mounts names it. Only the folder above is looked at: the place itself may be a dead mount. */
export async function resolvePlace(place: MountPlace): Promise<string> {
  const above = await realpath(path.dirname(place.path)).catch((error: unknown) => {
    if (hasErrno(error, 'ENOENT')) return path.dirname(place.path);
    throw storageError(error, 'look at the place of the mount');
  });
  return path.join(above, path.basename(place.path));
}

/**
 * Makes the folder, where it may; only called while nothing is mounted there. `unavailable` when it is missing, no folder, or
 * holds files: those would be hidden by the mount.
 */
export async function preparePlace(place: MountPlace, mayCreate: boolean): Promise<void> {
  try {
    if (mayCreate || place.isOwn) await mkdir(place.path, { recursive: true, mode: 0o755 });
    if (!(await lstat(place.path)).isDirectory()) throw notAFolder();
    if ((await readdir(place.path)).length > 0)
      throw new AppError(
        'unavailable',
        `'${place.path}' holds files already: a mount would hide them. Empty it or choose another path`,
      );
  } catch (error) {
    if (hasErrno(error, 'ENOENT'))
      throw new AppError('unavailable', `the folder '${place.path}' to mount on does not exist`);
    if (hasErrno(error, 'EEXIST') || hasErrno(error, 'ENOTDIR')) throw notAFolder();
    throw storageError(error, 'make the place of the mount');
  }
}

/** Removes the folder that `preparePlace` made, while it is empty. Never fails: it is in nobody's way. */
export async function removePlace(place: MountPlace): Promise<void> {
  if (place.isOwn) await rmdir(place.path).catch(() => {});
}

function notAFolder(): AppError {
  return new AppError('unavailable', 'the place of the mount is not a folder');
}
