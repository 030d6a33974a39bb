// Imports: a stream becomes a temporary file beside its final place, then the volume, in constant memory.
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, open, rm, statfs } from 'node:fs/promises';
import path from 'node:path';
import { addAbortSignal, type Readable } from 'node:stream';
import { AppError, invalidInput } from '../../server/core/errors.ts';
import type { WorkContext } from '../../server/core/work-context.ts';
import type { ChecksumAlgorithm, ContentKind, ImportedBytes, PendingImport } from '../plugin.ts';
import { fileVolumeName, readVolumeName, type VolumeName } from '../volume-names.ts';
import { forgetFileAnnotation, requireUnprotectedFile } from './file-annotations.ts';
import { findFolder, folderOf, makeFolder, openRegular } from './layout.ts';
import { hasErrno, storageError } from './system-errors.ts';
import {
  claim,
  isTemporaryName,
  publish,
  release,
  removeTemporary,
  temporaryPath,
} from './temporary-files.ts';

/** Begins an import below the root. */
export async function beginFileImport(
  root: string,
  content: ContentKind,
  fileName: string,
  options: { expectedBytes?: number | undefined; key?: string | undefined },
): Promise<PendingImport> {
  const { expectedBytes, key } = options;
  const volume = fileVolumeName(content, fileName);
  const folder = await makeFolder(root, folderOf(volume));
  try {
    if (expectedBytes !== undefined) await requireSpace(folder, expectedBytes);
    const temporary = temporaryPath(folder, key === undefined ? undefined : `${volume.name}#${key}`);
    const handle = await openImport(temporary, key !== undefined, modeOf(volume));
    try {
      const inode = unsigned((await handle.stat({ bigint: true })).ino);
      return { id: renderId(volume, path.basename(temporary), inode), name: volume.name };
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw storageError(error, 'begin the import');
  }
}

/** Whoever can read a backup reads a whole guest. */
function modeOf({ content }: VolumeName): number {
  return content === 'backup' ? 0o600 : 0o644;
}

async function openImport(temporary: string, mayExist: boolean, mode: number): Promise<FileHandle> {
  try {
    return await open(temporary, 'wx', mode);
  } catch (error) {
    if (!mayExist || !hasErrno(error, 'EEXIST')) throw error;
    return await openRegular(temporary, constants.O_WRONLY);
  }
}

async function requireSpace(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < bytes)
    throw new AppError('no-capacity', 'not enough free space on the storage', {
      data: { neededBytes: bytes, availableBytes: bavail * bsize },
    });
}

/** Writes the stream from the file's beginning and syncs it; whatever goes wrong removes the file. */
export async function writeFileImport(
  root: string,
  context: WorkContext,
  id: string,
  source: Readable,
  options: { checksumAlgorithm?: ChecksumAlgorithm | undefined; exactBytes?: number | undefined },
): Promise<ImportedBytes> {
  const { temporary } = await locateImport(root, id);
  try {
    claim(temporary);
    const handle = await openRegular(temporary, constants.O_WRONLY | constants.O_TRUNC);
    try {
      return await writeStream(handle, context, source, options);
    } finally {
      await handle.close();
    }
  } catch (error) {
    await removeTemporary(temporary).catch(() => {});
    if (context.signal.aborted) throw new AppError('cancelled', 'the import was cancelled', { cause: error });
    if (hasErrno(error, 'ENOENT')) throw gone();
    throw storageError(error, 'write the import');
  }
}

async function writeStream(
  handle: FileHandle,
  context: WorkContext,
  source: Readable,
  options: { checksumAlgorithm?: ChecksumAlgorithm | undefined; exactBytes?: number | undefined },
): Promise<ImportedBytes> {
  const { exactBytes } = options;
  const hash = options.checksumAlgorithm === undefined ? undefined : createHash(options.checksumAlgorithm);
  let sizeBytes = 0;
  for await (const chunk of addAbortSignal(context.signal, source)) {
    const bytes: Buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk);
    if (exactBytes !== undefined && sizeBytes + bytes.length > exactBytes) throw wrongLength(exactBytes);
    hash?.update(bytes);
    await writeAll(handle, bytes);
    sizeBytes += bytes.length;
    if (exactBytes !== undefined && exactBytes > 0) context.progress(sizeBytes / exactBytes);
  }
  if (exactBytes !== undefined && sizeBytes !== exactBytes) throw wrongLength(exactBytes, sizeBytes);
  await handle.sync();
  return { sizeBytes, checksum: hash?.digest('hex') };
}

