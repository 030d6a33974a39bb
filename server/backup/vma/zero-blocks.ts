// Finds the blocks of a cluster that are not zeros.
import { blockBytes, blocksPerCluster, clusterBytes, fullMask } from './vma-format.ts';

const zeros = Buffer.alloc(clusterBytes);

/** Are so many bytes (at most a cluster) from here all zeros? */
function isZero(bytes: Buffer, from: number, length: number): boolean {
  // Most data shows it at once; otherwise memcmp, which is as fast as memory.
  return bytes[from] === 0 && zeros.compare(bytes, from, from + length, 0, length) === 0;
}

/**
 * The mask of a cluster that begins at `from` and has `length` bytes (1 to 65536; less only at the end of a device): a bit
 * for each block that is not all zeros, bit 0 for the first.
 */
export function blockMask(bytes: Buffer, from: number, length: number): number {
  if (isZero(bytes, from, length)) return 0;
  let mask = length === clusterBytes ? fullMask : (1 << Math.ceil(length / blockBytes)) - 1;
  for (let block = 0; block < blocksPerCluster; block++) {
    const start = block * blockBytes;
    if (start >= length) break;
    if (isZero(bytes, from + start, Math.min(blockBytes, length - start))) mask &= ~(1 << block);
  }
  return mask;
}
