// Reads the end of an archive of ours from its file: where every frame lies, and the caller's index. Trusts nothing in it.
import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { AppError } from '../../core/errors.ts';
import { cutOff, damaged, notRead } from './damage.ts';
import { frameBound } from './frame-codec.ts';
import {
  emptyChecksum,
  entryBytes,
  footerBytes,
  indexCrc,
  indexHeadBytes,
  indexMagic,
  largestFrameBytes,
  largestIndexBytes,
  mostFrames,
  readFooter,
  readIndexHead,
  renderTableHeader,
} from './trailer.ts';
import { renderSkippableHeader, skippableHeaderBytes } from './zstd-format.ts';

/** All that is asked of a file: reads at given positions, and its size. */
export type PositionalFile = Pick<FileHandle, 'read' | 'stat'>;

export interface ArchiveFrame {
  /** From 0. */
  readonly number: number;
  /** Where it lies in the file. */
  readonly at: number;
  readonly compressedBytes: number;
  /** Where its content lies in the archive as it is without compression. */
  readonly offset: number;
  readonly contentBytes: number;
}

export interface ArchiveEnd {
  readonly table: SeekTable;
  /** As it was given to the writer. */
  readonly index: Buffer;
}

/** Entries read at once. */
const piece = 65_536;

/** 20 bytes of memory for each frame. The last one, without content, is that of the index. */
export class SeekTable {
  readonly count: number;
  /** One more than there are frames: the end. */
  readonly #at: Float64Array;
  readonly #offset: Float64Array;
  readonly #checksums: Uint32Array;

  constructor(at: Float64Array, offset: Float64Array, checksums: Uint32Array) {
    this.count = checksums.length;
    this.#at = at;
    this.#offset = offset;
    this.#checksums = checksums;
  }

  /** Length of the archive as it is without compression. */
  get contentBytes(): number {
    return this.#offset[this.count]!;
  }

