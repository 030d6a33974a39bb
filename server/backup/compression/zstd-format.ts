// What of the zstd format is needed to find a frame's bounds without decompressing it (RFC 8878, sections 3.1.1 and 3.1.2).
import { kibibyte } from '../../core/units.ts';
import { damaged, notRead } from './damage.ts';

/** `28 b5 2f fd` in the file. */
export const zstdMagic = 0xfd2fb528;
const firstSkippableMagic = 0x184d2a50;
export const magicBytes = 4;
/** Of a skippable frame: its magic and the length of what follows. */
export const skippableHeaderBytes = 8;
export const blockHeaderBytes = 3;
export const checksumBytes = 4;
/** Neither side of a block is longer, whatever the window. */
const largestBlockBytes = 128 * kibibyte;
/** Of a frame's header from its magic on, with every field that there is. */
export const largestHeaderBytes = 18;

export interface FrameHeader {
  /** From the magic on. */
  readonly headerBytes: number;
  /** What a decoder has to remember, in bytes. */
  readonly windowBytes: number;
  /** Undefined when the writer did not know it: what comes out of a pipe in one frame. */
  readonly contentBytes: number | undefined;
  /** The frame ends with the low half of the content's XXH64. */
  readonly checksum: boolean;
}

/** One of sixteen; what is in such a frame belongs to nobody in particular, and every reader passes over it. */
export function isSkippable(magic: number): boolean {
  return magic >= firstSkippableMagic && magic <= firstSkippableMagic + 15;
}

/** Length of the header that begins with this magic and descriptor (at least 5 bytes). */
export function frameHeaderBytes(start: Uint8Array): number {
  const descriptor = start[magicBytes]!;
  return magicBytes + 1 + (isSingle(descriptor) ? 0 : 1) + idBytes(descriptor) + sizeBytes(descriptor);
}

/** Reads a header that is there as a whole. `at`: where it lies in the file. Throws `invalid-input` and `unsupported`. */
export function readFrameHeader(header: Buffer, at: number): FrameHeader {
  const descriptor = header[magicBytes]!;
  if ((descriptor & 0x08) !== 0) throw damaged(at + magicBytes, 'a reserved bit is set');
  let next = magicBytes + 1;
  const window = isSingle(descriptor) ? undefined : windowOf(header[next++]!);
  const idLength = idBytes(descriptor);
  if (idLength > 0 && header.readUIntLE(next, idLength) !== 0)
    throw notRead(at, 'it was compressed with a dictionary');
  next += idLength;
  const contentBytes = readContentBytes(header, next, sizeBytes(descriptor), at);
  return {
    headerBytes: next + sizeBytes(descriptor),
    windowBytes: window ?? contentBytes ?? 0,
    contentBytes,
    checksum: (descriptor & 0x04) !== 0,
  };
}

export interface BlockHeader {
  /** What follows the header in the file. */
  readonly bytes: number;
  readonly last: boolean;
}

/** The three bytes before each block. `at`: where they lie in the file. */
export function readBlockHeader(header: Uint8Array, at: number): BlockHeader {
  const value = header[0]! | (header[1]! << 8) | (header[2]! << 16);
  const kind = (value >> 1) & 3;
  const size = value >> 3;
  if (kind === 3) throw damaged(at, 'a block of a kind that does not exist');
  if (size > largestBlockBytes) throw damaged(at, 'a block is too long');
  // One byte that is repeated `size` times.
  return { bytes: kind === 1 ? 1 : size, last: (value & 1) === 1 };
}

/**
 * Length of the frame that begins here. Throws `invalid-input` when it does not end within these bytes, or is no frame of
 * content. `at`: where they lie in the file.
 */
export function frameBytes(bytes: Buffer, at: number): number {
  const tooShort = () => damaged(at, 'a frame is longer than its table says');
  if (bytes.length < magicBytes + 1) throw tooShort();
  if (bytes.readUInt32LE(0) !== zstdMagic) throw damaged(at, 'no frame of zstd begins here');
  if (bytes.length < frameHeaderBytes(bytes)) throw tooShort();
  const header = readFrameHeader(bytes, at);
  for (let next = header.headerBytes; ; ) {
    if (next + blockHeaderBytes > bytes.length) throw tooShort();
    const block = readBlockHeader(bytes.subarray(next), at + next);
    next += blockHeaderBytes + block.bytes;
    if (!block.last) continue;
    next += header.checksum ? checksumBytes : 0;
    if (next > bytes.length) throw tooShort();
    return next;
  }
}

/** Header of a frame that every reader passes over. */
export function renderSkippableHeader(magic: number, contentBytes: number): Buffer {
  const header = Buffer.alloc(skippableHeaderBytes);
  header.writeUInt32LE(magic, 0);
  header.writeUInt32LE(contentBytes, 4);
  return header;
}

/** The content as one segment: it is its own window. */
function isSingle(descriptor: number): boolean {
  return (descriptor & 0x20) !== 0;
}

/** Of the dictionary's id. */
function idBytes(descriptor: number): number {
  return [0, 1, 2, 4][descriptor & 3]!;
}

/** Of the field with the content's size. */
function sizeBytes(descriptor: number): number {
  const flag = descriptor >> 6;
  return flag === 0 ? Number(isSingle(descriptor)) : 2 ** flag;
}

/** Five bits of exponent, three of mantissa. */
function windowOf(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

function readContentBytes(header: Buffer, offset: number, length: number, at: number): number | undefined {
  if (length === 0) return undefined;
  // Two bytes begin to count where one ends.
  if (length === 2) return header.readUInt16LE(offset) + 256;
  if (length < 8) return header.readUIntLE(offset, length);
  const bytes = Number(header.readBigUInt64LE(offset));
  if (!Number.isSafeInteger(bytes)) throw damaged(at + offset, 'a frame that would be larger than any disk');
  return bytes;
}
