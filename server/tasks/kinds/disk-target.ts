// What tasks on disks have alike: the device that they were asked for, whether it is still that, and whether it is free.
import { AppError } from '../../core/errors.ts';
import type { DiskService, FoundDevice } from '../../disks/disk-service.ts';
import type { StorageService } from '../../storage/storage-service.ts';
import type { LockRef } from '../task.ts';

export interface DiskKindParts {
  readonly disks: DiskService;
  readonly storages: Pick<StorageService, 'configs' | 'create' | 'remove' | 'declaration'>;
  /** This node's name. */
  readonly node: string;
  /** Guests with volumes on a storage: `VM 100`. */
  storageUsers(id: string): readonly string[];
}

export interface DiskTarget {
  /** The kernel's path: `/dev/sdb`, `/dev/sdb1`. */
  readonly device: string;
  /** Of the disk when the task was asked for: another one that has got its name since is left alone. */
  readonly hardware: string;
  /** Also what was on it, if the caller named what it had seen. */
  readonly expected?: string | undefined;
}

/** One task writes to disks at a time: each looks at all of them first. */
export const diskLocks: readonly LockRef[] = [{ scope: 'name', id: 'the disks of this node' }];

/** The device of a task that may begin. `wrong-state` when it is not the one that was asked for. */
export async function findTarget(
  { disks }: Pick<DiskKindParts, 'disks'>,
  { device, hardware, expected }: DiskTarget,
  signal: AbortSignal,
): Promise<FoundDevice> {
  return await disks.findExpected(device, { hardware, identity: expected }, signal);
}

/** The device of a task that has begun and has changed it. */
export async function findBegun(
  { disks }: Pick<DiskKindParts, 'disks'>,
  { device, hardware }: DiskTarget,
  signal: AbortSignal,
): Promise<FoundDevice> {
  return await disks.findExpected(device, { hardware }, signal);
}

/** `busy`, saying by what. */
export function requireIdle({ device, uses }: FoundDevice): void {
  if (uses.length > 0)
    throw new AppError('busy', `${device.path} is in use: ${uses.join('; ')}`, { data: { uses } });
}

/** Also `wrong-state`, saying what is on it. */
export function requireEmpty(found: FoundDevice): void {
  requireIdle(found);
  const { device, empty, losses } = found;
  if (!empty)
    throw new AppError('wrong-state', `${device.path} is not empty: ${losses.join('; ')}. Wipe it first`, {
      data: { losses },
    });
}

/** `wrong-state` for a partition. */
export function requireWhole({ disk, device }: FoundDevice): void {
  if (disk.path !== device.path)
    throw new AppError(
      'wrong-state',
      `${device.path} is a partition: only a whole disk can have a partition table`,
    );
}

/** Erases a disk with all its partitions, or a partition. Repeatable. */
export async function eraseAll(
  { disks }: Pick<DiskKindParts, 'disks'>,
  { disk, device }: FoundDevice,
  signal: AbortSignal,
): Promise<void> {
  // Partitions first: what is on them would show up again in a new table with the same borders.
  const parts = device.children.filter(({ type }) => type === 'part');
  for (const { path } of parts) await disks.driver.erase(path, 'part', signal);
  await disks.driver.erase(device.path, device.path === disk.path ? 'disk' : 'part', signal);
}
