// How large a thin pool and its metadata are on a volume group that is all its own. Pure.
import { gibibyte, kibibyte, mebibyte } from '../core/units.ts';
import type { PoolSizes } from './disk-driver.ts';

/** Left free: LVM needs some extents of its own when a pool is repaired or grown. */
const reserveBytes = 128 * mebibyte;
/** lvmthin(7), "Metadata size": at most 15.81 GiB. */
const mostMetadataBytes = 15.8 * gibibyte;
const leastMetadataBytes = 32 * mebibyte;

/**
 * 1 % of the space for metadata, at least 1 GiB and at most what LVM takes, as Proxmox VE has it; on a small disk, of which that
 * would be more than a twentieth, a twentieth. LVM keeps as much again as a spare for repair.
 */
export function poolSizes(freeBytes: number): PoolSizes {
  const usable = Math.max(0, freeBytes - reserveBytes);
  const least = Math.max(leastMetadataBytes, Math.min(gibibyte, usable / 20));
  const metadataBytes = wholeMebibytes(Math.min(Math.max(usable / 100, least), mostMetadataBytes));
  return { dataBytes: wholeMebibytes(Math.max(0, usable - 2 * metadataBytes)), metadataBytes };
}

/** LVM rounds to extents of 4 MiB. */
function wholeMebibytes(bytes: number): number {
  const extent = 4 * kibibyte * kibibyte;
  return Math.floor(bytes / extent) * extent;
}
