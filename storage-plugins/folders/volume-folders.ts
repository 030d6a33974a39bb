// Volumes that are folders: found without following a link, made under a temporary name, published, renamed, removed.
import { lstat, mkdir, readdir, rename, unlink } from 'node:fs/promises';
import path from 'node:path';
import { AppError, notFound } from '../../server/core/errors.ts';
import type { Exec } from '../../server/core/exec.ts';
import type { WorkContext } from '../../server/core/work-context.ts';
import { unlimitedMs } from '../files/disk-clones.ts';
import { removeEmptyFolder, stemsIn, taken } from '../files/disks.ts';
import { contentFolders, findFolder, folderOf, makeFolder } from '../files/layout.ts';
import { hasErrno, storageError } from '../files/system-errors.ts';
import { isTemporaryName, release, syncFolder, temporaryPath } from '../files/temporary-files.ts';
import type { NewDisk, VolumeFormat } from '../plugin.ts';
import {
  diskVolumeName,
  nextDiskStem,
  ownerPattern,
  readDiskFileName,
  readVolumeName,
  type VolumeName,
} from '../volume-names.ts';
import { recordFile } from './volume-record.ts';

/** The real path of a volume's folder; `not-found`. Links are refused with `invalid-input`. */
export async function locateFolder(root: string, volume: VolumeName): Promise<string> {
  const above = await findFolder(root, folderOf(volume));
  if (above === undefined) throw notFound('volume', volume.name);
  const folder = path.join(above, volume.fileName);
  try {
    if ((await lstat(folder)).isDirectory()) return folder;
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) throw notFound('volume', volume.name);
    throw storageError(error, 'read the volume');
  }
  throw new AppError('invalid-input', `'${volume.name}' is not a folder of this storage`);
}

/**
 * Folders of volumes of the formats, with their names. Guest 0's only when asked for by `vmid`; `unfinished` adds those in the
 * making, under the name that their files have.
 */
export async function findVolumeFolders(
  root: string,
  formats: readonly VolumeFormat[],
  filter: { vmid?: number | undefined; everybody?: boolean; unfinished?: boolean } = {},
): Promise<{ readonly folder: string; readonly volume: VolumeName | undefined }[]> {
  const found: { folder: string; volume: VolumeName | undefined }[] = [];
  for (const owner of await ownersOf(root, filter)) {
    const above = await findFolder(root, `${contentFolders.images}/${owner}`).catch(() => undefined);
    if (above === undefined) continue;
    for (const entry of await readdir(above, { withFileTypes: true })) {
      if (!entry.isDirectory()) continue;
      const folder = path.join(above, entry.name);
      const disk = readDiskFileName(entry.name);
      if (disk && String(disk.vmid) === owner && formats.includes(disk.format))
        found.push({ folder, volume: readVolumeName(`${owner}/${entry.name}`) });
      else if (filter.unfinished && isTemporaryName(entry.name)) found.push({ folder, volume: undefined });
    }
  }
  return found;
}

async function ownersOf(
  root: string,
  filter: { vmid?: number | undefined; everybody?: boolean },
): Promise<string[]> {
  if (filter.vmid !== undefined) return [String(filter.vmid)];
  const images = await findFolder(root, contentFolders.images).catch(() => undefined);
  if (images === undefined) return [];
  return (await readdir(images)).filter(
    (name) => ownerPattern.test(name) && (name !== '0' || filter.everybody === true),
  );
}

/**
 * Makes a volume: `fill` gets a fresh folder (0700: set-user-id programs in a tree are nobody's on the host) and publishes it
 * with `publishFolder`; when it fails, `undo` and `removeTree` take away what it made.
 */
export async function makeVolumeFolder<T>(
  root: string,
  disk: Omit<NewDisk, 'sizeBytes'>,
  fill: (temporary: string) => Promise<T>,
  discard: (temporary: string) => Promise<void>,
): Promise<T> {
  // Checked before anything is made.
  diskVolumeName(disk.vmid, disk.name ?? nextDiskStem(disk.vmid, disk.format, []), disk.format);
  const above = await makeFolder(root, `${contentFolders.images}/${disk.vmid}`);
  const temporary = temporaryPath(above);
  try {
    if (disk.name !== undefined && (await stemsIn(above)).includes(disk.name)) throw taken(disk.name);
    await mkdir(temporary, { mode: 0o700 });
    return await fill(temporary);
  } catch (error) {
    await discard(temporary).catch(() => {});
    await removeEmptyFolder(above);
    throw storageError(error, 'create the volume');
  } finally {
    release(temporary);
  }
}

/** Gives a folder made by `makeVolumeFolder` its final name. To be called in turn, so that nobody takes the name meanwhile. */
export async function publishFolder(
  temporary: string,
  disk: Omit<NewDisk, 'sizeBytes'>,
): Promise<VolumeName> {
  const above = path.dirname(temporary);
  const stems = await stemsIn(above);
  if (disk.name !== undefined && stems.includes(disk.name)) throw taken(disk.name);
  const volume = diskVolumeName(
    disk.vmid,
    disk.name ?? nextDiskStem(disk.vmid, disk.format, stems),
    disk.format,
  );
  await renameFolder(temporary, path.join(above, volume.fileName));
  release(temporary);
  return volume;
}

/** Renames a volume's folder; `already-exists` when there is anything under the name. To be called in turn. */
export async function renameFolder(from: string, to: string): Promise<void> {
  const found = await lstat(to).catch((error: unknown) => {
    if (hasErrno(error, 'ENOENT')) return undefined;
    throw error;
  });
  if (found) throw taken(path.basename(to));
  await rename(from, to);
  await syncFolder(path.dirname(to));
  if (path.dirname(from) !== path.dirname(to)) await syncFolder(path.dirname(from));
}

/** Takes a folder out of sight, durably, without its record if it had one; what is left is removed by whoever asked, or a sweep. */
export async function retireFolder(folder: string, above: string): Promise<string> {
  const retired = temporaryPath(above);
  await rename(folder, retired);
  await syncFolder(path.dirname(folder));
  await unlink(path.join(retired, recordFile)).catch((error: unknown) => {
    if (!hasErrno(error, 'ENOENT')) throw error;
  });
  return retired;
}

/**
 * Removes a tree that somebody hostile may have filled: `rm` neither follows links nor leaves the file system, and runs beside
 * us. Files marked immutable (a privileged container may do that) lose the mark in a second try. Repeatable.
 */
export async function removeTree(exec: Exec, context: WorkContext, folder: string): Promise<void> {
  const options = { signal: context.signal, intention: 'delete the volume', timeoutMs: unlimitedMs };
  const rm = async () => await exec('rm', ['-rf', '--one-file-system', '--', folder], options);
  try {
    await rm().catch(async (error: unknown) => {
      if (!(error instanceof AppError) || error.code !== 'command-failed') throw error;
      // chattr(1) does not follow links while it walks; it complains about files that have no such marks.
      await exec('chattr', ['-R', '-f', '-i', '-a', folder], { ...options, okExitCodes: [0, 1] });
      await rm();
    });
  } finally {
    release(folder);
  }
}
