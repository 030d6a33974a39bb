// What an archive is by its first bytes, gzip of any origin, and errors; zstd has a file of its own.
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { mebibyte } from '../../core/units.ts';
import { drained, errorOf, flipped, mixedContent, readAll, sourceOf } from './compression-fixture.ts';
import { detectPacking, type Packing, readArchive } from './read-archive.ts';

describe('the packing', () => {
  it.each([
    ['28b52ffd', 'zst'],
    ['502a4d1800000000', 'zst'],
    ['5f2a4d1800000000', 'zst'],
    ['602a4d1800000000', 'none'],
    ['4f2a4d1800000000', 'none'],
    ['1f8b08', 'gz'],
    ['1f8b07', 'none'],
    ['894c5a4f000d0a1a0a', 'lzo'],
    ['894c5a4f000a0a1a0a', 'none'],
    ['425a6839314159265359', 'bz2'],
    ['425a6831177245385090', 'bz2'],
    ['425a6830314159265359', 'none'],
    [Buffer.from('BZh9 notes').toString('hex'), 'none'],
    ['564d4100', 'none'],
    ['', 'none'],
  ] as const)('of %s is %s', (hex, packing) => {
    expect(detectPacking(Buffer.from(hex, 'hex'))).toBe(packing);
  });

  const content = Buffer.from('VMA\0 and more');
  const files: readonly (readonly [Packing, Buffer])[] = [
    ['none', content],
    ['gz', gzipSync(content)],
    ['zst', zstdCompressSync(content)],
  ];
  const names: readonly Packing[] = ['none', 'gz', 'zst', 'lzo', 'bz2'];
  const pairs = files.flatMap(([found, file]) => names.map((named) => [found, named, file] as const));
  it.each(pairs)('%s named %s', async (found, named, file) => {
    if (found === named) expect((await readAll(file, { named })).content).toEqual(content);
    else {
      const error = await errorOf(readAll(file, { named }));
      expect(error.message).toMatch(/^by its name the archive is compressed with .*, but in it is /);
      expect(error.data).toEqual({ named, found });
    }
    expect((await readAll(file)).content).toEqual(content);
  });

  it('is not guessed when the file ends too soon', async () => {
    expect((await errorOf(readAll(Buffer.alloc(0)))).message).toContain('byte 0 of its file: it is empty');
    const error = await errorOf(readAll(Buffer.from('28b5', 'hex'), { named: 'zst' }));
    expect(error.message).toContain('cut off at byte 2');
    expect((await readAll(Buffer.from('ab'), { named: 'none' })).content.toString()).toBe('ab');
  });

  it('has to be zstd where the end that we write is asked for', async () => {
    await errorOf(readAll(content, { trailerRequired: true }));
    await errorOf(readAll(gzipSync(content), { named: 'gz', trailerRequired: true }));
  });
});

describe('gzip', () => {
  const contents = [
    mixedContent(700, 1),
    mixedContent(3 * mebibyte, 2),
    Buffer.alloc(0),
    mixedContent(10, 3),
  ];
  const members = Buffer.concat(contents.map((content) => gzipSync(content)));

  it.each([[[1 << 20]], [[1000, 1, 70_000]]])('has any number of members, in chunks of %j', async (sizes) => {
    expect((await readAll(members, {}, sizes)).content.equals(Buffer.concat(contents))).toBe(true);
  });

  it('may be padded with zeros', async () => {
    for (const padding of [1, 300_000]) {
      const padded = Buffer.concat([members, Buffer.alloc(padding)]);
      for (const sizes of [[1 << 20], [members.length], [9999]])
        expect((await readAll(padded, {}, sizes)).content.equals(Buffer.concat(contents))).toBe(true);
    }
  });

  it('is refused when something else follows', async () => {
    const error = await errorOf(readAll(Buffer.concat([members, Buffer.from('more')])));
    expect(error.message).toMatch(/damaged at byte \d+/);
  });

  it('is refused when it ends anywhere but after a member', async () => {
    const [first, second] = [gzipSync(contents[0]!), gzipSync(contents[3]!)];
    const file = Buffer.concat([first, second]);
    for (let length = 3; length < file.length; length++) {
      const read = readAll(file.subarray(0, length), { named: 'gz' });
      if (length === first.length) expect((await read).content).toEqual(contents[0]);
      else expect((await errorOf(read)).message).toContain(`cut off at byte ${length}`);
    }
  });

  it('is refused when it is changed anywhere, or what is read is the same', async () => {
    const file = gzipSync(contents[0]!);
    let harmless = 0;
    for (let at = 0; at < file.length; at++) {
      for (const bits of [0x01, 0x10, 0xff]) {
        const changed = flipped(file, at, bits);
        const read = await readAll(changed, { named: 'gz' }).catch((error: unknown) => error);
        if (read instanceof Error) {
          expect(read).toMatchObject({ name: 'AppError', code: 'invalid-input' });
          continue;
        }
        harmless += 1;
        expect((read as { content: Buffer }).content.equals(contents[0]!)).toBe(true);
      }
    }
    // Time, extra flags, system, and "may be text".
    expect(harmless).toBeGreaterThan(0);
    expect(harmless).toBeLessThanOrEqual(7 * 3);
  });

  it('gives its source up when the reader stops, and passes its errors', async () => {
    const source = sourceOf(members, [5000]);
    for await (const _ of (await readArchive(source.chunks)).content) break;
    expect(source.state.closed).toBe(true);
    const failure = new Error('the disk is gone');
    const broken = async function* () {
      yield members.subarray(0, 100_000);
      throw failure;
    };
    await expect(drained((await readArchive(broken())).content)).rejects.toBe(failure);
  });
});

describe('what is not compressed', () => {
  it('passes as it is, with errors of its source', async () => {
    const content = mixedContent(300_000);
    expect((await readAll(content, { named: 'none' }, [7, 100_000])).content.equals(content)).toBe(true);
    const failure = new Error('the disk is gone');
    const broken = async function* () {
      yield content.subarray(0, 5);
      throw failure;
    };
    // The first bytes decide what it is: an error there is one of opening.
    await expect(readArchive(broken())).rejects.toBe(failure);
  });
});
