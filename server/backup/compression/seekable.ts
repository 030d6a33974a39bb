// Random access to a finished zstd archive of ours: any frame, checked, from a cache when it was read lately.
import { mebibyte } from '../../core/units.ts';
import { damaged } from './damage.ts';
import { decompressFrame } from './frame-codec.ts';
import { Places } from './places.ts';
import {
  type ArchiveFrame,
  type PositionalFile,
  readArchiveEnd,
  readAt,
  type SeekTable,
} from './seek-table.ts';
import { checksumBytes, frameBytes, readFrameHeader } from './zstd-format.ts';

export interface SeekableOptions {
  /** Of content, in bytes; 64 MiB if not given. */
  readonly cacheBytes?: number;
  /** How many frames are read and decompressed at the same time; 4 if not given, as many as libuv has threads. */
  readonly atOnce?: number;
}

/**
 * Memory: the cache, 20 bytes for each frame, the index, and for each frame that is being read its content twice at most (16
 * MiB for frames of 4 MiB and `atOnce` 2). The file stays the caller's, to be closed when no read is under way.
 */
export interface SeekableArchive {
  /** What the writer was given at its `end`; empty if nothing. As hostile as the file: only its checksum was looked at. */
  readonly index: Buffer;
  /** Length of the archive as it is without compression. */
  readonly contentBytes: number;
  /** Frames are numbered from 0; the last one has no content. */
  readonly frameCount: number;
  /** `internal` for a number that there is not. */
  frame(number: number): ArchiveFrame;
  /** The frame that holds this byte of the content; `invalid-input` when there is none. */
  frameAt(offset: number): ArchiveFrame;
  /**
   * The content of a frame, which is the cache's as well: not to be changed. Who asks for a frame that is being read already
   * gets the same. `invalid-input` when it is not what was written, naming the byte of the file. Errors of the file pass.
   */
  readFrame(number: number): Promise<Buffer>;
}

/** Opens a file with positional reads alone. Errors: those of `readArchiveEnd`. */
export async function openSeekable(
  file: PositionalFile,
  { cacheBytes = 64 * mebibyte, atOnce = 4 }: SeekableOptions = {},
): Promise<SeekableArchive> {
  const { table, index } = await readArchiveEnd(file);
  const cache = new FrameCache(cacheBytes);
  const places = new Places(atOnce);
  const reading = new Map<number, Promise<Buffer>>();
  const read = async (number: number) => {
    await places.take();
    try {
      const content = await readChecked(file, table, number);
      cache.put(number, content);
      return content;
    } finally {
      places.leave();
      reading.delete(number);
    }
  };
  return {
    index,
    contentBytes: table.contentBytes,
    frameCount: table.count,
    frame: (number) => table.frame(number),
    frameAt: (offset) => table.frameAt(offset),
    async readFrame(number) {
      const found = cache.get(number) ?? reading.get(number);
      if (found) return found;
      const content = read(number);
      reading.set(number, content);
      return content;
    },
  };
}

/** Reads and decompresses, and believes the table only what the frame says, too. */
async function readChecked(file: PositionalFile, table: SeekTable, number: number): Promise<Buffer> {
  const { at, compressedBytes, contentBytes } = table.frame(number);
  if (contentBytes === 0) return Buffer.alloc(0);
  const frame = await readAt(file, at, compressedBytes);
  const another = () => damaged(at, 'another frame begins here than its table says');
  if (frameBytes(frame, at) !== compressedBytes) throw another();
  const header = readFrameHeader(frame, at);
  if (header.contentBytes !== contentBytes || !header.checksum) throw another();
  if (frame.readUInt32LE(compressedBytes - checksumBytes) !== table.checksum(number)) throw another();
  return await decompressFrame(frame, contentBytes, at);
}

/** The frames that were asked for last, as many as fit. */
class FrameCache {
  readonly #most: number;
  /** In the order of their last use. */
  readonly #frames = new Map<number, Buffer>();
  #bytes = 0;

  constructor(mostBytes: number) {
    this.#most = mostBytes;
  }

  get(number: number): Buffer | undefined {
    const content = this.#frames.get(number);
    if (!content) return undefined;
    this.#frames.delete(number);
    this.#frames.set(number, content);
    return content;
  }

  put(number: number, content: Buffer): void {
    if (content.length > this.#most) return;
    this.#frames.set(number, content);
    this.#bytes += content.length;
    for (const [oldest, { length }] of this.#frames) {
      if (this.#bytes <= this.#most) break;
      this.#frames.delete(oldest);
      this.#bytes -= length;
    }
  }
}
