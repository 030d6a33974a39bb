// Whether an archive of ours that was just written lies in its file as its table says: each frame where it should, none missing.
import { AppError } from '../../core/errors.ts';
import { damaged } from './damage.ts';
import { type PositionalFile, readArchiveEnd, readAt, type SeekTable } from './seek-table.ts';
import {
  checksumBytes,
  frameHeaderBytes,
  largestHeaderBytes,
  readFrameHeader,
  zstdMagic,
} from './zstd-format.ts';

/** Reads under way: as many as the worker has threads for files. */
const atOnce = 3;

export interface FrameChain {
  /** With the one of the index. */
  readonly frames: number;
  /** Of the file. */
  readonly readBytes: number;
}

/**
 * Reads the table and the index whole, with their checksums, and of each frame where it begins and ends: its header, with the length of its
 * content, and the checksum at its end, both as in the table. That is a read of some twenty bytes for each frame: a page for some MiB.
 * A frame that another program's write, a lost block or an offset that is wrong has put something else in the place of is found at
 * its bounds; what is within a frame only reading it all tells. Errors: those of `readArchiveEnd`; `invalid-input` with the byte.
 */
export async function checkFrameChain(file: PositionalFile, signal: AbortSignal): Promise<FrameChain> {
  const { table, index } = await readArchiveEnd(file);
  let next = 0;
  let readBytes = index.length;
  const look = async () => {
    while (next < table.count) {
      if (signal.aborted) throw new AppError('cancelled', 'cancelled');
      const number = next;
      next += 1;
      readBytes += await checkBound(file, table, number);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, look));
  return { frames: table.count, readBytes };
}

/** The end of the frame before this one and its own beginning, in one read: bytes read. */
async function checkBound(file: PositionalFile, table: SeekTable, number: number): Promise<number> {
  const { at, compressedBytes, contentBytes } = table.frame(number);
  const before = number === 0 ? undefined : table.frame(number - 1);
  const tail = before && before.contentBytes > 0 ? checksumBytes : 0;
  // The index, and what has no content, are told by the table's own end.
  const head = contentBytes > 0 ? Math.min(largestHeaderBytes, compressedBytes) : 0;
  if (tail + head === 0) return 0;
  const bytes = await readAt(file, at - tail, tail + head);
  if (tail > 0 && bytes.readUInt32LE(0) !== table.checksum(number - 1))
    throw damaged(at - tail, 'a frame does not end here as its table says');
  if (head > 0 && !beginsFrame(bytes.subarray(tail), at, contentBytes))
    throw damaged(at, 'another frame begins here than its table says');
  return bytes.length;
}

function beginsFrame(head: Buffer, at: number, contentBytes: number): boolean {
  if (head.length <= checksumBytes || head.readUInt32LE(0) !== zstdMagic) return false;
  if (head.length < frameHeaderBytes(head)) return false;
  const header = readFrameHeader(head, at);
  return header.contentBytes === contentBytes && header.checksum;
}
