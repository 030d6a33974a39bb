// What the look at all frames' bounds finds, and that it reads no more than those.
import { describe, expect, it } from 'vitest';
import { archiveOf, errorOf, flipped, memoryFile, mixedContent } from './compression-fixture.ts';
import { checkFrameChain } from './frame-chain.ts';
import { openSeekable } from './seekable.ts';

const contents = [70_000, 1, 16_384, 300_000, 5].map((size, seed) => mixedContent(size, seed));
const { signal } = new AbortController();
const whole = await archiveOf(contents, Buffer.from('index'));
const seekable = await openSeekable(memoryFile(whole).file);
const frames = contents.map((_, number) => seekable.frame(number));
const check = (archive: Buffer, most?: number) => checkFrameChain(memoryFile(archive, most).file, signal);

describe('the bounds of all frames', () => {
  it('are those of the table in a whole archive, however its file answers', async () => {
    expect(await check(whole)).toMatchObject({ frames: contents.length + 1 });
    expect((await check(whole)).readBytes).toBeLessThan(contents.length * 25);
    expect(await check(whole, 3)).toMatchObject({ frames: contents.length + 1 });
    expect(await check(await archiveOf([]))).toMatchObject({ frames: 1 });
  });

  it.each(frames.map(({ number }) => number))('are seen to be lost: frame %s', async (number) => {
    const { at, compressedBytes } = frames[number]!;
    const zeros = Buffer.from(whole);
    zeros.fill(0, at, at + compressedBytes);
    await errorOf(check(zeros));
    const shifted = Buffer.from(whole);
    whole.copy(shifted, at + 1, at, at + compressedBytes - 1);
    await errorOf(check(shifted));
    for (const [place, bits] of [
      [at, 0x10],
      // "Has a checksum".
      [at + 4, 0x04],
      [at + compressedBytes - 1, 0x10],
    ] as const)
      await errorOf(check(flipped(whole, place, bits)));
  });

  it('are another archive’s', async () => {
    const other = await archiveOf(contents.map((content) => Buffer.from(content).reverse()));
    const { at, compressedBytes } = frames[3]!;
    const mixed = Buffer.from(whole);
    other.copy(mixed, at, at, at + compressedBytes);
    await errorOf(check(mixed));
  });

  it('are not looked at where there is no table, or nobody waits any more', async () => {
    await errorOf(check(whole.subarray(0, -1)), 'unsupported');
    await errorOf(check(Buffer.concat([whole.subarray(0, 10), whole.subarray(11)])));
    await errorOf(checkFrameChain(memoryFile(whole).file, AbortSignal.abort()), 'cancelled');
  });
});
