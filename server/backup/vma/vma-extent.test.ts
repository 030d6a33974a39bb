// Extents: what is listed comes back; blocks become as few runs as possible.
import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { readExtentHeader, renderExtentHeader, runsOf } from './vma-extent.ts';

const uuid = Buffer.from('0123456789abcdef0123456789abcdef', 'hex');

it('lists 59 clusters with the largest numbers', () => {
  const clusters = Array.from({ length: 59 }, (_, index) => ({
    deviceId: 255 - index,
    number: 2 ** 32 - 1 - index,
    mask: 0xffff - index,
  }));
  const header = renderExtentHeader(uuid, clusters);
  expect(header).toHaveLength(512);
  const read = readExtentHeader(header, uuid, 1000);
  expect(read.map(({ at: _, ...cluster }) => cluster)).toEqual(clusters);
  expect(read.map(({ at }) => at)).toEqual(clusters.map((_, index) => 1040 + 8 * index));
});

it('may list nothing', () => {
  expect(readExtentHeader(renderExtentHeader(uuid, []), uuid, 0)).toEqual([]);
});

it('is refused in an archive with another id', () => {
  const header = renderExtentHeader(uuid, []);
  expect(() => readExtentHeader(header, randomBytes(16), 100)).toThrow(
    'byte 108: the extent belongs to another',
  );
});

const clusters = (...listed: [number, number, number][]) =>
  listed.map(([deviceId, number, mask]) => ({ deviceId, number, mask }));
const KiB = 1024;

it.each([
  ['nothing', clusters(), []],
  [
    'clusters that follow each other are one run',
    clusters([1, 0, 0xffff], [1, 1, 0xffff]),
    [[1, 0, 128 * KiB, 128 * KiB]],
  ],
  [
    'but not across devices',
    clusters([1, 0, 0xffff], [2, 1, 0xffff]),
    [
      [1, 0, 64 * KiB, 64 * KiB],
      [2, 64 * KiB, 64 * KiB, 64 * KiB],
    ],
  ],
  [
    'nor when they stand in another order',
    clusters([1, 1, 0], [1, 0, 0]),
    [
      [1, 64 * KiB, 64 * KiB, 0],
      [1, 0, 64 * KiB, 0],
    ],
  ],
  [
    'blocks and zeros in a cluster, joined to its neighbours',
    clusters([1, 0, 0x8000], [1, 1, 0b11], [1, 2, 0]),
    [
      [1, 0, 60 * KiB, 0],
      [1, 60 * KiB, 12 * KiB, 12 * KiB],
      [1, 72 * KiB, 120 * KiB, 0],
    ],
  ],
  ['zeros end with the device', clusters([3, 1, 0]), [[3, 64 * KiB, 5000, 0]]],
  ['data ends with the device', clusters([3, 1, 0b11]), [[3, 64 * KiB, 5000, 8 * KiB]]],
  ['more blocks than the device has', clusters([3, 1, 0b111]), [[3, 64 * KiB, 5000, 12 * KiB]]],
  ['a whole last cluster is read over', clusters([3, 1, 0xffff]), [[3, 64 * KiB, 5000, 64 * KiB]]],
  [
    'blocks that lie behind the device too',
    clusters([3, 1, 0b1010_0001], [1, 0, 1]),
    [
      [3, 64 * KiB, 4096, 4 * KiB],
      [3, 68 * KiB, 904, 0],
      [3, 84 * KiB, 0, 4 * KiB],
      [3, 92 * KiB, 0, 4 * KiB],
      [1, 0, 4 * KiB, 4 * KiB],
      [1, 4 * KiB, 60 * KiB, 0],
    ],
  ],
])('runs: %s', (_, listed, expected) => {
  const runs = runsOf(listed, (id) => (id === 3 ? 65_536 + 5000 : Number.POSITIVE_INFINITY));
  expect(runs.map((run) => [run.deviceId, run.offset, run.bytes, run.storedBytes])).toEqual(expected);
});
