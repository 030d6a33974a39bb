// Single zstd frames in memory: compressed and decompressed in libuv's threads, tiny ones at once.
import {
  constants,
  createZstdCompress,
  createZstdDecompress,
  type ZstdCompress,
  type ZstdDecompress,
  type ZstdOptions,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib';
import { AppError } from '../../core/errors.ts';
import { kibibyte } from '../../core/units.ts';
import { damaged, notRead } from './damage.ts';

/**
 * Up to this size a frame is done on the spot: 16 KiB of text at level 3 take 0.06 ms, a turn through the threads 0.2 ms.
 */
const tinyBytes = 16 * kibibyte;

/** Is a frame with this content compressed on the spot? */
export function isTiny(content: Uint8Array): boolean {
  return content.length <= tinyBytes;
}

/** A frame is never longer than this, whatever its content; zstd's own bound with something to spare. */
export function frameBound(contentBytes: number): number {
  return contentBytes + (contentBytes >> 8) + kibibyte;
}

/**
 * Compresses into one frame that has the content's size in its header and a checksum at its end. `content` must not change
 * before the promise settles; a tiny one is done with when the call returns. Memory: `frameBound`, and what zstd needs (at level 3 about 2 MiB).
 */
export async function compressFrame(content: Buffer, level: number): Promise<Buffer> {
  const options: ZstdOptions = {
    // Room for all of it: zstd then writes straight into it, in one go.
    chunkSize: frameBound(content.length),
    params: { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 },
  };
  if (isTiny(content)) return zstdCompressSync(content, options);
  // `zstdCompress` ends the frame only in a second call: its header has no size then, and it is larger by half a percent.
  return run(createZstdCompress({ ...options, flush: constants.ZSTD_e_end }), content);
}

/**
 * Decompresses one whole frame whose header says `contentBytes`. `at`: where the frame lies in the file, for errors:
 * `invalid-input` when zstd refuses it, by its checksum for instance, or when it has another length.
 */
export async function decompressFrame(frame: Buffer, contentBytes: number, at: number): Promise<Buffer> {
  // One more than needed, or Node asks once more whether there is still something to come.
  const options: ZstdOptions = { chunkSize: Math.max(contentBytes + 1, 64) };
  let content: Buffer;
  try {
    const tiny = contentBytes <= tinyBytes && frame.length <= 2 * tinyBytes;
    content = tiny
      ? zstdDecompressSync(frame, { ...options, maxOutputLength: Math.max(contentBytes, 1) })
      : await run(createZstdDecompress(options), frame, contentBytes);
  } catch (error) {
    throw zstdError(error, at);
  }
  if (content.length !== contentBytes) throw wrongLength(at);
  return content;
}

/** An error of zlib as ours; others pass. */
export function zstdError(error: unknown, at: number): unknown {
  if (error instanceof AppError || !(error instanceof Error) || !('code' in error)) return error;
  switch (error.code) {
    case 'ZSTD_error_checksum_wrong':
      return damaged(at, 'the content of the frame that begins here does not fit its checksum', error);
    case 'ZSTD_error_frameParameter_windowTooLarge':
      return notRead(at, 'it needs too much memory');
    case 'ZSTD_error_memory_allocation':
      return new AppError('no-capacity', 'no memory is left to read the archive', { cause: error });
    case 'ERR_BUFFER_TOO_LARGE':
      return wrongLength(at);
  }
  const ofZlib = /^(ZSTD_|Z_)/.test(String(error.code));
  return ofZlib ? damaged(at, 'the frame that begins here cannot be decompressed', error) : error;
}

function wrongLength(at: number): AppError {
  return damaged(at, 'the frame that begins here has another length than it says');
}

/** One call of the library in a thread; `most` bytes of output at most. */
function run(engine: ZstdCompress | ZstdDecompress, input: Buffer, most = Infinity): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const parts: Buffer[] = [];
  let bytes = 0;
  engine.on('error', reject);
  engine.on('data', (part: Buffer) => {
    parts.push(part);
    bytes += part.length;
    if (bytes > most) engine.destroy(Object.assign(new Error('too long'), { code: 'ERR_BUFFER_TOO_LARGE' }));
  });
  engine.write(input, (error) => {
    if (error) reject(error);
    else resolve(parts.length === 1 ? parts[0]! : Buffer.concat(parts, bytes));
  });
  // The library's memory is given back now, not when it is collected.
  return promise.finally(() => engine.destroy());
}
