// A disk in a picture and in sums: its parts as shares, and what two disks make as a mirror. Pure.
import type { DiskItem } from './install.ts';

export interface DiskPart {
  readonly name: string;
  /** In words; empty: not used. */
  readonly what: string;
  readonly sizeBytes: number;
  /** 0 to 1, of the disk. */
  readonly share: number;
}

/** Gaps below this share of a disk are alignment, not space. */
const smallestGap = 0.005;

/** The parts of a disk in the order in which they were found, with what is not used at the end. */
export function diskParts(disk: DiskItem): DiskPart[] {
  if (disk.sizeBytes <= 0) return [];
  const partitions = disk.contents.filter((one) => one.device !== disk.path);
  // Without partitions the disk's own signature covers it all.
  const shown = partitions.length > 0 ? partitions : disk.contents.slice(0, 1);
  const parts = shown.map((one) => ({
    name: one.device.split('/').at(-1) ?? one.device,
    what: one.description,
    sizeBytes: one.sizeBytes,
    share: Math.min(1, one.sizeBytes / disk.sizeBytes),
  }));
  const used = parts.reduce((sum, part) => sum + part.sizeBytes, 0);
  const free = disk.sizeBytes - used;
  if (free / disk.sizeBytes >= smallestGap)
    parts.push({ name: '', what: '', sizeBytes: free, share: free / disk.sizeBytes });
  return parts;
}

/** What a mirror of the disks holds, and what of the larger one stays unused. */
export function mirrorOf(disks: readonly Pick<DiskItem, 'name' | 'sizeBytes'>[]): {
  readonly usableBytes: number;
  readonly unusedBytes: number;
  readonly larger: string;
} {
  const sorted = [...disks].sort((a, b) => a.sizeBytes - b.sizeBytes);
  const [smallest, largest] = [sorted[0], sorted.at(-1)];
  return {
    usableBytes: smallest?.sizeBytes ?? 0,
    unusedBytes: (largest?.sizeBytes ?? 0) - (smallest?.sizeBytes ?? 0),
    larger: largest?.name ?? '',
  };
}
