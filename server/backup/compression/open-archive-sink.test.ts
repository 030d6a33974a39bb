// The sinks of every compression: what they write, in which pieces, and how they fail and stop.
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../core/errors.ts';
import { mebibyte } from '../../core/units.ts';
import { collector, errorOf, memoryFile, mixedContent, readAll } from './compression-fixture.ts';
import { openArchiveSink } from './open-archive-sink.ts';
import { openSeekable } from './seekable.ts';

const compressions = ['zst', 'gz', undefined] as const;
const content = mixedContent(9 * mebibyte + 5);

describe.each(compressions)('a sink with compression %s', (compression) => {
  it('writes what can be read again, from writes of any size in buffers that are used again', async () => {
    const { target, file } = collector();
    const sink = openArchiveSink({ compression, target, inFlight: 2 });
    const buffer = Buffer.alloc(3 * mebibyte);
    const sizes = [1, 100_000, 3 * mebibyte, 0, 512, 65_536];
    for (let at = 0, turn = 0; at < content.length; turn++) {
      const part = buffer.subarray(0, content.copy(buffer, 0, at, at + sizes[turn % sizes.length]!));
      await sink.write(part);
      buffer.fill(0xee);
      at += part.length;
    }
    await sink.end(Buffer.from('index'));
    expect(sink.writtenBytes).toBe(file().length);
    const read = await readAll(file(), { named: compression ?? 'none' });
    expect(read.content.equals(content)).toBe(true);
    await errorOf(sink.write(Buffer.alloc(1)), 'internal');
    await sink.abort();
  });

  it('may be empty', async () => {
    const { target, file } = collector();
    const sink = openArchiveSink({ compression, target });
    await sink.end();
    if (compression === undefined) expect(file().length).toBe(0);
    else expect((await readAll(file(), { named: compression })).content.length).toBe(0);
  });

  it('tells the first error of its target to every call', { timeout: 5000 }, async () => {
    const full = new AppError('no-capacity', 'no space left');
    const sink = openArchiveSink({
      compression,
      target: async () => {
        throw full;
      },
    });
    const calls = Array.from({ length: 12 }, (_, seed) => sink.write(mixedContent(mebibyte, seed)));
    const outcomes = await Promise.allSettled([...calls, sink.end()]);
    expect(outcomes.at(-1)).toEqual({ status: 'rejected', reason: full });
    await expect(sink.write(content)).rejects.toBe(full);
    await sink.abort();
    await sink.abort();
  });

  it('stops at once when it is given up while its target waits', { timeout: 5000 }, async () => {
    const gate = Promise.withResolvers<void>();
    let [inside, called] = [0, 0];
    const sink = openArchiveSink({
      compression,
      target: async () => {
        inside += 1;
        called += 1;
        await gate.promise;
        inside -= 1;
      },
    });
    const calls = Array.from({ length: 30 }, (_, seed) => sink.write(mixedContent(mebibyte, seed)));
    const outcomes = Promise.allSettled(calls);
    await expect.poll(() => inside).toBe(1);
    let done = false;
    const aborted = sink.abort().then(() => {
      done = true;
    });
    await sleep(20);
    expect(done).toBe(false);
    gate.resolve();
    await aborted;
    expect([inside, called]).toEqual([0, 1]);
    expect((await outcomes).at(-1)).toMatchObject({ status: 'rejected', reason: { code: 'cancelled' } });
    await errorOf(sink.end(), 'cancelled');
  });
});

describe('zstd frames', () => {
  it.each([
    ['as-written', [1000, 2_000_000, 3_000_000, 0]],
    ['gathered', [4 * mebibyte, 5_001_000 - 4 * mebibyte, 0]],
  ] as const)('are %s', async (frames, sizes) => {
    const { target, file } = collector();
    const sink = openArchiveSink({ compression: 'zst', target, frames });
    for (const size of [1000, 2_000_000, 3_000_000]) await sink.write(mixedContent(size));
    await sink.end(Buffer.from('index'));
    const archive = await openSeekable(memoryFile(file()).file);
    const found = Array.from({ length: archive.frameCount }, (_, n) => archive.frame(n).contentBytes);
    expect(found).toEqual(sizes);
    expect(archive.index.toString()).toBe('index');
  });
});

describe('gzip', () => {
  it('is one stream that zlib reads', async () => {
    const { target, file } = collector();
    const sink = openArchiveSink({ compression: 'gz', target });
    await sink.write(content);
    await sink.end();
    expect(gunzipSync(file()).equals(content)).toBe(true);
  });
});
