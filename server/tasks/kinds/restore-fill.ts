// Filling new volumes from an archive: opened for the worker, and let go of afterwards.
import type { RestoredDisk } from '../../backup/restore/plan-vm-restore.ts';
import type { RestoredDisks, RestoreVmaOrder } from '../../backup/worker/worker-orders.ts';
import { AppError } from '../../core/errors.ts';
import { quietContext } from '../../core/work-context.ts';
import {
  attachVolume,
  detachVolume,
  type GuestStorages,
  type MadeVolume,
  type PlannedVolume,
} from '../../guests/guest-volumes.ts';
import type { TaskContext } from '../task.ts';

type Target = RestoreVmaOrder['disks'][number];

/** Each of `disks` has a plan and a made volume of its key. */
export async function fillVolumes(
  { storages }: { readonly storages: GuestStorages },
  context: TaskContext,
  plans: readonly PlannedVolume[],
  made: readonly MadeVolume[],
  disks: readonly RestoredDisk[],
  fill: (targets: readonly Target[]) => Promise<RestoredDisks>,
): Promise<RestoredDisks> {
  const opened: string[] = [];
  try {
    const targets: Target[] = [];
    for (const { key, device, sizeBytes, keepBytes } of disks) {
      const plan = plans.find((each) => each.key === key);
      const volume = made.find((each) => each.key === key)?.volume;
      if (!plan || volume === undefined)
        throw new AppError('internal', `${key}: has no volume to restore to`);
      opened.push(volume);
      const attachment = await attachVolume(storages, context, volume);
      const targetIsZero = readsAsZeros(storages, plan);
      targets.push({ device, sizeBytes, keepBytes, to: { kind: 'image', attachment }, targetIsZero });
    }
    return await fill(targets);
  } finally {
    // Also what a cancelled work had open.
    const context_ = { ...quietContext(), log: (line: string) => context.log(line) };
    for (const volume of opened) await detachVolume(storages, context_, volume);
  }
}

/** Where what was never written takes no space, a new volume reads as zeros. */
function readsAsZeros(storages: GuestStorages, { storage, format }: PlannedVolume): boolean {
  return storages
    .capabilities(storage)
    .some((row) => row.feature === 'sparse' && row.formats.includes(format));
}
