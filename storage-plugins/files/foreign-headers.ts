// What the first bytes of a stranger's disk image must not say, before any other program opens it.
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { AppError } from '../../server/core/errors.ts';
import type { Attachment, VolumeFormat } from '../plugin.ts';
import { readAt, refusedImage } from './image-safety.ts';
import { openRegular } from './layout.ts';
import { qcow2HeaderBytes, readQcow2Header } from './qcow2-header.ts';
import { storageError } from './system-errors.ts';
import { readVmdkDescriptor, readVmdkHeader, vmdkHeaderBytes } from './vmdk-header.ts';

export type FileAttachment = Extract<Attachment, { kind: 'file' }>;

/** The largest disk that anybody brings. */
export const mostDiskBytes = 64 * 1024 ** 4;

/** Reads from a file or a part of it, never beyond. */
export type ReadBytes = (position: number, length: number) => Promise<Buffer>;

/** `invalid-input` when the image is not of its format, names other files, is locked by a key, or was not closed properly. */
export async function checkForeignHeaders(source: FileAttachment): Promise<void> {
  try {
    const handle = await openRegular(source.path, constants.O_RDONLY);
    try {
      const { offset, bytes } = source.part ?? { offset: 0, bytes: (await handle.stat()).size };
      await checkHeaders(source.format, bytes, partOf(handle, offset, bytes));
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw storageError(error, 'read the image');
  }
}

export function partOf(handle: FileHandle, offset: number, bytes: number): ReadBytes {
  return async (position, length) => {
    const most = Math.max(0, Math.min(length, bytes - position));
    return most === 0 ? Buffer.alloc(0) : await readAt(handle, offset + position, most);
  };
}

/** Exported for tests. */
export async function checkHeaders(format: VolumeFormat, bytes: number, read: ReadBytes): Promise<void> {
  switch (format) {
    case 'raw':
      if (bytes === 0) throw refusedImage('it is empty');
      if (bytes > mostDiskBytes) throw tooLarge();
      return;
    case 'qcow2':
      return checkQcow2(await read(0, qcow2HeaderBytes));
    case 'vmdk':
      return await checkVmdk(read);
    case 'vhdx':
      if ((await read(0, 8)).toString('latin1') !== 'vhdxfile') throw refusedImage('it is not a VHDX image');
      return;
    case 'vhd':
      return checkVhd(await read(Math.max(0, bytes - vhdFooterBytes), vhdFooterBytes));
    default:
      throw new AppError('unsupported', `a file of format '${format}' is no disk image`);
  }
}

function checkQcow2(bytes: Buffer): void {
  const header = readQcow2Header(bytes);
  if (!header) throw refusedImage('it is not a qcow2 image');
  if (header.hasBackingFile) throw refusedImage('it has a backing file');
  if (header.hasDataFile) throw refusedImage('it keeps its data in another file');
  if (header.encrypted) throw refusedImage('it is encrypted');
  if (header.dirty) throw refusedImage('it was not closed properly: repair it with qemu-img check -r all');
  if (header.corrupt) throw refusedImage('it is marked as corrupt');
  if (header.sizeBytes > mostDiskBytes) throw tooLarge();
}

async function checkVmdk(read: ReadBytes): Promise<void> {
  const header = readVmdkHeader(await read(0, vmdkHeaderBytes));
  if (!header) throw refusedImage('it is not a VMDK image in a single file');
  if (header.sizeBytes > mostDiskBytes) throw tooLarge();
  if (header.dirty) throw refusedImage('it was not closed properly');
  const text = (await read(header.descriptorOffset, header.descriptorBytes)).toString('latin1');
  const { createType, isChild, encrypted, extents } = readVmdkDescriptor(text);
  if (isChild) throw refusedImage('it names other files: it is a child of another image');
  if (encrypted) throw refusedImage('it is encrypted');
  if (createType !== 'monolithicSparse' && createType !== 'streamOptimized')
    throw refusedImage(
      'it names other files: write it as one sparse file (monolithicSparse or streamOptimized)',
    );
  const [extent, ...more] = extents;
  if (extent === undefined || more.length > 0)
    throw refusedImage('it names other files: it has several extents');
  if (extent.type !== 'SPARSE') throw refusedImage(`it names other files: an extent of type ${extent.type}`);
  if (!/^[^/\\:]+$/.test(extent.file)) throw refusedImage('it names other files: its extent leads elsewhere');
}

/** Virtual Hard Disk Image Format Specification (Microsoft, 2006), "Hard Disk Footer Format". */
const vhdFooterBytes = 512;

function checkVhd(footer: Buffer): void {
  if (footer.length < vhdFooterBytes || footer.toString('latin1', 0, 8) !== 'conectix')
    throw refusedImage('it is not a VHD image');
  const type = footer.readUInt32BE(60);
  if (type !== 2 && type !== 3) throw refusedImage('it names other files: a differencing disk has a parent');
  if (footer.readBigUInt64BE(48) > BigInt(mostDiskBytes)) throw tooLarge();
}

function tooLarge(): AppError {
  return refusedImage(`it is larger than ${mostDiskBytes / 1024 ** 4} TiB`);
}
