// Random access: every frame, the cache, and archives that are damaged or made to deceive.
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { kibibyte, mebibyte } from '../../core/units.ts';
import { archiveOf, errorOf, flipped, memoryFile, mixedContent, seeded } from './compression-fixture.ts';
import { openSeekable } from './seekable.ts';

const contents = [12 * kibibyte, 70_000, 1, 16 * kibibyte, 300_000].map((size, seed) =>
  mixedContent(size, seed),
);
const whole = Buffer.concat(contents);
const index = Buffer.from('opaque');
const headBytes = 20;

async function opened(options = {}) {
  const { file, state } = memoryFile(await archiveOf(contents, index));
  const archive = await openSeekable(file, options);
  state.reads = 0;
  return { archive, state };
}

describe('an archive', () => {
  it('tells its frames, its length and the index', async () => {
    const { archive } = await opened();
    expect(archive.index).toEqual(index);
    expect(archive.contentBytes).toBe(whole.length);
    expect(archive.frameCount).toBe(contents.length + 1);
    let offset = 0;
    let at = 0;
    for (const [number, content] of contents.entries()) {
      const frame = archive.frame(number);
      expect(frame).toMatchObject({ number, at, offset, contentBytes: content.length });
      offset += content.length;
      at += frame.compressedBytes;
    }
    expect(archive.frame(contents.length)).toMatchObject({ at, offset, contentBytes: 0 });
  });

  it('has every byte in a frame', async () => {
    const { archive } = await opened();
    for (const { number, offset, contentBytes } of contents.map((_, n) => archive.frame(n)))
      for (const byte of [offset, offset + contentBytes - 1])
        expect(archive.frameAt(byte).number).toBe(number);
    for (const byte of [-1, whole.length, Number.NaN, Infinity])
      expect(() => archive.frameAt(byte)).toThrow();
  });

  it('is read in any order, also from a file that answers by pieces', async () => {
    const { file } = memoryFile(await archiveOf(contents, index), 1000);
    const archive = await openSeekable(file);
    for (const number of [4, 0, 2, 1, 3]) {
      expect((await archive.readFrame(number)).equals(contents[number]!)).toBe(true);
    }
    expect(await archive.readFrame(5)).toEqual(Buffer.alloc(0));
    await errorOf(archive.readFrame(6), 'internal');
    await errorOf(archive.readFrame(-1), 'internal');
  });

  it('is read from a real file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'croft-seekable-'));
    try {
      await writeFile(join(folder, 'archive'), await archiveOf(contents, index));
      await using file = await open(join(folder, 'archive'));
      const archive = await openSeekable(file);
      const read = await Promise.all(contents.map((_, number) => archive.readFrame(number)));
      expect(Buffer.concat(read).equals(whole)).toBe(true);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('may be empty or have a large table', async () => {
    const none = await openSeekable(memoryFile(await archiveOf([])).file);
    expect(none).toMatchObject({ contentBytes: 0, frameCount: 1, index: Buffer.alloc(0) });
    const frame = zstdCompressSync(Buffer.from('tiny'), { params: { 201: 1 } });
    const count = 140_000;
    const entry = [frame.length, 4, frame.readUInt32LE(frame.length - 4)] as const;
    const entries = Array.from({ length: count }, () => entry);
    const frames = Buffer.concat(Array.from({ length: count }, () => frame));
    const many = await openSeekable(memoryFile(forged(frames, entries)).file);
    expect(many).toMatchObject({ contentBytes: 4 * count, frameCount: count + 1 });
    expect(many.frameAt(4 * count - 1)).toMatchObject({ number: count - 1, at: (count - 1) * frame.length });
    expect((await many.readFrame(count - 1)).toString()).toBe('tiny');
  });
});

describe('reading', () => {
  it('is done once for those who ask at the same time, and not again while it is in the cache', async () => {
    const { archive, state } = await opened();
    const [first, second] = await Promise.all([archive.readFrame(1), archive.readFrame(1)]);
    expect(first).toBe(second);
    expect(await archive.readFrame(1)).toBe(first);
    expect(state.reads).toBe(1);
  });

  it('keeps what was used last, as far as it has room', async () => {
    const { archive, state } = await opened({ cacheBytes: 90_000 });
    const reads = async (number: number) => {
      const before = state.reads;
      await archive.readFrame(number);
      return state.reads - before;
    };
    expect(await reads(0)).toBe(1);
    expect(await reads(1)).toBe(1);
    expect(await reads(0)).toBe(0);
    // Together more than there is room for: the one used longest ago goes.
    expect(await reads(3)).toBe(1);
    expect(await reads(0)).toBe(0);
    expect(await reads(4)).toBe(1);
    expect(await reads(4)).toBe(1);
    expect(await reads(3)).toBe(0);
    expect(await reads(1)).toBe(1);
    expect(await reads(3)).toBe(0);
    expect(await reads(0)).toBe(1);
    expect(await reads(3)).toBe(0);
    expect(await reads(1)).toBe(1);
  });

  it('reads so many frames at once, not more', async () => {
    const { file } = memoryFile(await archiveOf(contents, index));
    let inside = 0;
    let most = 0;
    const watched = {
      stat: file.stat,
      read: async (...args: Parameters<typeof file.read>) => {
        inside += 1;
        most = Math.max(most, inside);
        await new Promise((resolve) => setTimeout(resolve, 5));
        inside -= 1;
        return file.read(...args);
      },
    } as typeof file;
    const archive = await openSeekable(watched, { atOnce: 2, cacheBytes: 0 });
    const read = await Promise.all(contents.map((_, number) => archive.readFrame(number)));
    expect(Buffer.concat(read).equals(whole)).toBe(true);
    expect(most).toBe(2);
  });

  it('passes errors of the file and tries again later', async () => {
    const { archive, state } = await opened({ atOnce: 1 });
    state.error = new Error('EIO');
    await expect(Promise.all([archive.readFrame(0), archive.readFrame(0)])).rejects.toBe(state.error);
    state.error = undefined;
    expect((await archive.readFrame(0)).equals(contents[0]!)).toBe(true);
  });
});

describe('damage', () => {
  const small = [mixedContent(300, 1), mixedContent(200, 2), mixedContent(200, 3)];

  async function readWhole(bytes: Buffer): Promise<Buffer> {
    const archive = await openSeekable(memoryFile(bytes).file);
    expect(archive.index).toEqual(index);
    const frames = [];
    for (let number = 0; number < archive.frameCount; number++) frames.push(await archive.readFrame(number));
    return Buffer.concat(frames);
  }

  it('of any byte is found, or does nothing', async () => {
    const file = await archiveOf(small, index);
    const harmless: number[] = [];
    for (let at = 0; at < file.length; at++) {
      for (const bits of [1, 2, 4, 8, 16, 32, 64, 128, 255]) {
        const read = await readWhole(flipped(file, at, bits)).catch((error: unknown) => error);
        if (read instanceof Error) {
          expect(read).toMatchObject({ name: 'AppError', code: /^(invalid-input|unsupported)$/ as unknown });
          continue;
        }
        expect((read as Buffer).equals(Buffer.concat(small))).toBe(true);
        harmless.push(at);
      }
    }
    // The one bit of each frame's header that has no meaning.
    const archive = await openSeekable(memoryFile(file).file);
    expect(harmless).toEqual(small.map((_, number) => archive.frame(number).at + 4));
  });

  it('of one frame leaves the others, and names its byte', async () => {
    const file = await archiveOf(contents, index);
    const before = await openSeekable(memoryFile(file).file);
    for (const number of [1, 3]) {
      const { at, compressedBytes } = before.frame(number);
      const archive = await openSeekable(memoryFile(flipped(file, at + (compressedBytes >> 1), 4)).file);
      const error = await errorOf(archive.readFrame(number));
      expect(error.message).toContain(`damaged at byte ${at} of its file`);
      expect((await archive.readFrame(number + 1)).equals(contents[number + 1]!)).toBe(true);
    }
  });

  it('by cutting off makes it none of ours', async () => {
    const file = await archiveOf(small, index);
    for (let length = 0; length < file.length; length++)
      await errorOf(openSeekable(memoryFile(file.subarray(0, length)).file), 'unsupported');
  });

  it('is to exchange frames of the same sizes', async () => {
    const noise = seeded(7);
    const twins = [1, 2].map(() => Buffer.from(Array.from({ length: 5000 }, () => noise() * 256)));
    const file = await archiveOf(twins);
    const archive = await openSeekable(memoryFile(file).file);
    const [first, second] = [archive.frame(0), archive.frame(1)];
    expect(first.compressedBytes).toBe(second.compressedBytes);
    const exchanged = Buffer.concat([
      file.subarray(second.at, second.at + second.compressedBytes),
      file.subarray(0, second.at),
      file.subarray(second.at + second.compressedBytes),
    ]);
    const error = await errorOf((await openSeekable(memoryFile(exchanged).file)).readFrame(0));
    expect(error.message).toMatch(/another frame/);
  });

  it('is to become shorter while it is read', async () => {
    const { file } = memoryFile(await archiveOf(small, index));
    const grown = { read: file.read, stat: async () => ({ size: 10_000 }) } as unknown as typeof file;
    expect((await errorOf(openSeekable(grown))).message).toMatch(/has become shorter/);
  });
});

/** The end of an archive whose checksums are right, whatever it says. `frames`: what lies before it. */
function forged(
  frames: Buffer,
  entries: readonly (readonly [number, number, number])[],
  change = {},
): Buffer {
  const how = { count: entries.length + 1, indexMagic: 0x184d2a5c, empty: 0x51d8e999, ...change };
  const u32 = (...values: number[]) => {
    const bytes = Buffer.alloc(4 * values.length);
    for (const [place, value] of values.entries()) bytes.writeUInt32LE(value, 4 * place);
    return bytes;
  };
  const list = Buffer.concat(
    [...entries, [8 + headBytes, 0, how.empty] as const].map((entry) => u32(...entry)),
  );
  const head = Buffer.concat([Buffer.from('CroftIdx'), u32(1, crc32(list))]);
  return Buffer.concat([
    ...[frames, u32(how.indexMagic, headBytes), head, u32(crc32(head))],
    ...[u32(0x184d2a5e, how.count * 12 + 9), list, u32(how.count), Buffer.from('80b1ea928f', 'hex')],
  ]);
}

describe('a hostile archive', () => {
  const frame = zstdCompressSync(Buffer.alloc(1000, 'x'), { params: { 201: 1 } });
  const sum = frame.readUInt32LE(frame.length - 4);
  const short = zstdCompressSync(Buffer.alloc(1000, 'x'));

  it('can be forged for these tests', async () => {
    const archive = await openSeekable(memoryFile(forged(frame, [[frame.length, 1000, sum]])).file);
    expect((await archive.readFrame(0)).toString()).toBe('x'.repeat(1000));
  });

  it.each([
    ['frames of 17 MiB', forged(frame, [[frame.length, 17 * mebibyte, sum]]), 'unsupported'],
    ['frames that end before the table', forged(frame, [[frame.length - 1, 1000, sum]]), 'invalid-input'],
    ['frames that end after the table', forged(frame, [[2 ** 32 - 1, 16 * mebibyte, sum]]), 'invalid-input'],
    ['frames longer than their content', forged(Buffer.alloc(5000), [[5000, 10, 0]]), 'invalid-input'],
    [
      'a table larger than the file',
      forged(frame, [[frame.length, 1000, sum]], { count: 1000 }),
      'invalid-input',
    ],
    [
      'more frames than are counted',
      forged(frame, [[frame.length, 1000, sum]], { count: 1 }),
      'invalid-input',
    ],
    ['no frames', Buffer.from('5e2a4d1809000000000000008' + '0b1ea928f', 'hex'), 'unsupported'],
    ['too many frames', Buffer.from('ffffffff80b1ea928f', 'hex'), 'unsupported'],
    [
      'the table of another program',
      forged(frame, [[frame.length, 1000, sum]], { indexMagic: 0x184d2a50 }),
      'unsupported',
    ],
    ['content where the index is', forged(frame, [[frame.length, 1000, sum]], { empty: 1 }), 'unsupported'],
  ] as const)('with %s is refused when it is opened', async (_, file, code) => {
    await errorOf(openSeekable(memoryFile(file).file), code);
  });

  it.each([
    ['another length', [frame.length, 999, sum], frame],
    ['another checksum', [frame.length, 1000, sum ^ 1], frame],
    ['no checksum', [short.length, 1000, short.readUInt32LE(short.length - 4)], short],
    ['two frames', [2 * frame.length, 1000, sum], Buffer.concat([frame, frame])],
    ['nothing of zstd', [20, 1000, 0], Buffer.alloc(20)],
    ['less than a header', [4, 1000, 0], Buffer.from('28b52ffd', 'hex')],
    ['no length at all', [0, 1000, 0], Buffer.alloc(0)],
    ['half a header', [6, 1000, 0], Buffer.from('28b52ffd6400', 'hex')],
  ] as const)(
    'with a frame of %s is refused when that is read',
    async (_, [length, bytes, checksum], frames) => {
      const archive = await openSeekable(memoryFile(forged(frames, [[length, bytes, checksum >>> 0]])).file);
      await errorOf(archive.readFrame(0));
    },
  );
});
