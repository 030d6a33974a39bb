import { describe, expect, it } from 'vitest';
import { AppError } from '../../core/errors.ts';
import { writableClients } from './client-fixture.ts';
import { randomBytes, seededRandom } from './nbd-fixture.ts';

const { open, hangUp } = writableClients();

describe('a client that writes', () => {
  it('writes many at a time, between reads', async () => {
    const content = Buffer.alloc(4 * 1024 * 1024);
    const expected = Buffer.alloc(content.length);
    const opened = await open(content);
    const random = seededRandom(3);
    for (let round = 0; round < 10; round++) {
      // Not over one another: whose comes last is nobody's promise.
      const work = Array.from({ length: 16 }, async (_, part) => {
        const offset = part * 262_144 + random(200_000);
        const data = randomBytes(1 + random(60_000), round * 16 + part);
        expected.set(data, offset);
        await opened.write(offset, data);
        expect(Buffer.compare(await opened.read(offset, data.length), data)).toBe(0);
      });
      await Promise.all(work);
    }
    expect(content.equals(expected)).toBe(true);
  });

  it('hears of failures, each of its own', async () => {
    const opened = await open(Buffer.alloc(65_536), {
      write: async (offset) => {
        if (offset === 4096) throw new AppError('no-capacity', 'full');
      },
      flush: async () => {
        throw new AppError('unavailable', 'lost');
      },
    });
    await opened.write(0, Buffer.alloc(4096));
    await expect(opened.write(4096, Buffer.alloc(4096))).rejects.toMatchObject({
      code: 'no-capacity',
      message: "the block server cannot write to 'disk' at byte 4096: no space is left",
    });
    await opened.write(8192, Buffer.alloc(4096));
    await expect(opened.flush()).rejects.toMatchObject({ code: 'unavailable' });
    await expect(opened.write(65_536, Buffer.alloc(1))).rejects.toMatchObject({ code: 'invalid-input' });
    await expect(opened.write(0, Buffer.alloc(0))).rejects.toMatchObject({ code: 'invalid-input' });
    await expect(opened.writeZeroes(0, 65_537)).rejects.toMatchObject({ code: 'invalid-input' });
  });

  it('is refused by what is read-only, and flushes what knows no flush', async () => {
    const opened = await open(Buffer.alloc(4096), { readOnly: true });
    expect(opened.readOnly).toBe(true);
    await opened.flush();
    await expect(opened.write(0, Buffer.alloc(512))).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('loses its writes with the connection', async () => {
    const opened = await open(Buffer.alloc(65_536), { write: () => new Promise(() => {}) });
    const write = opened.write(0, Buffer.alloc(4096));
    setTimeout(() => void hangUp(), 20);
    await expect(write).rejects.toMatchObject({ code: 'unavailable' });
  });
});
