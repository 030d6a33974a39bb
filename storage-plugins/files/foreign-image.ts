// Strangers' disk images, read by a confined qemu-img only: what they are, and copying them into a disk of ours.
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, statfs } from 'node:fs/promises';
import path from 'node:path';
import { AppError, asAppError } from '../../server/core/errors.ts';
import type { Exec } from '../../server/core/exec.ts';
import type { WorkContext } from '../../server/core/work-context.ts';
import type { VolumeFormat } from '../plugin.ts';
import { checkForeignHeaders, type FileAttachment, mostDiskBytes } from './foreign-headers.ts';
import { readImageInfo, readMeasure } from './foreign-info.ts';
import { refusedImage } from './image-safety.ts';
import { openRegular } from './layout.ts';
import { lendFile } from './lend-file.ts';
import { sandboxed } from './sandbox.ts';
import { storageError } from './system-errors.ts';

export interface ForeignFacts {
  /** What a guest sees. */
  readonly sizeBytes: number;
  /** What of it holds data. */
  readonly dataBytes: number;
}

/** Runs a program with open files; told what it writes to its standard output as it comes. */
export type RunWithFiles = (
  file: string,
  args: readonly string[],
  files: readonly number[],
  onOutput: (text: string) => void,
) => Promise<void>;

interface LookLimits {
  readonly cpuSeconds: number;
  /** Wall clock: a machine that is busy is given time. */
  readonly timeoutMs: number;
}
const headerLimits: LookLimits = { cpuSeconds: 20, timeoutMs: 60_000 };
/** All its tables are read: minutes for tens of terabytes. */
const tableLimits: LookLimits = { cpuSeconds: 600, timeoutMs: 1_800_000 };
/**
 * How many times its own size an image may hold, beyond the first GiB. Deflate makes blocks at most a thousand times smaller, and
 * no smaller than a sector; more means that the same bytes stand for many places.
 */
const mostRatio = 1100;
const freeOfRatio = 1024 ** 3;
const drivers: Partial<Record<VolumeFormat, string>> = { vhd: 'vpc' };

/**
 * Looks at its first bytes here, at its headers by qemu-img: the size that a guest sees. `invalid-input` with the reason when it is
 * refused. Takes a twentieth of a second.
 */
export async function inspectForeign(
  exec: Exec,
  context: WorkContext,
  source: FileAttachment,
): Promise<number> {
  await checkForeignHeaders(source);
  // It has no headers: its length is all there is to know.
  if (source.format === 'raw')
    return await withSource(source, async (_handle, bytes) => Math.ceil(bytes / 512) * 512);
  const { sizeBytes } = readImageInfo(await look(exec, context, source, ['info'], headerLimits));
  if (sizeBytes > mostDiskBytes) throw refusedImage('it is too large');
  return sizeBytes;
}

/** Inspects it, and reads its tables: what a copy will take. `invalid-input` for a bomb. */
export async function measureForeign(
  exec: Exec,
  context: WorkContext,
  source: FileAttachment,
): Promise<ForeignFacts> {
  const sizeBytes = await inspectForeign(exec, context, source);
  const dataBytes = readMeasure(await look(exec, context, source, ['measure', '-O', 'qcow2'], tableLimits));
  const bytes = await withSource(source, async (_handle, length) => length);
  if (dataBytes > Math.max(freeOfRatio, bytes * mostRatio))
    throw refusedImage(`it is a bomb: it holds more than ${mostRatio} times its own size`);
  return { sizeBytes, dataBytes };
}

async function look(
  exec: Exec,
  context: WorkContext,
  source: FileAttachment,
  [word = '', ...args]: readonly string[],
  { cpuSeconds, timeoutMs }: LookLimits,
): Promise<string> {
  return await withSource(source, async (handle, bytes) => {
    const words = [word, '--output=json', ...args, describeSource(source, bytes)];
    const argv = sandboxed('qemu-img', words, { cpuSeconds, mostFileBytes: 0 });
    const options = { signal: context.signal, timeoutMs, maxBytes: 1024 ** 2, files: [handle.fd] };
    try {
      return (await exec(...argv, { ...options, intention: 'look at the image' })).stdout;
    } catch (error) {
      throw asRefusal(error);
    }
  });
}

/** An image that is there. */
export interface ForeignTarget {
  readonly file: string;
  readonly format: VolumeFormat;
  /** It is on a block device. `zeroed`: which reads as zeros all over. */
  readonly device?: { readonly zeroed: boolean } | undefined;
  readonly bytesPerSecond?: number | undefined;
}

/**
 * Copies it into the existing, empty image `target`, which the confined process may write to as long as it runs. The target must
 * have the size that `measureForeign` told. Its caller removes it when this fails.
 */
