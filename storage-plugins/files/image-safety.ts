// Looks into a disk image of ours before anything else opens it: its size, and whether it would drag in other files.
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { AppError } from '../../server/core/errors.ts';
import type { VolumeFormat } from '../plugin.ts';
import { openRegular } from './layout.ts';
import { qcow2HeaderBytes, readQcow2Header } from './qcow2-header.ts';
import { storageError } from './system-errors.ts';

/**
 * The size that a guest sees; `invalid-input` when the image names other files or is not of the format.
 * A backing file of `/etc/shadow` is how an uploaded image would read the host: so no image with a backing file, an
 * external data file or foreign extents is ever a source, whoever made it. `linked`: a clone whose bases the storage has looked at
 * itself (`imageChain`).
 */
export async function inspectImage(
  file: string,
  format: VolumeFormat,
  linked = false,
): Promise<{ sizeBytes: number }> {
  try {
    const handle = await openRegular(file, constants.O_RDONLY);
    try {
      if (format === 'qcow2') return await inspectQcow2(handle, linked);
      return { sizeBytes: (await handle.stat()).size };
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw storageError(error, 'read the image');
  }
}

async function inspectQcow2(handle: FileHandle, linked: boolean): Promise<{ sizeBytes: number }> {
  const header = readQcow2Header(await readAt(handle, 0, qcow2HeaderBytes));
  if (!header) throw refusedImage('it is not a qcow2 image');
  if (header.hasBackingFile && !linked) throw refusedImage('it has a backing file');
  if (header.hasDataFile) throw refusedImage('it keeps its data in another file');
  return { sizeBytes: header.sizeBytes };
}

/** The bytes at a position, fewer at the end of the file. */
export async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await handle.read(buffer, 0, length, position);
  return buffer.subarray(0, bytesRead);
}

export function refusedImage(why: string): AppError {
  return new AppError('invalid-input', `the disk image is refused: ${why}`);
}
