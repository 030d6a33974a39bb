// Files of zstd changed at random: what comes out is an error of ours or content, never a crash, a hang or much memory.
import { setImmediate as turn } from 'node:timers/promises';
import { constants, zstdCompressSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { AppError } from '../../core/errors.ts';
import { mebibyte } from '../../core/units.ts';
import { archiveOf, memoryFile, mixedContent, readAll, seeded } from './compression-fixture.ts';
import { openSeekable } from './seekable.ts';

const rounds = 500;

/** Some bytes set, some repeated, some taken out, the end cut: as often near the structure at the end as anywhere. */
function changedAtRandom(file: Buffer, random: () => number): Buffer {
  let changed = Buffer.from(file);
  const place = () => {
    const near = random() < 0.5 ? Math.min(200, changed.length) : changed.length;
    return Math.max(0, changed.length - 1 - Math.floor(random() * near));
  };
  for (let times = 1 + Math.floor(random() * 4); times > 0; times--) {
    const at = place();
    const kind = random();
    if (changed.length === 0) break;
    if (kind < 0.6) changed[at] = random() < 0.3 ? 0xff : random() * 256;
    else if (kind < 0.75) changed = Buffer.concat([changed.subarray(0, at), changed.subarray(place())]);
    else if (kind < 0.9) changed = changed.subarray(0, at);
    else if (changed.length >= 4) changed.writeUInt32LE(random() * 2 ** 32, Math.min(at, changed.length - 4));
  }
  return changed;
}

function allowed(error: unknown): void {
  expect(error).toBeInstanceOf(AppError);
  expect((error as AppError).code).toMatch(/^(invalid-input|unsupported)$/);
}

it('as a stream', { timeout: 60_000 }, async () => {
  const checksum = { params: { [constants.ZSTD_c_checksumFlag]: 1 } };
  const file = Buffer.concat([
    Buffer.from('522a4d1805000000aabbccddee', 'hex'),
    zstdCompressSync(mixedContent(2000, 1)),
    zstdCompressSync(mixedContent(20_000, 2), checksum),
    zstdCompressSync(Buffer.alloc(5 * mebibyte), checksum),
    await archiveOf([mixedContent(500, 3), Buffer.alloc(70_000)], Buffer.from('index')),
  ]);
  const random = seeded(2026);
  for (let round = 0; round < rounds; round++) {
    const changed = changedAtRandom(file, random);
    await readAll(changed, { named: 'zst' }, [1 + Math.floor(random() * 3000)]).catch(allowed);
    // Else nothing but microtasks: the test's own time limit could not strike.
    if (round % 50 === 0) await turn();
  }
});

it('as a file with a table', { timeout: 60_000 }, async () => {
  const contents = [mixedContent(500, 1), Buffer.alloc(70_000), mixedContent(3000, 2)];
  const file = await archiveOf(contents, Buffer.from('index'));
  const random = seeded(1984);
  let opened = 0;
  for (let round = 0; round < rounds; round++) {
    const { file: changed } = memoryFile(changedAtRandom(file, random));
    try {
      const archive = await openSeekable(changed);
      opened += 1;
      for (let number = 0; number < archive.frameCount; number++) {
        const content = await archive.readFrame(number).catch(allowed);
        if (content?.length) expect(content.equals(contents[number]!)).toBe(true);
      }
    } catch (error) {
      allowed(error);
    }
    if (round % 50 === 0) await turn();
  }
  expect(opened).toBeGreaterThan(20);
});
