// Which device holds what, from the plan alone: partitions by disk, arrays when mirrored, LVM's names.
import { partitions, volumeGroup } from '../../../server/core/appliance-layout.ts';
import type { InstallPlan } from '../types.ts';

type Part = keyof typeof partitions;
/** What is one file system or volume group for all disks of the installation. */
export type SharedPart = 'system' | 'state' | 'guests';

export const sharedParts: readonly SharedPart[] = ['system', 'state', 'guests'];

/**
 * The node of a partition: `/dev/sda1`, but `/dev/nvme0n1p1` and `/dev/mmcblk0p1` (the kernel puts a `p` between a name
 * that ends in a digit and the number: block/partitions/core.c).
 */
export function partitionPath(disk: string, part: Part): string {
  return `${disk}${/\d$/.test(disk) ? 'p' : ''}${partitions[part].number}`;
}

/** All partitions of one disk, in the order of their numbers. */
export function partitionPaths(disk: string): string[] {
  return (Object.keys(partitions) as Part[]).map((part) => partitionPath(disk, part));
}

/** Name of the array of a part, also its name in /dev/md. */
export function arrayName(part: SharedPart): string {
  return partitions[part].name;
}

/** Where the part is used: the array when mirrored, else the only disk's partition. */
export function sharedDevice(plan: InstallPlan, part: SharedPart): string {
  if (plan.mirror) return `/dev/md/${arrayName(part)}`;
  return partitionPath(plan.disks[0]!.path, part);
}

export function volumePath(volume: string): string {
  return `/dev/${volumeGroup}/${volume}`;
}
