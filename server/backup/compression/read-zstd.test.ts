// Reading zstd of any origin: many frames, unknown sizes, damage, hostile headers, and memory.
import { setTimeout as sleep } from 'node:timers/promises';
import { constants, createZstdCompress, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { kibibyte, mebibyte } from '../../core/units.ts';
import {
  archiveOf,
  drained,
  errorOf,
  flipped,
  mixedContent,
  readAll,
  sourceOf,
} from './compression-fixture.ts';
import { readArchive } from './read-archive.ts';
import { frameBytes } from './zstd-format.ts';

const checksum = { params: { [constants.ZSTD_c_checksumFlag]: 1 } };
const skippable = Buffer.from('522a4d1805000000aabbccddee', 'hex');

/** One frame without its content's size, as from a pipe. */
async function piped(content: Buffer, windowLog?: number): Promise<Buffer> {
  const params = windowLog === undefined ? {} : { [constants.ZSTD_c_windowLog]: windowLog };
  const encoder = createZstdCompress({ params: { ...checksum.params, ...params } });
  const parts: Buffer[] = [];
  encoder.on('data', (part) => parts.push(part));
  for (let at = 0; at < content.length; at += 100_000) {
    // Ended while a chunk is under way, Node's encoder would write a second frame, without content.
    await new Promise((resolve) => encoder.write(content.subarray(at, at + 100_000), resolve));
  }
  await new Promise<void>((resolve) => encoder.end(resolve));
  await new Promise<void>((resolve) => (encoder.readableEnded ? resolve() : encoder.once('end', resolve)));
  return Buffer.concat(parts);
}

describe('frames of any kind', () => {
  it.each([
    ['in one chunk', [2 ** 30]],
    ['in chunks of one byte', [1]],
    ['in odd chunks', [3, 70_000, 1, 17, 4096]],
  ])('are all read, %s', async (_, sizes) => {
    const contents = [
      mixedContent(5000, 1),
      mixedContent(30_000, 2),
      mixedContent(20_000, 3),
      Buffer.alloc(0),
    ];
    const file = Buffer.concat([
      skippable,
      zstdCompressSync(contents[0]!),
      zstdCompressSync(contents[1]!, checksum),
      skippable,
      await piped(contents[2]!),
      zstdCompressSync(contents[3]!, checksum),
      skippable,
    ]);
    const read = await readAll(file, { named: 'zst' }, sizes);
    expect(read.content.equals(Buffer.concat(contents))).toBe(true);
    expect(read.trailer).toBe('none');
  });

  it('may be larger than what is decompressed at once, with their size known or not', async () => {
    const content = mixedContent(9 * mebibyte);
    const file = Buffer.concat([zstdCompressSync(content, checksum), await piped(content)]);
    const read = await readAll(file);
    expect(read.content.equals(Buffer.concat([content, content]))).toBe(true);
  });

  it('may be made of blocks far smaller than they have to be', async () => {
    // 40,000 blocks of one byte each: the frame is four times as long as its content.
    const block = Buffer.from('08000041', 'hex');
    const blocks = Buffer.concat(Array.from({ length: 40_000 }, () => block));
    blocks[blocks.length - 4]! |= 1;
    const header = Buffer.from('28b52ffda000000000', 'hex');
    header.writeUInt32LE(40_000, 5);
    expect((await readAll(Buffer.concat([header, blocks]))).content.toString()).toBe('A'.repeat(40_000));
  });

  it('of ours are followed by the end that we write', async () => {
    const file = await archiveOf([mixedContent(20_000)], mixedContent(100_000));
    for (const sizes of [[1000], [1 << 20], [7]])
      expect((await readAll(file, { trailerRequired: true }, sizes)).trailer).toBe('whole');
  });
});

describe('what is wrong is refused with the byte', () => {
  const whole = zstdCompressSync(mixedContent(10_000), checksum);
  const header = (hex: string) => Buffer.concat([whole, Buffer.from(hex, 'hex'), Buffer.alloc(100)]);
  const at = whole.length;
  it.each([
    ['bytes that are no frame', header('00000000'), 'invalid-input', at],
    ['a reserved bit', header('28b52ffd08'), 'invalid-input', at + 4],
    ['a block of no kind', header('28b52ffd0050070000'), 'invalid-input', at + 6],
    ['a block that is too long', header('28b52ffd0050f8ffff'), 'invalid-input', at + 6],
    ['a size above all', header('28b52ffde0ffffffffffffffff'), 'invalid-input', at + 5],
    ['a dictionary', header('28b52ffd210700'), 'unsupported', at],
    ['a window of 144 MiB', header('28b52ffd0089'), 'unsupported', at],
    ['a window of 3.75 TiB', header('28b52ffd00ff'), 'unsupported', at],
    ['a segment of 129 MiB', header('28b52ffda000001008'), 'unsupported', at],
  ] as const)('%s', async (_, file, code, byte) => {
    const error = await errorOf(readAll(file), code);
    expect(error.data).toEqual({ at: byte });
    expect(error.message).toContain(`byte ${byte}`);
  });

  it('a content that does not fit its checksum, in a small, a large and a piped frame', async () => {
    const large = mixedContent(6 * mebibyte);
    for (const frame of [whole, zstdCompressSync(large, checksum), await piped(large)]) {
      const file = Buffer.concat([whole, flipped(frame, frame.length - 1, 0x10)]);
      const error = await errorOf(readAll(file));
      expect(error.message).toMatch(/does not fit its checksum/);
      expect(error.data).toEqual({ at });
    }
  });

  it('a window of 128 MiB is read', async () => {
    const content = mixedContent(100_000);
    expect((await readAll(await piped(content, 27))).content.equals(content)).toBe(true);
  });

  it('a file that ends anywhere but after a frame', async () => {
    const contents = [mixedContent(300, 1), mixedContent(200, 2)];
    const frames = [zstdCompressSync(contents[0]!, checksum), await piped(contents[1]!), skippable];
    const ends = new Map([
      [frames[0]!.length, contents[0]!],
      [frames[0]!.length + frames[1]!.length, Buffer.concat(contents)],
    ]);
    const file = Buffer.concat(frames);
    for (let length = 0; length < file.length; length++) {
      const cut = file.subarray(0, length);
      const content = ends.get(length);
      if (content) {
        expect(await readAll(cut)).toEqual({ content, trailer: 'none' });
        const error = await errorOf(readAll(cut, { trailerRequired: true }));
        expect(error.message).toContain(`cut off at byte ${length}`);
      } else {
        const error = await errorOf(readAll(cut, { named: 'zst' }));
        expect(error.message).toContain(`cut off at byte ${length}`);
      }
    }
  });
});

describe('an archive of ours', () => {
  const contents = [mixedContent(400, 1), mixedContent(300, 2), mixedContent(300, 3)];
  const index = Buffer.from('an index');

  it('is refused when it is changed anywhere, or what is read is the same', async () => {
    const file = await archiveOf(contents, index);
    let harmless = 0;
    for (let at = 0; at < file.length; at++) {
      for (const bits of [0x01, 0x10, 0x80, 0xff]) {
        const read = await readAll(flipped(file, at, bits), { trailerRequired: true }).catch(
          (error: unknown) => error,
        );
        if (read instanceof Error) {
          expect(read).toMatchObject({ name: 'AppError', code: /invalid-input|unsupported/ as unknown });
          continue;
        }
        harmless += 1;
        expect((read as { content: Buffer }).content.equals(Buffer.concat(contents))).toBe(true);
      }
    }
    // The one bit of each frame's header that has no meaning.
    expect(harmless).toBe(contents.length);
  });

  it('is refused when frames are missing, doubled or exchanged', async () => {
    const file = await archiveOf(contents, index);
    const frames: Buffer[] = [];
    let at = 0;
    for (const _ of contents) {
      frames.push(file.subarray(at, at + frameBytes(file.subarray(at), at)));
      at += frames.at(-1)!.length;
    }
    const [a, b, c] = frames as [Buffer, Buffer, Buffer];
    const end = file.subarray(at);
    expect((await readAll(Buffer.concat([a, b, c, end]))).trailer).toBe('whole');
    for (const wrong of [[a, b], [a, b, c, c], [a, c, b], [a, b, c, skippable], []])
      expect((await errorOf(readAll(Buffer.concat([...wrong, end])))).message).toMatch(
        /what is before it is not what was written/,
      );
    const more = await errorOf(readAll(Buffer.concat([file, a])));
    expect(more.message).toContain(`damaged at byte ${file.length} of its file: something follows its end`);
  });

  it('is passed over in its index when that is of a later version', async () => {
    const file = await archiveOf(contents, index);
    const at = file.indexOf('CroftIdx');
    const read = await readAll(flipped(file, at + 8, 2));
    expect(read.trailer).toBe('none');
    expect(read.content.equals(Buffer.concat(contents))).toBe(true);
  });
});

describe('reading', () => {
  const zeros = Buffer.alloc(4 * mebibyte);

  it.each([
    ['many frames', async () => Buffer.concat(Array.from({ length: 100 }, () => zstdCompressSync(zeros)))],
    ['one frame', async () => piped(Buffer.alloc(96 * mebibyte))],
  ])('is a few MiB ahead of who reads a bomb of %s', async (_, make) => {
    const file = await make();
    const source = sourceOf(file);
    const before = process.memoryUsage().arrayBuffers;
    const archive = await readArchive(source.chunks);
    const content = archive.content[Symbol.asyncIterator]();
    expect((await content.next()).done).toBe(false);
    await sleep(200);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(24 * mebibyte);
    await archive.close();
    expect(source.state.closed).toBe(true);
  });

  it('gives the source up when the reader stops, and when nobody ever read', async () => {
    const file = Buffer.concat([await piped(mixedContent(2 * mebibyte)), await archiveOf([zeros])]);
    const stopped = sourceOf(file, [10_000]);
    for await (const _ of (await readArchive(stopped.chunks)).content) break;
    expect(stopped.state.closed).toBe(true);
    const unread = sourceOf(file, [10_000]);
    await (await readArchive(unread.chunks)).close();
    expect(unread.state).toEqual({ given: 10_000, closed: true });
  });

  it('passes errors of the source, also in the middle of a frame', async () => {
    const failure = new Error('the network is gone');
    for (const content of [mixedContent(100_000), mixedContent(6 * mebibyte)]) {
      const file = zstdCompressSync(content);
      const broken = async function* () {
        yield file.subarray(0, 50 * kibibyte);
        throw failure;
      };
      const archive = await readArchive(broken());
      await expect(drained(archive.content)).rejects.toBe(failure);
    }
  });
});
