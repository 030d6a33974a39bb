// The room that a backup has for what the guest overwrites meanwhile: looked at before it is gone, as a full scratch image makes the
// guest stand.
import { statfs } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../../core/errors.ts';
import { allocatedBytes, type ScratchImage } from './backup-places.ts';
import type { BackupScratch } from './backup-types.ts';

const mebibyte = 1024 * 1024;
const smallestReserve = 256 * mebibyte;
const largestReserve = 4096 * mebibyte;
/** A disk of a GiB a second takes half the smallest reserve meanwhile. */
const pollMs = 125;

/** Bytes that are to be left free, and those that are. */
async function roomOf({ folder, keepFreeBytes }: BackupScratch): Promise<{ keep: number; free: number }> {
  const { bsize, blocks, bavail } = await statfs(folder);
  const usual = Math.min(largestReserve, Math.max(smallestReserve, Math.floor((bsize * blocks) / 20)));
  return { keep: keepFreeBytes ?? usual, free: bsize * bavail };
}

/** `no-capacity` when there is too little room to begin with. */
export async function assertRoom(scratch: BackupScratch): Promise<void> {
  const { keep, free } = await roomOf(scratch);
  if (free > keep) return;
  throw new AppError(
    'no-capacity',
    `there is no room to keep what the guest overwrites during the backup: ${inMiB(free)} are free where fleecing images lie, and ${inMiB(keep)} of it are kept free`,
    { data: { freeBytes: free, keepFreeBytes: keep }, detail: scratch.folder },
  );
}

/** What is short now, if anything is. */
export async function shortageOf(
  scratch: BackupScratch,
  images: readonly ScratchImage[],
): Promise<AppError | undefined> {
  const { keep, free } = await roomOf(scratch);
  if (free <= keep)
    return new AppError(
      'no-capacity',
      `the room for what the guest overwrites runs out: ${inMiB(free)} are left where fleecing images lie`,
      { data: { freeBytes: free, keepFreeBytes: keep }, detail: scratch.folder },
    );
  if (scratch.maxBytes === undefined) return undefined;
  for (const { key, path } of images) {
    const used = await allocatedBytes(path);
    if (used > scratch.maxBytes)
      return new AppError(
        'no-capacity',
        `${key}: the guest overwrites more during the backup than may be kept of it (${inMiB(scratch.maxBytes)})`,
        { data: { usedBytes: used, maxBytes: scratch.maxBytes } },
      );
  }
  return undefined;
}

/** Looks until `signal` aborts or something is short, which is told once. */
export async function watchRoom(
  scratch: BackupScratch,
  images: readonly ScratchImage[],
  signal: AbortSignal,
  onShortage: (problem: AppError) => void,
): Promise<void> {
  while (!signal.aborted) {
    // A file system that cannot be asked now is asked again.
    const shortage = await shortageOf(scratch, images).catch(() => undefined);
    if (signal.aborted) return;
    if (shortage) return onShortage(shortage);
    await delay(pollMs, undefined, { signal, ref: false }).catch(() => {});
  }
}

function inMiB(bytes: number): string {
  return `${Math.floor(bytes / mebibyte)} MiB`;
}
