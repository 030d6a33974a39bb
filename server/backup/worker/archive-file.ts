// The file of an archive: what its name says, written from its beginning to the disk, read in chunks.
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import {
  type ArchiveFormat,
  requireArchiveName,
} from '../../../storage-plugins/backup-names/archive-name.ts';
import { AppError, asAppError } from '../../core/errors.ts';
import { mebibyte } from '../../core/units.ts';
import type { ByteSink } from '../compression/archive-sink.ts';
import type { Packing } from '../compression/read-archive.ts';
import type { ArchiveFile } from './worker-orders.ts';

const chunkBytes = mebibyte;
/** What may wait in the kernel to be written: what is slow is slow at once, and not in a long end. */
const unsyncedBytes = 128 * mebibyte;

/** How an archive of this name is packed. `invalid-input` when it is no archive's name, or another format's. */
export function packingOf({ name }: ArchiveFile, wanted: ArchiveFormat): Packing {
  // Of the time in the name nothing is used.
  const { format, compression } = requireArchiveName(name, 'UTC');
  if (format !== wanted)
    throw new AppError('invalid-input', `by its name the archive is ${format}, not ${wanted}: '${name}'`);
  return compression ?? 'none';
}

export interface OutputFile {
  /** Appends; one call after the other. */
  readonly target: ByteSink;
  /** Everything is on the disk. */
  finish(): Promise<void>;
  /** Repeatable. */
  close(): Promise<void>;
}

/** Opens a file that exists, and empties it. Errors: `not-found`, `no-capacity`, `unavailable`. */
export async function openOutput({ path }: ArchiveFile): Promise<OutputFile> {
  const file = await attempt('open', () => open(path, constants.O_WRONLY | constants.O_NOFOLLOW));
  // A pipe is neither emptied nor synced.
  const plain = (await file.stat()).isFile();
  if (plain) await attempt('empty', () => file.truncate(0));
  let unsynced = 0;
  let syncing: Promise<void> = Promise.resolve();
  const sync = () => attempt('write', () => file.datasync());
  return {
    async target(bytes) {
      for (let done = 0; done < bytes.length; ) {
        const { bytesWritten } = await attempt('write', () =>
          file.write(bytes, done, bytes.length - done, null),
        );
        done += bytesWritten;
      }
      unsynced += bytes.length;
      if (!plain || unsynced < unsyncedBytes) return;
      unsynced = 0;
      await syncing;
      syncing = sync();
      // It is awaited before the next one; until then a failure is not "unhandled".
      syncing.catch(() => undefined);
    },
    async finish() {
      await syncing;
      if (plain) await attempt('write', () => file.sync());
    },
    async close() {
      await syncing.catch(() => undefined);
      await file.close();
    },
  };
}

export interface InputFile {
  readonly file: FileHandle;
  readonly sizeBytes: number;
  /** Of the chunks given. */
  readonly readBytes: number;
  /** The whole file; each chunk a buffer of its own. */
  chunks(): AsyncGenerator<Buffer, void, void>;
  /** Repeatable. */
  close(): Promise<void>;
}

/** Opens a file for reading. Errors as of `openOutput`. */
export async function openInput({ path }: ArchiveFile, signal?: AbortSignal): Promise<InputFile> {
  const file = await attempt('open', () => open(path, constants.O_RDONLY | constants.O_NONBLOCK));
  const found = await file.stat();
  if (!found.isFile()) {
    await file.close();
    throw new AppError('invalid-input', 'the archive is no file');
  }
  let readBytes = 0;
  return {
    file,
    sizeBytes: found.size,
    get readBytes() {
      return readBytes;
    },
    async *chunks() {
      for (;;) {
        if (signal?.aborted) throw new AppError('cancelled', 'cancelled');
        const buffer = Buffer.allocUnsafeSlow(chunkBytes);
        const { bytesRead } = await attempt('read', () => file.read(buffer, 0, chunkBytes, readBytes));
        if (bytesRead === 0) return;
        readBytes += bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
    },
    close: () => file.close(),
  };
}

/** Does it, and says of an error of the system whose file it is about. */
async function attempt<T>(verb: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
    const known = asAppError(cause);
    if (code === undefined || cause instanceof AppError) throw known;
    if (known.code === 'no-capacity')
      throw new AppError('no-capacity', `cannot ${verb} the archive: no space left on the storage`, {
        cause,
      });
    const detail = String(cause);
    if (code === 'ENOENT')
      throw new AppError('not-found', `cannot ${verb} the archive: it is not there`, { detail, cause });
    throw new AppError('unavailable', `cannot ${verb} the archive: ${code}`, { detail, cause });
  }
}
