// The writer of frames: order, memory, failures, and what stands in the file.
import { setImmediate as turn } from 'node:timers/promises';
import { crc32, zstdDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../core/errors.ts';
import { kibibyte, mebibyte } from '../../core/units.ts';
import { archiveOf, collector, errorOf, mixedContent, readAll } from './compression-fixture.ts';
import { frameBytes, readFrameHeader } from './zstd-format.ts';
import { ZstdFrameWriter } from './zstd-frames.ts';

/** Of a file that begins with frames of content. */
function framesOf(file: Buffer, count: number): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = 0; frames.length < count; at += frames.at(-1)!.length)
    frames.push(file.subarray(at, at + frameBytes(file.subarray(at), at)));
  return frames;
}

describe('a zstd file', () => {
  it('has a frame for each write, with size and checksum', async () => {
    const contents = [12 * kibibyte, 3 * mebibyte, 1, 16 * kibibyte + 1].map((size, seed) =>
      mixedContent(size, seed),
    );
    const frames = framesOf(await archiveOf(contents), contents.length);
    for (const [number, frame] of frames.entries()) {
      expect(zstdDecompressSync(frame).equals(contents[number]!)).toBe(true);
      expect(readFrameHeader(frame, 0)).toMatchObject({
        contentBytes: contents[number]!.length,
        checksum: true,
      });
    }
  });

  it('ends with index and seek table, byte for byte', async () => {
    const contents = [mixedContent(1000), mixedContent(50_000)];
    const file = await archiveOf(contents, Buffer.from('where'));
    const [first, second] = framesOf(file, 2) as [Buffer, Buffer];
    const end = file.subarray(first.length + second.length);
    expect(end.readUInt32LE(0)).toBe(0x184d2a5c);
    expect(end.readUInt32LE(4)).toBe(25);
    expect(end.toString('latin1', 8, 16)).toBe('CroftIdx');
    expect(end.readUInt32LE(16)).toBe(1);
    expect(end.readUInt32LE(24)).toBe(crc32('where', crc32(end.subarray(8, 24))));
    expect(end.toString('latin1', 28, 33)).toBe('where');
    const table = end.subarray(33);
    expect(table.readUInt32LE(0)).toBe(0x184d2a5e);
    expect(table.readUInt32LE(4)).toBe(3 * 12 + 9);
    const entries = table.subarray(8, 8 + 3 * 12);
    expect(end.readUInt32LE(20)).toBe(crc32(entries));
    const numbers = [...new Uint32Array(new Uint8Array(entries).buffer)];
    expect(numbers).toEqual([
      ...[first.length, 1000, first.readUInt32LE(first.length - 4)],
      ...[second.length, 50_000, second.readUInt32LE(second.length - 4)],
      ...[33, 0, 0x51d8e999],
    ]);
    expect(table.subarray(44).toString('hex')).toBe('0300000080b1ea928f');
  });

  it('can be empty', async () => {
    const file = await archiveOf([]);
    expect(file.length).toBe(28 + 8 + 12 + 9);
    expect(await readAll(file)).toEqual({ content: Buffer.alloc(0), trailer: 'whole' });
  });

  it.each([1, 2, 3, 5])(
    'is the same with %i in flight, from buffers that are used again',
    async (inFlight) => {
      const { target, file } = collector();
      const writer = new ZstdFrameWriter({ target, inFlight });
      const sizes = [12 * kibibyte, 2 * mebibyte, 300, 3 * mebibyte, 40_000, 1 * mebibyte, 16_384, 16_385];
      const whole = mixedContent(sizes.reduce((sum, size) => sum + size));
      const buffer = Buffer.alloc(4 * mebibyte);
      let at = 0;
      for (const size of sizes) {
        whole.copy(buffer, 0, at, at + size);
        await writer.write(buffer.subarray(0, size));
        buffer.fill(0xee);
        at += size;
      }
      await writer.end();
      const read = await readAll(file());
      expect(read.trailer).toBe('whole');
      expect(read.content.equals(whole)).toBe(true);
    },
  );

  it('keeps the order of calls that overlap, and leaves out empty ones', async () => {
    const { target, file } = collector();
    const writer = new ZstdFrameWriter({ target, inFlight: 3 });
    const parts = Array.from({ length: 20 }, (_, seed) => mixedContent((seed % 4) * 30_000, seed));
    const calls = parts.map((part) => writer.write(part));
    await Promise.all([...calls, writer.end()]);
    expect((await readAll(file())).content.equals(Buffer.concat(parts))).toBe(true);
  });
});

