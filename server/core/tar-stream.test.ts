// Tar headers: written alike each time, read only when they are as written.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ByteSource,
  largestTarMember,
  readTarHeader,
  renderTarHeader,
  tarBlockBytes,
  tarPaddingBytes,
  tarTotalBytes,
} from './tar-stream.ts';
import { chunked, tarOf } from './update-fixture.ts';

const size = fc.integer({ min: 0, max: largestTarMember });

describe('headers', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\w.-]{1,100}$/), size, size, (name, bytes, mtime) => {
        expect(readTarHeader(renderTarHeader({ name, bytes, mtime }))).toEqual({ name, bytes, mtime });
      }),
    );
  });

  it('have the fields where pax(1) wants them', () => {
    const block = Buffer.from(renderTarHeader({ name: 'vmlinuz', bytes: 8, mtime: 1 })).toString('latin1');
    expect(block).toHaveLength(tarBlockBytes);
    expect(block.slice(0, 8)).toBe('vmlinuz\0');
    expect(block.slice(100, 124)).toBe('0000644\x000000000\x000000000\0');
    expect(block.slice(124, 148)).toBe('00000000010\x0000000000001\0');
    expect(block.slice(156, 157)).toBe('0');
    expect(block.slice(257, 265)).toBe('ustar\x0000');
  });

  it('with any byte changed are no headers', () => {
    const good = renderTarHeader({ name: 'initrd.img', bytes: 1234, mtime: 1_700_000_000 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 511 }), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const bad = Uint8Array.from(good);
        bad[at]! ^= change;
        expect(readTarHeader(bad)).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  it('refuse what ustar cannot say', () => {
    expect(() => renderTarHeader({ name: 'a', bytes: largestTarMember + 1, mtime: 0 })).toThrow(
      'does not fit',
    );
    expect(() => renderTarHeader({ name: 'a', bytes: -1, mtime: 0 })).toThrow('does not fit');
    expect(() => renderTarHeader({ name: '../a', bytes: 1, mtime: 0 })).toThrow('does not fit');
    expect(() => renderTarHeader({ name: '', bytes: 1, mtime: 0 })).toThrow('does not fit');
  });
});

describe('lengths', () => {
  it('are those of a real archive', () => {
    const sizes = [0, 1, 511, 512, 513];
    const archive = tarOf(
      sizes.map((bytes, index) => ({ name: `m${index}`, content: Buffer.alloc(bytes, 'x') })),
    );
    expect(tarTotalBytes(sizes)).toBe(archive.length);
    expect(sizes.map(tarPaddingBytes)).toEqual([0, 511, 1, 0, 511]);
  });
});

describe('a source of bytes', () => {
  it('hands out everything once, whatever the chunks and the pieces', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 300 }),
        fc.integer({ min: 1, max: 64 }),
        fc.integer({ min: 1, max: 64 }),
        async (bytes, chunk, piece) => {
          const source = new ByteSource(chunked(bytes, chunk));
          const got: number[] = [];
          for (let part = await source.take(piece); part; part = await source.take(piece)) {
            expect(part.length).toBeLessThanOrEqual(piece);
            got.push(...part);
          }
          expect(got).toEqual([...bytes]);
          expect(source.position).toBe(bytes.length);
        },
      ),
    );
  });

  it('gives exactly what is asked for, or says that it cannot', async () => {
    const source = new ByteSource(chunked(Buffer.from('abcdefgh'), 3));
    expect(Buffer.from((await source.exactly(5))!).toString()).toBe('abcde');
    expect(await source.exactly(0)).toHaveLength(0);
    expect(await source.exactly(4)).toBeUndefined();
  });
});
