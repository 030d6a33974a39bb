// Clones, bases and new owners of disk images that are single files: copies by the file system, and renames.
import { chmod, lstat, unlink } from 'node:fs/promises';
import path from 'node:path';
import { AppError, hasCode } from '../../server/core/errors.ts';
import type { Exec } from '../../server/core/exec.ts';
import type { WorkContext } from '../../server/core/work-context.ts';
import type { VolumeClone } from '../plugin.ts';
import {
  baseStem,
  diskVolumeName,
  isBaseName,
  readDiskFileName,
  reassignedStem,
  type VolumeName,
} from '../volume-names.ts';
import { makeDisk, removeEmptyFolder, stemsIn, syncFile } from './disks.ts';
import { inspectImage } from './image-safety.ts';
import { locateVolume, makeFolder } from './layout.ts';
import { storageError } from './system-errors.ts';
import { publish, syncFolder } from './temporary-files.ts';

/** Longest that a copy may take: as long as it wants. In milliseconds, the most that a timer can count. */
export const unlimitedMs = 2 ** 31 - 1;
const baseMode = 0o440;

/**
 * A full copy, sharing blocks where the file system can (`cp --reflink=auto`, coreutils), holes kept. Linked clones and clones
 * of snapshots are `unsupported` for files.
 */
export async function cloneDiskFile(
  root: string,
  context: WorkContext,
  exec: Exec,
  source: VolumeName,
  clone: VolumeClone,
): Promise<VolumeName> {
  if (clone.snapshot !== undefined)
    throw new AppError('unsupported', `'${source.name}': a snapshot inside an image cannot be cloned yet`);
  const file = await locateVolume(root, source);
  if (clone.mode === 'linked') {
    if (!isBaseName(source))
      throw new AppError('wrong-state', `'${source.name}' is not a base: only bases have linked clones`);
    throw new AppError('unsupported', `images of format '${source.format}' cannot have linked clones here`);
  }
  await inspectImage(file, source.format);
  const disk = { vmid: clone.vmid, name: clone.name, format: source.format };
  return await makeDisk(root, disk, async (temporary) => {
    const args = ['--reflink=auto', '--sparse=always', '--no-target-directory', '--', file, temporary];
    await exec('cp', args, { signal: context.signal, intention: 'copy the disk', timeoutMs: unlimitedMs });
    await syncFile(temporary);
  });
}

/** Renames a disk to `base-...` and takes everybody's right to write. Repeatable. */
export async function makeBaseFile(root: string, volume: VolumeName): Promise<VolumeName> {
  const stem = readDiskFileName(volume.fileName)?.stem ?? '';
  const base = diskVolumeName(volume.vmid ?? 0, baseStem(stem), volume.format);
  try {
    const file = await locateVolume(root, volume);
    await chmod(file, baseMode);
    if (base.name !== volume.name) await renameDisk(file, path.join(path.dirname(file), base.fileName));
  } catch (error) {
    const done = hasCode(error, 'not-found') && (await isThere(root, base));
    if (!done) throw storageError(error, 'make the base');
  }
  return base;
}

/** Moves a disk into another guest's folder, under the wanted or the next free name. */
export async function reassignDiskFile(
  root: string,
  volume: VolumeName,
  vmid: number,
  newName: string | undefined,
): Promise<VolumeName> {
  const file = await locateVolume(root, volume);
  // Checked before anything is made.
  if (newName !== undefined) diskVolumeName(vmid, newName, volume.format);
  const folder = await makeFolder(root, `images/${vmid}`);
  try {
    for (;;) {
      const stem = reassignedStem(volume, vmid, newName, await stemsIn(folder));
      const renamed = diskVolumeName(vmid, stem, volume.format);
      try {
        await renameDisk(file, path.join(folder, renamed.fileName));
        await removeEmptyFolder(path.dirname(file));
        return renamed;
      } catch (error) {
        if (!hasCode(error, 'already-exists') || newName !== undefined) throw error;
      }
    }
  } catch (error) {
    await removeEmptyFolder(folder);
    throw storageError(error, 'rename the disk');
  }
}

/** Never over another: linked under the new name, then taken from the old one. */
async function renameDisk(from: string, to: string): Promise<void> {
  try {
    await publish(from, to, false);
  } catch (error) {
    // A crash between the two leaves both names.
    const [old, found] = [await lstat(from), await lstat(to).catch(() => undefined)];
    if (!hasCode(error, 'already-exists') || old.ino !== found?.ino || old.dev !== found.dev) throw error;
    await unlink(from);
  }
  if (path.dirname(from) !== path.dirname(to)) await syncFolder(path.dirname(from));
}

async function isThere(root: string, volume: VolumeName): Promise<boolean> {
  return await locateVolume(root, volume).then(
    () => true,
    (error: unknown) => {
      if (hasCode(error, 'not-found')) return false;
      throw error;
    },
  );
}