describe('the writer', () => {
  it.each([1, 2])(
    'with %i in flight has one frame more under way while the target waits',
    async (inFlight) => {
      const gate = Promise.withResolvers<void>();
      const collected = collector();
      const writer = new ZstdFrameWriter({
        inFlight,
        async target(bytes) {
          await gate.promise;
          await collected.target(bytes);
        },
      });
      let taken = 0;
      const part = mixedContent(100_000);
      const calls = Array.from({ length: 8 }, () =>
        writer.write(part).then(() => {
          taken += 1;
        }),
      );
      for (let wait = 0; wait < 200; wait++) await turn();
      await expect.poll(() => taken).toBe(inFlight + 1);
      expect(writer.writtenBytes).toBe(0);
      gate.resolve();
      await Promise.all(calls);
      await writer.end();
      expect((await readAll(collected.file())).content.length).toBe(800_000);
    },
  );

  it('calls the target again only when it is done', async () => {
    let inside = 0;
    const writer = new ZstdFrameWriter({
      inFlight: 4,
      async target() {
        inside += 1;
        expect(inside).toBe(1);
        await turn();
        inside -= 1;
      },
    });
    for (let seed = 0; seed < 12; seed++) await writer.write(mixedContent(seed % 2 ? 100 : 60_000, seed));
    await writer.end(Buffer.alloc(10));
  });

  it('repeats the first error of its target, and does not call it again', async () => {
    let calls = 0;
    const full = new AppError('no-capacity', 'no space left');
    const writer = new ZstdFrameWriter({
      inFlight: 2,
      async target() {
        calls += 1;
        if (calls === 2) throw full;
      },
    });
    const writes = Array.from({ length: 10 }, () => writer.write(mixedContent(30_000)));
    const outcomes = await Promise.allSettled([...writes, writer.end()]);
    expect(outcomes.at(-1)).toEqual({ status: 'rejected', reason: full });
    await expect(writer.write(Buffer.alloc(1))).rejects.toBe(full);
    expect(calls).toBe(2);
    await writer.abort();
  });

  it('refuses what it could not read again, and calls after its end', async () => {
    const large = new ZstdFrameWriter(collector());
    expect((await errorOf(large.write(Buffer.alloc(16 * mebibyte + 1)), 'internal')).message).toMatch(
      /16777217/,
    );
    const ended = new ZstdFrameWriter(collector());
    await ended.end();
    await errorOf(ended.write(Buffer.alloc(1)), 'internal');
    await errorOf(ended.end(), 'internal');
    await ended.abort();
  });

  it('stops when it is given up, and is done with its target then', async () => {
    const gate = Promise.withResolvers<void>();
    let inside = false;
    const writer = new ZstdFrameWriter({
      async target() {
        inside = true;
        await gate.promise;
        inside = false;
      },
    });
    const writes = Array.from({ length: 5 }, () => writer.write(mixedContent(30_000)));
    const outcomes = Promise.allSettled(writes);
    await expect.poll(() => inside).toBe(true);
    const aborted = writer.abort();
    gate.resolve();
    await aborted;
    expect(inside).toBe(false);
    expect((await outcomes).at(-1)).toMatchObject({ status: 'rejected', reason: { code: 'cancelled' } });
    await errorOf(writer.end(), 'cancelled');
    await writer.abort();
  });
});
