// Clones, bases and new owners of disk images that are single files: copies by the file system, and renames.
import { chmod, lstat, unlink } from 'node:fs/promises';
import path from 'node:path';
import { AppError, hasCode, notFound } from '../../server/core/errors.ts';
import type { Exec } from '../../server/core/exec.ts';
import type { WorkContext } from '../../server/core/work-context.ts';
import { inTurn } from '../folders/in-turn.ts';
import type { VolumeClone } from '../plugin.ts';
import {
  baseStem,
  checkSnapshotName,
  diskVolumeName,
  isBaseName,
  readDiskFileName,
  reassignedStem,
  type VolumeName,
} from '../volume-names.ts';
import { annotationPath, moveAnnotation } from './annotations.ts';
import { hasTooSmallClusters } from './cluster-size.ts';
import { makeDisk, removeEmptyFolder, stemsIn, syncFile } from './disks.ts';
import { backingNameOf, imageChain, overlayAt } from './image-chain.ts';
import { inspectImage } from './image-safety.ts';
import { locateVolume, makeFolder } from './layout.ts';
import type { QemuImg } from './qemu-img.ts';
import { storageError } from './system-errors.ts';
import { publish, syncFolder } from './temporary-files.ts';
import { listVolumes } from './volume-list.ts';

/** Longest that a copy may take: as long as it wants. In milliseconds, the most that a timer can count. */
export const unlimitedMs = 2 ** 31 - 1;
const baseMode = 0o440;

/**
 * Full: a copy, sharing blocks where the file system can (`cp --reflink=auto`, coreutils), holes kept; read through QEMU where it has
 * bases below it or snapshots inside, or too small clusters, which the copy is not to have again. Linked: a qcow2 image over a base. Linked clones of snapshots are `unsupported` for files.
 */
export async function cloneDiskFile(
  root: string,
  context: WorkContext,
  { exec, qemuImg }: { readonly exec: Exec; readonly qemuImg: QemuImg },
  source: VolumeName,
  clone: VolumeClone,
): Promise<VolumeName> {
  const { snapshot } = clone;
  const file = await locateVolume(root, source);
  if (clone.mode === 'linked') return await linkDisk(root, context, qemuImg, source, clone);
  const backing = await imageChain(root, source, file);
  const held = source.format === 'qcow2' ? await overlayAt(file) : undefined;
  const { sizeBytes } = await inspectImage(file, source.format, backing.length > 0);
  if (snapshot !== undefined) await requireSnapshot(context, qemuImg, source, file, snapshot);
  const disk = { vmid: clone.vmid, name: clone.name, format: source.format };
  return await makeDisk(root, disk, async (temporary) => {
    const anew = held !== undefined && (held.snapshots > 0 || hasTooSmallClusters(held));
    if (snapshot !== undefined || backing.length > 0 || anew) {
      const past = snapshot === undefined ? {} : { snapshot };
      const from = { kind: 'file', path: file, format: source.format, backing, ...past } as const;
      await qemuImg.convert(context, from, { file: temporary, format: source.format, sizeBytes });
      return await syncFile(temporary);
    }
    const args = ['--reflink=auto', '--sparse=always', '--no-preserve=mode', '--no-target-directory'];
    await exec('cp', [...args, '--', file, temporary], {
      ...{ signal: context.signal, intention: 'copy the disk', timeoutMs: unlimitedMs },
    });
    await syncFile(temporary);
  });
}

async function linkDisk(
  root: string,
  context: WorkContext,
  qemuImg: QemuImg,
  source: VolumeName,
  clone: VolumeClone,
): Promise<VolumeName> {
  if (clone.snapshot !== undefined)
    throw new AppError('unsupported', `'${source.name}': a snapshot inside an image has no linked clones`);
  if (!isBaseName(source))
    throw new AppError('wrong-state', `'${source.name}' is not a base: only bases have linked clones`);
  const format = clone.format ?? source.format;
  if (format !== 'qcow2')
    throw new AppError('unsupported', `images of format '${format}' cannot have linked clones here`);
  const disk = { vmid: clone.vmid, name: clone.name, format };
  // In turn with the removal of bases.
  return await inTurn(root, async () => {
    const file = await locateVolume(root, source);
    const below = await imageChain(root, source, file);
    const { sizeBytes } = await inspectImage(file, source.format, below.length > 0);
    const backing = { name: backingNameOf(source), format: source.format, sizeBytes };
    return await makeDisk(root, disk, async (temporary) => {
      await qemuImg.createOverlay(context, temporary, backing);
      await syncFile(temporary);
    });
  });
}

/** `not-found`; `unsupported` for an image that cannot have any. */
export async function requireSnapshot(
  context: WorkContext,
  qemuImg: QemuImg,
  { name, format }: VolumeName,
  file: string,
  snapshot: string,
): Promise<void> {
  checkSnapshotName(snapshot);
  if (format !== 'qcow2')
    throw new AppError('unsupported', `'${name}' cannot have snapshots: that takes a disk of format qcow2`);
  if (!(await qemuImg.listSnapshots(context, file)).includes(snapshot)) throw notFound('snapshot', snapshot);
}

/** `busy`, naming the linked clones of a base. Costs a look at every image, so only bases are asked. */
export async function requireNoLinkedClones(
  root: string,
  context: WorkContext,
  volume: VolumeName,
): Promise<void> {
  if (volume.content !== 'images' || !isBaseName(volume)) return;
  const images = await listVolumes(root, context.signal, { contents: ['images'] });
  const holders = images.filter(({ parent }) => parent === volume.name).map(({ name }) => name);
  if (holders.length > 0)
    throw new AppError('busy', `volume '${volume.name}' has linked clones: ${holders.join(', ')}`, {
      data: { holders },
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
    const file = await locateVolume(root, base);
    const before = path.join(path.dirname(file), volume.fileName);
    await moveAnnotation(annotationPath(before), annotationPath(file));
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
  await imageChain(root, volume, file);
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
  await moveAnnotation(annotationPath(from), annotationPath(to));
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