export async function copyForeign(
  run: RunWithFiles,
  context: WorkContext,
  source: FileAttachment,
  facts: ForeignFacts,
  target: ForeignTarget,
  onOutput: (text: string) => void,
): Promise<void> {
  const { device, bytesPerSecond } = target;
  // A device has its space.
  if (!device) await requireSpace(target.file, facts);
  await withSource(source, async (handle, bytes) => {
    await checkSum(context, source, handle, bytes);
    const into = device ? await openDevice(target.file) : await openRegular(target.file, constants.O_RDWR);
    try {
      const takeBack = await lendFile(into);
      try {
        const limits = {
          // Ten megabytes in a second are slow; a bomb is slower.
          cpuSeconds: 600 + facts.dataBytes / 1e7,
          mostFileBytes: facts.sizeBytes * 1.02 + 64 * 1024 ** 2,
        };
        const zero = !device || device.zeroed ? ['--target-is-zero'] : [];
        const rate =
          bytesPerSecond === undefined ? [] : ['-r', String(Math.max(1, Math.floor(bytesPerSecond)))];
        const args = ['-p', '-n', ...zero, ...rate, '-O', target.format];
        const argv = ['convert', ...args, describeSource(source, bytes), '/proc/self/fd/4'];
        await run(...sandboxed('qemu-img', argv, limits), [handle.fd, into.fd], onOutput);
      } finally {
        await takeBack();
      }
    } finally {
      await into.close();
    }
  });
}

/** Of our own making: its path is a storage's. */
async function openDevice(file: string): Promise<FileHandle> {
  return await open(file, constants.O_RDWR).catch((error: unknown) => {
    throw storageError(error, 'open the disk');
  });
}

async function withSource<T>(
  source: FileAttachment,
  work: (handle: FileHandle, bytes: number) => Promise<T>,
): Promise<T> {
  const handle = await openRegular(source.path, constants.O_RDONLY).catch((error: unknown) => {
    throw storageError(error, 'read the image');
  });
  try {
    return await work(handle, source.part?.bytes ?? (await handle.stat()).size);
  } finally {
    await handle.close();
  }
}

/** QEMU's own description of the file of descriptor 3: format said, no backing file, nothing outside the part. */
function describeSource({ format, part }: FileAttachment, bytes: number): string {
  const file = { driver: 'file', filename: '/proc/self/fd/3' };
  // QEMU reads whole sectors; an archive's members are followed by zeros up to one.
  const size = Math.ceil(bytes / 512) * 512;
  const within = part ? { driver: 'raw', offset: part.offset, size, file } : file;
  const driver = drivers[format] ?? format;
  return `json:${JSON.stringify({ driver, file: within, ...(format === 'qcow2' ? { backing: null } : {}) })}`;
}

/** `no-capacity` before anything is written; a compressed image takes more than its file. */
async function requireSpace(file: string, { dataBytes }: ForeignFacts): Promise<void> {
  const { bavail, bsize } = await statfs(path.dirname(file));
  if (dataBytes <= bavail * bsize) return;
  throw new AppError('no-capacity', 'copy the disk: not enough free space on the storage', {
    data: { neededBytes: dataBytes, availableBytes: bavail * bsize },
  });
}

/** `invalid-input` when the bytes are not those of the archive's manifest. */
async function checkSum(
  context: WorkContext,
  { expected, part, path: file }: FileAttachment,
  handle: FileHandle,
  bytes: number,
): Promise<void> {
  if (!expected) return;
  context.log(`checking the ${expected.algorithm} sum of ${path.basename(file)}`);
  const hash = createHash(expected.algorithm);
  const start = part?.offset ?? 0;
  const stream = handle.createReadStream({ start, end: start + bytes - 1, autoClose: false });
  for await (const chunk of stream) {
    if (context.signal.aborted) throw new AppError('cancelled', 'copy the disk: cancelled');
    hash.update(chunk as Buffer);
  }
  if (hash.digest('hex') !== expected.checksum)
    throw refusedImage(`its ${expected.algorithm} sum is not the one in the manifest`);
}

/** What qemu-img complains of is the image's fault, but for a few things that are ours. */
function asRefusal(thrown: unknown): AppError {
  const error = asAppError(thrown);
  if (error.code === 'timeout') return refusedImage('looking at it takes too long');
  if (error.code !== 'command-failed') return error;
  const complaint = `${error.message}\n${error.detail ?? ''}`;
  if (/\/proc\/self\/fd\/3.*Permission denied/.test(complaint))
    return new AppError(
      'invalid-input',
      'the disk image cannot be read: let everybody read its file (chmod a+r)',
    );
  if (/(setpriv|prlimit|unshare):/.test(complaint)) return error;
  return new AppError(
    'invalid-input',
    'the disk image is refused: it cannot be read as an image of its format',
    {
      detail: error.detail ?? '',
      cause: error,
    },
  );
}
