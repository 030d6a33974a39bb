// Room for a trial: looked at before, and while it fills, so that no guest stands because of one that is only tried.
import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { gibibyte } from '../../core/units.ts';

/** What a storage has, in bytes. */
export interface Room {
  readonly totalBytes: number;
  readonly availableBytes: number;
}

export interface TrialRoomParts {
  readonly clock: Pick<Clock, 'sleep'>;
  room(storage: string): Promise<Room>;
}

export interface RoomWish {
  readonly volumes: readonly { readonly storage: string; readonly sizeBytes: number }[];
  /** It is never more than what it unpacks to. */
  readonly archiveBytes: number;
}

/** Stays free for others: a twentieth, 2 GiB at most. */
const leastShare = 1 / 20;
const reserveBytes = 2 * gibibyte;
/** Milliseconds between two looks while it fills. */
const lookMs = 5000;

/**
 * `no-capacity` when it cannot fit: less is free than the archive is long, and less than the volumes can become. Whether what lies
 * between fits shows while it is restored (`watchRoom`): images take what is written to them.
 */
export async function requireRoom(parts: TrialRoomParts, { volumes, archiveBytes }: RoomWish): Promise<void> {
  const wanted = new Map<string, number>();
  for (const { storage, sizeBytes } of volumes) wanted.set(storage, (wanted.get(storage) ?? 0) + sizeBytes);
  let free = 0;
  let fits = true;
  for (const [storage, sizeBytes] of wanted) {
    const here = freeIn(await parts.room(storage));
    free += here;
    // A tree of a container says no size: the archive's is all that is known.
    if (here < (sizeBytes || archiveBytes)) fits = false;
  }
  if (!fits && free < archiveBytes)
    throw new AppError(
      'no-capacity',
      `not enough room to try the restore: storage '${[...wanted.keys()].join("', '")}' has ${inGib(free)} GiB to give, and the archive alone has ${inGib(archiveBytes)} GiB`,
    );
}

/** Calls back once, with the storage, when room runs short; until the signal aborts. Never rejects. */
export async function watchRoom(
  parts: TrialRoomParts,
  storages: readonly string[],
  signal: AbortSignal,
  onShort: (storage: string) => void,
): Promise<void> {
  while (!signal.aborted) {
    await parts.clock.sleep(lookMs, signal).catch(() => {});
    for (const storage of new Set(storages)) {
      if (signal.aborted) return;
      // A storage that does not answer is the restore's own trouble.
      const room = await parts.room(storage).catch(() => undefined);
      if (signal.aborted || room === undefined || freeIn(room) > 0) continue;
      onShort(storage);
      return;
    }
  }
}

function freeIn({ totalBytes, availableBytes }: Room): number {
  return Math.max(0, availableBytes - Math.min(reserveBytes, totalBytes * leastShare));
}

function inGib(bytes: number): string {
  return (bytes / gibibyte).toFixed(1);
}