async function writeAll(handle: FileHandle, bytes: Buffer): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done);
    done += bytesWritten;
  }
}

function wrongLength(exactBytes: number, sizeBytes?: number): AppError {
  const found = sizeBytes === undefined ? 'it is longer' : `${sizeBytes} came`;
  return new AppError('invalid-input', `the file should have ${exactBytes} bytes, but ${found}`);
}

/** `Storage.importPath`. */
export async function pathOfFileImport(root: string, id: string): Promise<string> {
  const { volume, temporary } = await locateImport(root, id);
  if (volume.content !== 'backup')
    throw new AppError(
      'unsupported',
      `only backups are written by a program of their own, not '${volume.name}'`,
    );
  try {
    claim(temporary);
    const handle = await openRegular(temporary, constants.O_WRONLY | constants.O_TRUNC);
    await handle.close();
    return temporary;
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw storageError(error, 'write the import');
    release(temporary);
    throw gone();
  }
}

/** What was written so far, as a stream. */
export async function readFileImport(root: string, id: string): Promise<Readable> {
  const { temporary } = await locateImport(root, id);
  try {
    return (await openRegular(temporary, constants.O_RDONLY)).createReadStream();
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) throw gone();
    throw storageError(error, 'read the import');
  }
}

/** Publishes it once `inspect` let it pass; an import published before is recognised by its inode. */
export async function commitFileImport(
  root: string,
  id: string,
  replace: boolean,
  inspect: (volume: VolumeName, file: string) => Promise<void>,
): Promise<VolumeName> {
  const { volume, temporary, inode } = await locateImport(root, id);
  const final = path.join(path.dirname(temporary), volume.fileName);
  try {
    if ((await inodeOf(temporary)) === undefined) {
      if ((await inodeOf(final)) === inode) return volume;
      throw gone();
    }
    // A crash between the two steps of publishing leaves both names of one file.
    const published = (await inodeOf(final)) === inode;
    if (volume.content === 'import') await inspect(volume, temporary);
    // What is replaced is removed, and what was said of it with it.
    if (replace && !published) await requireUnprotectedFile(volume, final);
    if (volume.content === 'backup') await syncFile(temporary);
    await publish(temporary, final, replace || published);
    if (published) await removeTemporary(temporary);
    await forgetFileAnnotation(volume, final);
    return volume;
  } catch (error) {
    throw storageError(error, 'finish the import');
  }
}

export async function discardFileImport(root: string, id: string, published: boolean): Promise<void> {
  const { volume, temporary, inode } = await locateImport(root, id);
  const final = path.join(path.dirname(temporary), volume.fileName);
  try {
    if (published && (await inodeOf(final)) === inode) {
      await rm(final);
      await forgetFileAnnotation(volume, final);
    }
    await removeTemporary(temporary);
  } catch (error) {
    throw storageError(error, 'discard the import');
  }
}

/** What another program wrote. */
async function syncFile(file: string): Promise<void> {
  const handle = await openRegular(file, constants.O_RDWR);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function inodeOf(file: string): Promise<bigint | undefined> {
  try {
    return unsigned((await lstat(file, { bigint: true })).ino);
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Node tells inode numbers as signed; GlusterFS makes them of hashes, every second one over 2^63. */
function unsigned(inode: bigint): bigint {
  return BigInt.asUintN(64, inode);
}

function renderId(volume: VolumeName, temporaryName: string, inode: bigint): string {
  return `${volume.name}#${temporaryName}#${inode}`;
}

async function locateImport(
  root: string,
  id: string,
): Promise<{ volume: VolumeName; temporary: string; inode: bigint }> {
  const [name = '', temporaryName = '', inode = '', ...rest] = id.split('#');
  if (rest.length > 0 || !isTemporaryName(temporaryName) || !/^\d{1,20}$/.test(inode))
    throw invalidInput({ import: 'not an import of this storage' });
  const volume = readVolumeName(name);
  const folder = await findFolder(root, folderOf(volume));
  if (folder === undefined) throw gone();
  return { volume, temporary: path.join(folder, temporaryName), inode: BigInt(inode) };
}

function gone(): AppError {
  return new AppError('not-found', 'the import is gone: it was discarded or its storage was cleaned');
}