  /** `internal` for a number that there is not. */
  frame(number: number): ArchiveFrame {
    if (!Number.isInteger(number) || number < 0 || number >= this.count)
      throw new AppError('internal', `the archive has no frame ${number}`);
    const [at, offset] = [this.#at[number]!, this.#offset[number]!];
    const compressedBytes = this.#at[number + 1]! - at;
    return { number, at, compressedBytes, offset, contentBytes: this.#offset[number + 1]! - offset };
  }

  /** Low half of the XXH64 of its content. */
  checksum(number: number): number {
    return this.#checksums[number]!;
  }

  /** The frame that holds this byte of the content; `invalid-input` when there is none: the offset may be from a hostile index. */
  frameAt(offset: number): ArchiveFrame {
    if (!(offset >= 0 && offset < this.contentBytes))
      throw new AppError('invalid-input', `the archive has no byte ${offset}, only ${this.contentBytes}`);
    let [low, high] = [0, this.count];
    // The last frame that begins at or before it; of those without content at the same place the one after them.
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.#offset[middle]! <= offset) low = middle;
      else high = middle;
    }
    return this.frame(low);
  }
}

/**
 * Reads and checks it. `unsupported` when the file does not end with a table of ours (it is another program's, or cut off),
 * or has frames above the limits; `invalid-input` when the end contradicts itself or the file's size. Errors of the file pass.
 */
export async function readArchiveEnd(file: PositionalFile): Promise<ArchiveEnd> {
  const { size } = await file.stat();
  const count =
    size < footerBytes ? undefined : readFooter(await readAt(file, size - footerBytes, footerBytes));
  if (count === undefined || count === 0) throw noTable();
  if (count > mostFrames) throw notRead(size - footerBytes, `it has ${count} frames`);
  const tableAt = size - footerBytes - count * entryBytes - skippableHeaderBytes;
  if (tableAt < 0) throw damaged(size - footerBytes, `a table of ${count} frames is longer than the file`);
  const header = await readAt(file, tableAt, skippableHeaderBytes);
  if (!header.equals(renderTableHeader(count))) throw damaged(tableAt, 'no table of frames begins here');
  const { table, crc } = await readEntries(file, tableAt, count);
  const last = table.frame(count - 1);
  const index = await readIndex(file, last, table.checksum(last.number), crc);
  return { table, index };
}

/**
 * Does the file end as archives of ours do? Looks at some bytes alone: `readArchiveEnd` may still refuse it. Errors of the file pass.
 */
export async function endsWithOurTable(file: PositionalFile): Promise<boolean> {
  const { size } = await file.stat();
  const least = 2 * skippableHeaderBytes + indexHeadBytes + entryBytes + footerBytes;
  if (size < least) return false;
  const end = await readAt(file, size - footerBytes - entryBytes, footerBytes + entryBytes);
  const count = readFooter(end.subarray(entryBytes));
  const headAt =
    size -
    footerBytes -
    (count ?? 0) * entryBytes -
    skippableHeaderBytes -
    end.readUInt32LE(0) +
    skippableHeaderBytes;
  if (count === undefined || count === 0 || headAt < 0) return false;
  return readIndexHead(await readAt(file, headAt, indexHeadBytes)) !== undefined;
}

async function readEntries(file: PositionalFile, tableAt: number, count: number) {
  const at = new Float64Array(count + 1);
  const offset = new Float64Array(count + 1);
  const checksums = new Uint32Array(count);
  let crc = 0;
  for (let first = 0; first < count; first += piece) {
    const entriesAt = tableAt + skippableHeaderBytes + first * entryBytes;
    const entries = await readAt(file, entriesAt, Math.min(piece, count - first) * entryBytes);
    crc = crc32(entries, crc);
    for (let begin = 0; begin < entries.length; begin += entryBytes) {
      const number = first + begin / entryBytes;
      const compressedBytes = entries.readUInt32LE(begin);
      const contentBytes = entries.readUInt32LE(begin + 4);
      if (contentBytes > largestFrameBytes)
        throw notRead(entriesAt + begin, `frame ${number} has ${contentBytes} bytes of content`);
      if (contentBytes > 0 && compressedBytes > frameBound(contentBytes))
        throw damaged(entriesAt + begin, `frame ${number} is longer than its content`);
      at[number + 1] = at[number]! + compressedBytes;
      offset[number + 1] = offset[number]! + contentBytes;
      checksums[number] = entries.readUInt32LE(begin + 8);
    }
  }
  if (at[count] !== tableAt)
    throw damaged(
      tableAt,
      `the frames before the table have ${tableAt} bytes, but ${at[count]} by the table`,
    );
  return { table: new SeekTable(at, offset, checksums), crc };
}

/** Only our frame vouches for the table, so tables without it are not used. */
async function readIndex(
  file: PositionalFile,
  { at, compressedBytes, contentBytes }: ArchiveFrame,
  checksum: number,
  entriesCrc: number,
): Promise<Buffer> {
  const before = skippableHeaderBytes + indexHeadBytes;
  if (contentBytes > 0 || checksum !== emptyChecksum || compressedBytes < before) throw noTable();
  const start = await readAt(file, at, before);
  const [header, head] = [start.subarray(0, skippableHeaderBytes), start.subarray(skippableHeaderBytes)];
  const found = readIndexHead(head);
  if (!header.equals(renderSkippableHeader(indexMagic, compressedBytes - skippableHeaderBytes)) || !found)
    throw noTable();
  const indexBytes = compressedBytes - before;
  if (indexBytes > largestIndexBytes) throw notRead(at, `its index has ${indexBytes} bytes`);
  const index = await readAt(file, at + before, indexBytes);
  if (indexCrc(head, index) !== found.ownCrc) throw damaged(at, 'its index does not fit its checksum');
  if (entriesCrc !== found.entriesCrc) throw damaged(at, 'the table of its frames does not fit its checksum');
  return index;
}

/** Exactly so many bytes; `invalid-input` when the file has become shorter. */
export async function readAt(file: PositionalFile, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(buffer, done, length - done, position + done);
    if (bytesRead === 0) throw cutOff(position + done, 'it has become shorter');
    done += bytesRead;
  }
  return buffer;
}

function noTable(): AppError {
  return new AppError(
    'unsupported',
    'the archive has no table of its frames at its end: it was not written by Croft, or is cut off. It can only be read from beginning to end',
  );
}
