// Looks into a disk image before anything else opens it: how large it is, and whether it would drag in other files.
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { AppError } from '../../server/core/errors.ts';
import type { VolumeFormat } from '../plugin.ts';
import { openRegular } from './layout.ts';
import { qcow2HeaderBytes, readQcow2Header } from './qcow2-header.ts';
import { storageError } from './system-errors.ts';
import { readVmdkHeader, vmdkHeaderBytes, vmdkStandsAlone } from './vmdk-header.ts';

/**
 * The size that a guest sees; `invalid-input` when the image names other files or is not of the format.
 * A backing file of `/etc/shadow` is how an uploaded image would read the host: so no image with a backing file, an
 * external data file or foreign extents is ever a source, whoever made it.
 */
export async function inspectImage(file: string, format: VolumeFormat): Promise<{ sizeBytes: number }> {
  try {
    const handle = await openRegular(file, constants.O_RDONLY);
    try {
      if (format === 'qcow2') return await inspectQcow2(handle);
      if (format === 'vmdk') return await inspectVmdk(handle);
      return { sizeBytes: (await handle.stat()).size };
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw storageError(error, 'read the image');
  }
}

async function inspectQcow2(handle: FileHandle): Promise<{ sizeBytes: number }> {
  const header = readQcow2Header(await readAt(handle, 0, qcow2HeaderBytes));
  if (!header) throw refused('it is not a qcow2 image');
  if (header.hasBackingFile) throw refused('it has a backing file');
  if (header.hasDataFile) throw refused('it keeps its data in another file');
  return { sizeBytes: header.sizeBytes };
}

async function inspectVmdk(handle: FileHandle): Promise<{ sizeBytes: number }> {
  const header = readVmdkHeader(await readAt(handle, 0, vmdkHeaderBytes));
  if (!header) throw refused('it is not a VMDK image in a single file');
  const descriptor = await readAt(handle, header.descriptorOffset, header.descriptorBytes);
  if (!vmdkStandsAlone(descriptor.toString('latin1'))) throw refused('it names other files');
  return { sizeBytes: header.sizeBytes };
}

/** The bytes at a position, fewer at the end of the file. */
export async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await handle.read(buffer, 0, length, position);
  return buffer.subarray(0, bytesRead);
}

function refused(why: string): AppError {
  return new AppError('invalid-input', `the disk image is refused: ${why}`);
}
