// The end of an archive of ours: an index of the caller's and a table of all frames, each in a frame that others pass over.
// The table is that of the public "zstd seekable format" (contrib/seekable_format of zstd), version 0.1.0, with checksums.
import { crc32 } from 'node:zlib';
import { AppError } from '../../core/errors.ts';
import { mebibyte } from '../../core/units.ts';
import { renderSkippableHeader, skippableHeaderBytes } from './zstd-format.ts';

/** Our own; any program may use it, so the frame says by its first bytes whose it is. */
export const indexMagic = 0x184d2a5c;
export const tableMagic = 0x184d2a5e;
const footerMagic = 0x8f92eab1;
export const footerBytes = 9;
/** Compressed size, content's size, low half of the content's XXH64: the same that ends the frame. */
export const entryBytes = 12;
/** "Entries have checksums"; the other bits are for later versions. */
const descriptor = 0x80;
/**
 * Ours: 112 TiB in frames of 3.5 MiB, the smallest that a VMA writer hands out again and again. A reader keeps 20 bytes of each.
 * The public format has room for four times as many.
 */
export const mostFrames = 2 ** 25;
/** Ours: of content. A reader holds a frame as a whole. */
export const largestFrameBytes = 16 * mebibyte;
/** Ours: it is held in memory as a whole. */
export const largestIndexBytes = 256 * mebibyte;
/** Of no bytes, as a frame without content has it: the low half of XXH64 of nothing. */
export const emptyChecksum = 0x51d8e999;

/**
 * What stands in our frame before the caller's bytes: `CroftIdx`, version 1, CRC-32 of the table's entries, CRC-32 of this
 * head up to here and the index. So no byte of the end can change unnoticed, and no frame be missing or be another.
 */
export const indexHeadBytes = 20;
const signature = Buffer.from('CroftIdx', 'latin1');
const version = 1;
const ownCrcOffset = 16;

export interface FrameEntry {
  readonly compressedBytes: number;
  readonly contentBytes: number;
  readonly checksum: number;
}

/** What our frame says about the rest. */
export interface IndexHead {
  readonly entriesCrc: number;
  readonly ownCrc: number;
}

/** The frames of an archive that is being written, as the table will have them: 12 bytes for each, twice that when it grows. */
export class FrameEntries {
  #bytes = Buffer.alloc(64 * entryBytes);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#count * entryBytes);
  }

  add(entry: FrameEntry): void {
    // One is left for the index.
    if (this.#count >= mostFrames - 1) throw new AppError('unsupported', 'the archive would be too large');
    this.#append(entry);
  }

  /** Adds the frame with the index, which is the last before the table. */
  addIndex(indexBytes: number): void {
    const compressedBytes = skippableHeaderBytes + indexHeadBytes + indexBytes;
    this.#append({ compressedBytes, contentBytes: 0, checksum: emptyChecksum });
  }

  #append(entry: FrameEntry): void {
    const at = this.#count * entryBytes;
    if (at === this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes], 2 * at);
    renderEntry(entry).copy(this.#bytes, at);
    this.#count += 1;
  }
}

/** The bytes that end an archive, in order. `entries` gets one more: the index itself. */
export function renderTrailer(entries: FrameEntries, index: Uint8Array): Buffer[] {
  if (index.length > largestIndexBytes)
    throw new AppError('unsupported', `the index of the archive would have ${index.length} bytes`);
  entries.addIndex(index.length);
  const head = Buffer.alloc(indexHeadBytes);
  signature.copy(head);
  head.writeUInt32LE(version, 8);
  head.writeUInt32LE(crc32(entries.bytes), 12);
  head.writeUInt32LE(indexCrc(head, index), ownCrcOffset);
  return [
    renderSkippableHeader(indexMagic, indexHeadBytes + index.length),
    head,
    Buffer.from(index.buffer, index.byteOffset, index.length),
    renderTableHeader(entries.count),
    entries.bytes,
    renderFooter(entries.count),
  ];
}

export function renderEntry({ compressedBytes, contentBytes, checksum }: FrameEntry): Buffer {
  const entry = Buffer.alloc(entryBytes);
  // Frames of others may be larger than the table can say; then theirs is not ours either.
  entry.writeUInt32LE(compressedBytes % 2 ** 32, 0);
  entry.writeUInt32LE(contentBytes % 2 ** 32, 4);
  entry.writeUInt32LE(checksum, 8);
  return entry;
}

/** The table up to its entries. */
export function renderTableHeader(count: number): Buffer {
  return renderSkippableHeader(tableMagic, count * entryBytes + footerBytes);
}

/** The table after its entries: the last bytes of the archive. */
export function renderFooter(count: number): Buffer {
  const footer = Buffer.alloc(footerBytes);
  footer.writeUInt32LE(count, 0);
  footer[4] = descriptor;
  footer.writeUInt32LE(footerMagic, 5);
  return footer;
}

/** How many entries the table before these last bytes of a file has; undefined when it is no table, or none with checksums. */
export function readFooter(footer: Buffer): number | undefined {
  const count = footer.readUInt32LE(0);
  return renderFooter(count).equals(footer) ? count : undefined;
}

/** The head of our frame; undefined when these bytes begin another's, or one of a version that is not known here. */
export function readIndexHead(head: Buffer): IndexHead | undefined {
  if (!signature.equals(head.subarray(0, signature.length)) || head.readUInt32LE(8) !== version)
    return undefined;
  return { entriesCrc: head.readUInt32LE(12), ownCrc: head.readUInt32LE(ownCrcOffset) };
}

/** CRC-32 of the head but for its last field; continued with the index. */
export function indexCrc(head: Buffer, index: Uint8Array): number {
  return crc32(index, crc32(head.subarray(0, ownCrcOffset)));
}
