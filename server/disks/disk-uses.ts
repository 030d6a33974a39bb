// Who uses a disk or partition, in sentences that name them: the reason why nothing may be written to it. Pure.
import { appliancePaths, partitions } from '../core/appliance-layout.ts';
import type { BlockDevice } from '../node/block-devices.ts';
import type { DirectoryMount, VolumeGroup } from './disk-driver.ts';

/** What else there is on this node that may stand on a disk. Paths of devices are the kernel's own. */
export interface UseContext {
  readonly groups: readonly VolumeGroup[];
  readonly mounts: readonly DirectoryMount[];
  readonly storages: readonly StoragePlace[];
  /** Devices and folders of this node that guests have in their configuration. */
  readonly guestPaths: readonly { readonly guest: string; readonly path: string }[];
}

/** Where a configured storage lies. */
export interface StoragePlace {
  readonly id: string;
  readonly vgname: string | undefined;
  /** Of those that lie in a thin pool of the group. */
  readonly thinpool: string | undefined;
  /** Folders and devices that its options name. */
  readonly paths: readonly string[];
}

/** Mounts without which this machine does not run or does not start. */
const systemMounts = new Set([
  ...['/', '/boot', '/boot/efi', '/efi', '/usr', '/var', '/run/live/medium', '/lib/live/mount/medium'],
  ...[appliancePaths.state, appliancePaths.system, appliancePaths.medium],
]);
/** GPT types of partitions that firmware starts from (uefi.org; gnu.org/software/grub). */
const startTypes = new Set([
  'c12a7328-f81f-11d2-ba4b-00a0c93ec93b',
  '21686148-6449-6e6f-744e-656564454649',
  '0xef',
]);
const ownNames: ReadonlySet<string> = new Set(Object.values(partitions).map(({ name }) => name));

/** A device with all that stands on it, itself first. */
export function withAbove(device: BlockDevice): BlockDevice[] {
  return [device, ...device.children.flatMap(withAbove)];
}

/** Is it a disk that this machine runs from? */
function isSystemDisk(disk: BlockDevice): boolean {
  return withAbove(disk).some(({ mountpoints }) => mountpoints.some((point) => systemMounts.has(point)));
}

/** Empty: nobody does. `device` is the disk itself or one of its partitions. */
export function usesOf(disk: BlockDevice, device: BlockDevice, context: UseContext): string[] {
  const found: string[] = [];
  if (device.readOnly) found.push(`${device.path} is read-only`);
  if (isSystemDisk(disk) && isForStart(device)) found.push(`${device.path} is what this machine starts from`);
  // Whoever has the whole disk has its partitions.
  const nodes = device.path === disk.path ? withAbove(disk) : [disk, ...withAbove(device)];
  for (const node of nodes) found.push(...usesOfNode(node, context));
  return [...new Set(found)];
}

function isForStart({ partType, partLabel }: BlockDevice): boolean {
  return startTypes.has(partType) || ownNames.has(partLabel);
}

function usesOfNode(node: BlockDevice, context: UseContext): string[] {
  const found: string[] = [];
  for (const point of node.mountpoints) found.push(mountUse(node, point, context));
  const group = groupOf(node, context.groups);
  if (group) found.push(...groupUses(node, group, context));
  for (const above of node.children) {
    if (above.type === 'part' || (above.type === 'lvm' && group)) continue;
    found.push(`${node.path} is part of ${aboveText(above)}`);
  }
  for (const { guest, path } of context.guestPaths)
    if (path === node.path) found.push(`${guest} has ${node.path}`);
  for (const { id, paths } of context.storages)
    if (paths.includes(node.path)) found.push(`storage '${id}' lies on ${node.path}`);
  return found;
}

function mountUse(node: BlockDevice, point: string, { mounts, storages }: UseContext): string {
  if (point === '[SWAP]') return `${node.path} is swap space in use`;
  if (systemMounts.has(point)) return `${node.path} is mounted at ${point}: this machine runs from it`;
  const directory = mounts.find(({ path }) => path === point);
  const what = directory ? ` as directory '${directory.name}'` : '';
  const lying = storages.filter(({ paths }) => paths.some((path) => isBelow(path, point)));
  const whose = lying.length > 0 ? ` (${storageNames(lying)})` : '';
  return `${node.path} is mounted at ${point}${what}${whose}`;
}

/** Of the devices those that are mounted as the directory; when none is, those with its file system, of which there may be copies. */
export function devicesOf(
  devices: readonly BlockDevice[],
  { path, uuid }: Pick<DirectoryMount, 'path' | 'uuid'>,
): readonly BlockDevice[] {
  const mounted = devices.filter(({ mountpoints }) => mountpoints.includes(path));
  return mounted.length > 0 ? mounted : devices.filter((device) => device.uuid === uuid);
}

/** The group that the device belongs to. */
export function groupOf(node: BlockDevice, groups: readonly VolumeGroup[]): VolumeGroup | undefined {
  return groups.find(({ devices }) => devices.some(({ device }) => device === node.path));
}

function groupUses(node: BlockDevice, group: VolumeGroup, { storages }: UseContext): string[] {
  const owners = storages.filter(({ vgname }) => vgname === group.name);
  const active = group.volumes.filter((volume) => volume.active).map(({ name }) => name);
  const belongs = `${node.path} belongs to the volume group '${group.name}'`;
  return [
    ...(owners.length > 0 ? [`${belongs} of ${storageNames(owners)}`] : []),
    ...(active.length > 0 ? [`${belongs}, whose volumes ${listed(active)} are switched on`] : []),
  ];
}

function aboveText({ type, path }: BlockDevice): string {
  if (type.startsWith('raid') || type === 'linear') return `the array ${path}`;
  if (type === 'crypt') return `the encrypted volume ${path}`;
  if (type === 'mpath') return `${path}, which has several ways to one disk`;
  if (type === 'lvm') return `the logical volume ${path}`;
  return `${path} (${type})`;
}

function storageNames(storages: readonly StoragePlace[]): string {
  return storages.map(({ id }) => `storage '${id}'`).join(', ');
}

/** Is the path the folder or in it? */
export function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder === '/' ? '' : folder}/`);
}

/** A few names, and how many more there are. */
export function listed(names: readonly string[], most = 6): string {
  const more = names.length - most;
  return more > 0 ? `${names.slice(0, most).join(', ')} and ${more} more` : names.join(', ');
}
