// Which blocks of a cluster are zeros: at every block, at their first and last bytes, in partial clusters.
import { expect, it } from 'vitest';
import { blockBytes, clusterBytes } from './vma-format.ts';
import { blockMask } from './zero-blocks.ts';

it('a single byte anywhere makes its block be stored', () => {
  const bytes = Buffer.alloc(3 * clusterBytes);
  for (let at = 0; at < clusterBytes; at += 1021) {
    bytes[clusterBytes + at] = 1;
    expect(blockMask(bytes, clusterBytes, clusterBytes)).toBe(1 << Math.floor(at / blockBytes));
    bytes[clusterBytes + at] = 0;
  }
  for (let block = 0; block < 16; block++) {
    for (const at of [block * blockBytes, (block + 1) * blockBytes - 1]) {
      bytes[clusterBytes + at] = 128;
      expect(blockMask(bytes, clusterBytes, clusterBytes)).toBe(1 << block);
      expect(blockMask(bytes, 0, clusterBytes)).toBe(0);
      expect(blockMask(bytes, 2 * clusterBytes, clusterBytes)).toBe(0);
      bytes[clusterBytes + at] = 0;
    }
  }
});

it.each([
  [1, 0b1],
  [512, 0b1],
  [4096, 0b1],
  [4097, 0b11],
  [9000, 0b111],
  [65_535, 0xffff],
  [65_536, 0xffff],
])('a cluster of %i bytes has the mask %i when full, whatever stands behind it', (length, mask) => {
  const bytes = Buffer.alloc(clusterBytes, 7);
  expect(blockMask(bytes, 0, length)).toBe(mask);
  bytes.fill(0, 0, length);
  expect(blockMask(bytes, 0, length)).toBe(0);
  bytes[length - 1] = 1;
  expect(blockMask(bytes, 0, length)).toBe(1 << Math.floor((length - 1) / blockBytes));
});
