// Reads zstd as it comes: any number of frames, of any program, one after the other, never far ahead of who reads.
import { constants, createZstdDecompress } from 'node:zlib';
import { ByteSource } from '../../core/tar-stream.ts';
import { kibibyte, mebibyte } from '../../core/units.ts';
import { cutOff, damaged, notRead } from './damage.ts';
import { decodeThrough } from './decode-through.ts';
import { decompressFrame, frameBound, zstdError } from './frame-codec.ts';
import {
  blockHeaderBytes,
  checksumBytes,
  type FrameHeader,
  frameHeaderBytes,
  isSkippable,
  magicBytes,
  readBlockHeader,
  readFrameHeader,
  skippableHeaderBytes,
  zstdMagic,
} from './zstd-format.ts';
import { exactly, TrailerCheck } from './zstd-trailer-check.ts';

/** As zstd(1) has it without being told otherwise: what it writes at any level that its `--ultra` does not ask for needs less. */
const largestWindowBytes = 128 * mebibyte;
/** A frame up to this size is decompressed at once, as those that we write; larger ones piece by piece. */
const wholeFrameBytes = 4 * mebibyte;
/** Of compressed bytes, for one turn through the threads. */
const pieceBytes = 256 * kibibyte;

/** Set while the content is read. */
export interface ZstdEnd {
  /** Our trailer was there and fits all that came before. */
  whole: boolean;
}

/**
 * The content. Throws `invalid-input` for what is damaged or cut off, with the byte of the file: of a frame that cannot be
 * decompressed its beginning. `unsupported` for a window above 128 MiB and for dictionaries. The file may end after any
 * frame: nothing in the format tells how many there are, only our trailer does (`end`).
 *
 * Frames are found by their headers and given to Node one by one: its decoder drops without a word all that follows the first
 * frame of a chunk (nodejs/node#64741).
 *
 * Memory beyond the source's chunks: a frame of up to 4 MiB compressed and decompressed, or a window (as the frame asks, up to
 * 128 MiB) and a MiB. The source's chunks must not change after they were given.
 */
export async function* readZstd(
  source: AsyncIterable<Uint8Array>,
  end: ZstdEnd,
): AsyncGenerator<Buffer, void, void> {
  const bytes = new ByteSource(source);
  const check = new TrailerCheck(bytes);
  try {
    for (;;) {
      const at = bytes.position;
      const start = await bytes.exactly(magicBytes);
      if (!start && bytes.position === at && at > 0) return;
      if (!start) throw cutOff(bytes.position, 'it ends where a frame begins');
      const magic = Buffer.from(start).readUInt32LE(0);
      if (isSkippable(magic)) {
        const length = await exactly(bytes, skippableHeaderBytes - magicBytes, 'a frame without content');
        end.whole = await check.passOver(magic, length.readUInt32LE(0));
        if (end.whole) return;
      } else {
        if (magic !== zstdMagic) throw damaged(at, 'no frame of zstd begins here');
        yield* readFrame(bytes, start, check);
      }
    }
  } finally {
    await bytes.close();
  }
}

async function* readFrame(bytes: ByteSource, magic: Uint8Array, check: TrailerCheck) {
  const at = bytes.position - magic.length;
  const start = Buffer.concat([magic, await exactly(bytes, 1, 'the header of a frame')]);
  const rest = await exactly(bytes, frameHeaderBytes(start) - start.length, 'the header of a frame');
  const head = Buffer.concat([start, rest]);
  const header = readFrameHeader(head, at);
  if (header.windowBytes > largestWindowBytes) {
    const mib = (size: number) => Math.ceil(size / mebibyte);
    throw notRead(
      at,
      `it needs ${mib(header.windowBytes)} MiB of memory, more than ${mib(largestWindowBytes)}`,
    );
  }
  const frame: WalkedFrame = { checksum: 0 };
  let contentBytes = 0;
  for await (const content of decode(walkFrame(bytes, head, header, frame), header, at)) {
    contentBytes += content.length;
    yield content;
  }
  check.add({ compressedBytes: bytes.position - at, contentBytes, checksum: frame.checksum });
}

interface WalkedFrame {
  /** Its last bytes, once it was walked to the end; 0 if it has none. */
  checksum: number;
}

/** The bytes of one frame, as views of the source's chunks. */
async function* walkFrame(
  bytes: ByteSource,
  head: Buffer,
  header: FrameHeader,
  frame: WalkedFrame,
): AsyncGenerator<Uint8Array, void, void> {
  yield head;
  for (let last = false; !last; ) {
    const at = bytes.position;
    const start = await exactly(bytes, blockHeaderBytes, 'a frame');
    const block = readBlockHeader(start, at);
    last = block.last;
    yield start;
    for (let missing = block.bytes; missing > 0; ) {
      const part = await bytes.take(missing);
      if (!part) throw cutOff(bytes.position, 'it ends in a frame');
      missing -= part.length;
      yield part;
    }
  }
  if (!header.checksum) return;
  const checksum = await exactly(bytes, checksumBytes, 'a frame');
  frame.checksum = checksum.readUInt32LE(0);
  yield checksum;
}

async function* decode(
  parts: AsyncGenerator<Uint8Array, void, void>,
  { contentBytes = Infinity }: FrameHeader,
  at: number,
): AsyncGenerator<Buffer, void, void> {
  let begun: Uint8Array[] = [];
  if (contentBytes <= wholeFrameBytes) {
    const whole = await gather(parts, frameBound(contentBytes), begun);
    if (whole) {
      const content = await decompressFrame(Buffer.concat(begun), contentBytes, at);
      begun = [];
      if (content.length > 0) yield content;
      return;
    }
  }
  const decoder = createZstdDecompress({
    chunkSize: pieceBytes,
    params: { [constants.ZSTD_d_windowLogMax]: Math.log2(largestWindowBytes) },
  });
  try {
    yield* decodeThrough(decoder, joined(begun, parts));
  } catch (error) {
    throw zstdError(error, at);
  }
}

/** Puts the parts into `into`; false when they became more than a frame of this size has any reason to be. */
async function gather(parts: AsyncIterator<Uint8Array>, most: number, into: Uint8Array[]): Promise<boolean> {
  for (let size = 0; size <= most; ) {
    const next = await parts.next();
    if (next.done) return true;
    into.push(next.value);
    size += next.value.length;
  }
  return false;
}

/** Larger pieces of small ones, each a copy. */
async function* joined(begun: readonly Uint8Array[], rest: AsyncIterable<Uint8Array>) {
  let parts = [...begun];
  let size = parts.reduce((sum, part) => sum + part.length, 0);
  for await (const part of rest) {
    parts.push(part);
    size += part.length;
    if (size < pieceBytes) continue;
    yield Buffer.concat(parts, size);
    parts = [];
    size = 0;
  }
  if (size > 0) yield Buffer.concat(parts, size);
}
