// Reads an archive however it is compressed, which its first bytes tell.
import { createGunzip } from 'node:zlib';
import type { ArchiveCompression } from '../../../storage-plugins/backup-names/archive-name.ts';
import { AppError } from '../../core/errors.ts';
import { ByteSource } from '../../core/tar-stream.ts';
import { kibibyte } from '../../core/units.ts';
import { cutOff, damaged } from './damage.ts';
import { decodeThrough } from './decode-through.ts';
import { oneAhead } from './one-ahead.ts';
import { readThroughProgram } from './read-program.ts';
import { readZstd, type ZstdEnd } from './read-zstd.ts';

/** `none`: what is in the file is the archive itself. */
export type Packing = ArchiveCompression | 'none';

export interface ReadArchiveOptions {
  /** What the name of the file says. Anything else inside is refused. Without it, whatever is inside is right. */
  readonly named?: Packing | undefined;
  /** Refuse anything but a zstd file with the table of its frames, the lack of that at its end: for archives known to be ours. */
  readonly trailerRequired?: boolean;
}

export interface OpenArchive {
  readonly packing: Packing;
  /**
   * The archive as it is without compression, in chunks of up to 4 MiB (uncompressed ones as the source has them); to be
   * walked once, and only when the walk has ended without an error was the file whole. See `trailer`, though.
   */
  readonly content: AsyncIterable<Buffer>;
  /**
   * After the walk. `whole`: the table that we end an archive with was there and lists exactly the frames that were read.
   * `none`: there was none, so the file is another program's, or ends exactly between two frames. Then only the content can
   * tell whether something is missing, as VMA and tar do.
   */
  readonly trailer: 'whole' | 'none';
  /** Gives up the source; for when the content is not walked to its end. Waits for a read of the source that is under way. */
  close(): Promise<void>;
}

const programs = {
  lzo: ['lzop', '--decompress', '--stdout'],
  bz2: ['bzip2', '--decompress', '--stdout'],
} as const;

const words: Readonly<Record<Packing, string>> = {
  zst: 'zstd',
  gz: 'gzip',
  lzo: 'lzop',
  bz2: 'bzip2',
  none: 'no compression',
};

/** By the first bytes of a file. */
const magics: readonly { readonly packing: Packing; readonly magic: RegExp }[] = [
  { packing: 'zst', magic: /^(\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18)/ },
  { packing: 'gz', magic: /^\x1f\x8b\x08/ },
  { packing: 'lzo', magic: /^\x89LZO\x00\r\n\x1a\n/ },
  // With the beginning of a first block, or the end of an empty file: three letters may begin the name of a file in a tar.
  { packing: 'bz2', magic: /^BZh[1-9](\x31\x41\x59\x26\x53\x59|\x17\x72\x45\x38\x50\x90)/ },
];
const longestMagic = 10;
const chunkBytes = 256 * kibibyte;

/**
 * Looks at the first bytes and prepares to read the rest. `invalid-input`: an empty file, or one that is not what its name
 * says. While `content` is read: `invalid-input` for what is damaged or cut off, naming the byte of the file; `unsupported`
 * for what is beyond limits; `unavailable` when the program for it is missing. Errors of the source pass through.
 *
 * At most one chunk of content is made ahead of who takes it, whatever a hostile file would expand to. Memory: two such
 * chunks, and for zstd what `readZstd` says. The source's chunks must not change after they were given.
 */
export async function readArchive(
  source: AsyncIterable<Uint8Array>,
  { named, trailerRequired = false }: ReadArchiveOptions = {},
): Promise<OpenArchive> {
  const bytes = new ByteSource(source);
  try {
    const head = await firstBytes(bytes);
    if (head.length === 0) throw cutOff(0, 'it is empty');
    const packing = detectPacking(head);
    const right = trailerRequired ? 'zst' : named;
    if (right !== undefined && right !== packing) throw misnamed(head, right, packing);
    const end: ZstdEnd = { whole: false };
    const content = oneAhead(open(packing, all(bytes, head), end, trailerRequired));
    return {
      packing,
      content,
      get trailer() {
        return end.whole ? 'whole' : 'none';
      },
      async close() {
        await content.return();
        await bytes.close();
      },
    };
  } catch (error) {
    await bytes.close();
    throw error;
  }
}

/** What the first ten bytes (fewer if there are no more) say. */
export function detectPacking(head: Uint8Array): Packing {
  const text = Buffer.from(head).toString('latin1');
  return magics.find(({ magic }) => magic.test(text))?.packing ?? 'none';
}

async function firstBytes(bytes: ByteSource): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for (let missing = longestMagic; missing > 0; ) {
    const part = await bytes.take(missing);
    if (!part) break;
    parts.push(part);
    missing -= part.length;
  }
  return Buffer.concat(parts);
}

async function* all(bytes: ByteSource, head: Buffer): AsyncGenerator<Buffer, void, void> {
  try {
    yield head;
    for (;;) {
      const chunk = await bytes.take(Infinity);
      if (!chunk) return;
      yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    }
  } finally {
    await bytes.close();
  }
}

async function* open(
  packing: Packing,
  source: AsyncGenerator<Buffer, void, void>,
  end: ZstdEnd,
  trailerRequired: boolean,
): AsyncGenerator<Buffer, void, void> {
  if (packing === 'none') yield* source;
  else if (packing === 'gz') yield* readGzip(source);
  else if (packing !== 'zst') yield* readThroughProgram(programs[packing], source);
  else {
    const given = { bytes: 0 };
    yield* readZstd(counted(source, given), end);
    if (trailerRequired && !end.whole) throw cutOff(given.bytes, 'it ends without the table of its frames');
  }
}

async function* counted(source: AsyncIterable<Buffer>, given: { bytes: number }) {
  for await (const chunk of source) {
    given.bytes += chunk.length;
    yield chunk;
  }
}

/** Any number of members; padding of zeros is passed over, as by gzip(1). Between two members nothing tells that more should come. */
async function* readGzip(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, void> {
  const gunzip = createGunzip({ chunkSize: chunkBytes });
  const given = { bytes: 0 };
  try {
    yield* decodeThrough(gunzip, counted(source, given));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'Z_BUF_ERROR') throw cutOff(given.bytes, 'it ends in a gzip stream');
    if (code === 'Z_DATA_ERROR')
      throw damaged(gunzip.bytesWritten, `gzip stops shortly after it: ${(error as Error).message}`, error);
    throw error;
  }
}

function misnamed(head: Buffer, named: Packing, found: Packing): AppError {
  if (head.length < longestMagic && found === 'none')
    return cutOff(head.length, 'it ends in its first bytes');
  const inside = found === 'none' ? 'something that is not compressed in any known way' : words[found];
  return new AppError(
    'invalid-input',
    `by its name the archive is compressed with ${words[named]}, but in it is ${inside}`,
    { data: { named, found } },
  );
}
