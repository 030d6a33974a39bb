// The sizes that disks may have.
import { invalidInput } from '../../server/core/errors.ts';

export const sectorBytes = 512;

/** `invalid-input` unless it is whole sectors, more than none. */
export function requireDiskSize(sizeBytes: number): void {
  if (Number.isSafeInteger(sizeBytes) && sizeBytes > 0 && sizeBytes % sectorBytes === 0) return;
  throw invalidInput({ size: 'a disk has a size of whole sectors of 512 bytes, more than none' });
}

/** `invalid-input` when it is smaller than now. */
export function requireGrowth(sizeBytes: number, nowBytes: number): void {
  requireDiskSize(sizeBytes);
  if (sizeBytes < nowBytes)
    throw invalidInput({ size: 'a disk can only grow: shrinking it would cut off data' });
}

/** Whole sectors that hold so many bytes. */
export function wholeSectors(bytes: number, sector = sectorBytes): number {
  return Math.ceil(bytes / sector) * sector;
}
