// What can be done with a disk or partition of the list, and what it is used for in short. Pure.
import type { DiskItem } from '../../../server/contract/node-disks.ts';

/** Nothing is on it, not even partitions: something can be made on it without wiping. */
export function isFree(item: DiskItem): boolean {
  return item.used === undefined && item.mounted !== 1;
}

/** Disks and partitions on which something can be made, for a list to choose from. */
export function freeDevices(items: readonly DiskItem[]): DiskItem[] {
  return items.filter(isFree);
}

/** `LVM: vg0`. */
export function groupText({ used, vgname }: DiskItem): string | undefined {
  return used === 'LVM' && vgname !== undefined && vgname !== '' ? `LVM: ${vgname}` : undefined;
}

/** The API takes only such paths for wiping and initialising: those that the kernel has. */
export function isPlainPath(path: string): boolean {
  return /^\/dev\/[a-zA-Z0-9/]+$/.test(path);
}

/** Last part of the path: what is typed before it is wiped. */
export function shortName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
