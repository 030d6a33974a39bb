// A VMA archive all the way: compressed, read back, cut off between two frames, and read at any place.
import { describe, expect, it } from 'vitest';
import { mebibyte } from '../../core/units.ts';
import { readVma } from '../vma/vma-reader.ts';
import { VmaWriter } from '../vma/vma-writer.ts';
import { collector, errorOf, memoryFile, mixedContent, sourceOf } from './compression-fixture.ts';
import { openArchiveSink } from './open-archive-sink.ts';
import { readArchive } from './read-archive.ts';
import { openSeekable } from './seekable.ts';

const disk = Buffer.concat([
  mixedContent(12 * mebibyte, 1),
  Buffer.alloc(5 * mebibyte),
  mixedContent(3 * mebibyte, 2),
]);

const uuid = '01234567-89ab-cdef-0123-456789abcdef';

async function backup(compression: 'zst' | 'gz' | undefined): Promise<Buffer> {
  const { target, file } = collector();
  const sink = openArchiveSink({ compression, target, inFlight: 2, frames: 'as-written' });
  const devices = [{ name: 'drive-scsi0', bytes: disk.length }];
  const writer = new VmaWriter({ sink: (bytes) => sink.write(bytes), ctime: 0, uuid, configs: [], devices });
  for (let at = 0; at < disk.length; at += mebibyte)
    await writer.write('drive-scsi0', at, disk.subarray(at, at + mebibyte));
  await writer.end();
  await sink.end();
  return file();
}

async function restore(file: Buffer): Promise<Buffer> {
  const restored = Buffer.alloc(disk.length, 0xee);
  const archive = await readArchive(sourceOf(file).chunks);
  for await (const piece of (await readVma(archive.content)).pieces) {
    if (piece.kind === 'data') restored.set(piece.data, piece.offset);
    else restored.fill(0, piece.offset, piece.offset + piece.bytes);
  }
  return restored;
}

describe('a VMA archive', () => {
  it.each(['zst', 'gz', undefined] as const)('with compression %s is restored', async (compression) => {
    expect((await restore(await backup(compression))).equals(disk)).toBe(true);
  });

  it('has the bytes of an uncompressed one in its frames', async () => {
    const archive = await openSeekable(memoryFile(await backup('zst')).file);
    const frames = [];
    for (let number = 0; number < archive.frameCount; number++) frames.push(await archive.readFrame(number));
    expect(Buffer.concat(frames).equals(await backup(undefined))).toBe(true);
    expect(archive.frame(0).contentBytes).toBe(12_800);
  });

  it('that ends between two frames is refused by VMA itself', async () => {
    const file = await backup('zst');
    const archive = await openSeekable(memoryFile(file).file);
    expect(archive.frameCount).toBeGreaterThan(4);
    for (let number = 1; number < archive.frameCount - 1; number++) {
      const error = await errorOf(restore(file.subarray(0, archive.frame(number).at)));
      expect(error.message).toMatch(/VMA archive is cut off/);
    }
    // Only the index and the table are missing: nothing of the disk.
    expect((await restore(file.subarray(0, archive.frame(archive.frameCount - 1).at))).equals(disk)).toBe(
      true,
    );
  });
});
