// Disk images as files: making, copying and growing them; nothing shows its final name before it is whole.
import { constants } from 'node:fs';
import { chmod, open, readdir, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { AppError, invalidInput } from '../../server/core/errors.ts';
import type { WorkContext } from '../../server/core/work-context.ts';
import type { Attachment, DiskCopy, NewDisk, VolumeFormat } from '../plugin.ts';
import { diskVolumeName, nextDiskStem, readDiskFileName, type VolumeName } from '../volume-names.ts';
import { annotationPath, forgetAnnotation } from './annotations.ts';
import { inspectImage } from './image-safety.ts';
import { folderOf, makeFolder, openRegular } from './layout.ts';
import type { QemuImg } from './qemu-img.ts';
import { hasErrno, storageError } from './system-errors.ts';
import { publish, removeTemporary, temporaryPath } from './temporary-files.ts';

const diskMode = 0o640;

/** Makes an empty disk. Raw images are sparse files and need no program. */
export async function createDiskFile(
  root: string,
  context: WorkContext,
  qemuImg: QemuImg,
  preallocation: string,
  disk: NewDisk,
): Promise<VolumeName> {
  if (!Number.isSafeInteger(disk.sizeBytes) || disk.sizeBytes <= 0 || disk.sizeBytes % 512 !== 0)
    throw invalidInput({ size: 'a disk has a size of whole sectors of 512 bytes, more than none' });
  return await makeDisk(root, disk, async (temporary) => {
    if (disk.format === 'raw' && (preallocation === 'off' || preallocation === 'metadata')) {
      const handle = await open(temporary, 'wx', diskMode);
      try {
        await handle.truncate(disk.sizeBytes);
        await handle.sync();
      } finally {
        await handle.close();
      }
      return;
    }
    await qemuImg.create(context, temporary, disk.format, disk.sizeBytes, preallocation);
    await syncFile(temporary);
  });
}

/** Copies a whole disk into a new one; a source that names other files is refused. */
export async function copyDiskFile(
  root: string,
  context: WorkContext,
  qemuImg: QemuImg,
  source: Attachment,
  disk: DiskCopy,
): Promise<VolumeName> {
  const found =
    source.kind === 'file' && !source.foreign
      ? await inspectImage(source.path, source.format, source.backing !== undefined)
      : undefined;
  return await makeDisk(root, disk, async (temporary) => {
    const { format } = disk;
    const { bytesPerSecond } = disk;
    const target = { file: temporary, format, sizeBytes: found?.sizeBytes, bytesPerSecond };
    await qemuImg.convert(context, source, target);
    // qemu-img writes its target without syncing it.
    await syncFile(temporary);
  });
}

/** Makes a disk by `fill`, which writes the file of the name given; it bears its final name only when it is whole. */
export async function makeDisk(
  root: string,
  disk: Omit<NewDisk, 'sizeBytes'>,
  fill: (temporary: string) => Promise<void>,
): Promise<VolumeName> {
  const wanted = diskVolumeName(disk.vmid, disk.name ?? `vm-${disk.vmid}-disk-0`, disk.format);
  const folder = await makeFolder(root, folderOf(wanted));
  const temporary = temporaryPath(folder);
  try {
    await refuseTaken(folder, disk);
    await fill(temporary);
    await chmod(temporary, diskMode);
    return await publishDisk(folder, temporary, disk);
  } catch (error) {
    await removeTemporary(temporary).catch(() => {});
    await removeEmptyFolder(folder);
    throw storageError(error, 'create the disk');
  }
}

/** Says so before the work when a wanted name is taken, in whatever format. */
async function refuseTaken(folder: string, disk: Omit<NewDisk, 'sizeBytes'>): Promise<void> {
  if (disk.name !== undefined && (await stemsIn(folder)).includes(disk.name)) throw taken(disk.name);
}

async function publishDisk(
  folder: string,
  temporary: string,
  disk: Omit<NewDisk, 'sizeBytes'>,
): Promise<VolumeName> {
  for (;;) {
    const stem = disk.name ?? nextDiskStem(disk.vmid, disk.format, await stemsIn(folder));
    const volume = diskVolumeName(disk.vmid, stem, disk.format);
    try {
      const file = path.join(folder, volume.fileName);
      await publish(temporary, file, false);
      // Of a volume of that name that was there before.
      await forgetAnnotation(annotationPath(file));
      return volume;
    } catch (error) {
      // Another allocation took the number between looking and taking: look again.
      const lost = error instanceof AppError && error.code === 'already-exists';
      if (!lost || disk.name !== undefined) throw error;
    }
  }
}

/** Names without extension of the volumes in a guest's folder. */
export async function stemsIn(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  return names.flatMap((name) => readDiskFileName(name)?.stem ?? []);
}

export function taken(name: string): AppError {
  return new AppError('already-exists', `a disk '${name}' exists already`);
}

/** Grows a disk that no guest has open. `linked`: its bases were looked at. */
export async function growDiskFile(
  context: WorkContext,
  qemuImg: QemuImg,
  file: string,
  format: VolumeFormat,
  sizeBytes: number,
  linked = false,
): Promise<void> {
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes % 512 !== 0)
    throw invalidInput({ size: 'a disk has a size of whole sectors of 512 bytes' });
  const before = await inspectImage(file, format, linked);
  if (sizeBytes < before.sizeBytes)
    throw invalidInput({ size: 'a disk can only grow: shrinking it would cut off data' });
  if (sizeBytes === before.sizeBytes) return;
  if (format !== 'raw') return await qemuImg.resize(context, file, format, sizeBytes);
  try {
    const handle = await openRegular(file, constants.O_WRONLY);
    try {
      await handle.truncate(sizeBytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw storageError(error, 'resize the image');
  }
}

/** Removes a guest's folder when nothing is left in it. */
export async function removeEmptyFolder(folder: string): Promise<void> {
  await rmdir(folder).catch((error: unknown) => {
    if (!hasErrno(error, 'ENOTEMPTY') && !hasErrno(error, 'EEXIST') && !hasErrno(error, 'ENOENT'))
      throw error;
  });
}

export async function syncFile(file: string): Promise<void> {
  const handle = await openRegular(file, constants.O_RDWR);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
