// What is on a disk or partition and would be lost with it, in sentences. Pure.
import type { BlockDevice } from '../node/block-devices.ts';
import type { Signature, VolumeGroup } from './disk-driver.ts';
import { groupOf, listed } from './disk-uses.ts';

const tables: Readonly<Record<string, string>> = {
  gpt: 'GPT',
  dos: 'MBR',
  mac: 'Apple',
  sun: 'Sun',
  bsd: 'BSD',
};
/** Of a table, not of data. */
const tableMarks = new Set([...Object.keys(tables), 'PMBR', 'atari', 'sgi']);

const marks: Readonly<Record<string, string>> = {
  swap: 'swap space',
  crypto_LUKS: 'an encrypted volume (LUKS)',
  BitLocker: 'an encrypted Windows volume (BitLocker)',
  linux_raid_member: 'a member of a Linux RAID',
  zfs_member: 'a member of a ZFS pool',
  drbd: 'a DRBD replica',
  bcache: 'a cache (bcache)',
  ceph_bluestore: 'a Ceph OSD',
  VMFS_volume_member: 'a VMware datastore',
  isw_raid_member: 'a member of a RAID of the mainboard',
  ddf_raid_member: 'a member of a RAID of the mainboard',
};

/** Is the mark one of data, and not of a partition table? */
export function isData({ type }: Signature): boolean {
  return !tableMarks.has(type);
}

/** Empty: nothing. An empty partition table is nothing. */
export function lossesOf(
  device: BlockDevice,
  signatures: readonly Signature[],
  groups: readonly VolumeGroup[],
): string[] {
  const parts = device.children.filter(({ type }) => type === 'part');
  const table = signatures.find((one) => one.device === device.path && one.type in tables);
  return [
    ...(parts.length > 0
      ? [
          `${device.path}: partition table (${tables[table?.type ?? device.tableType] ?? (device.tableType || 'unknown')}) with ${parts.length} partition${parts.length === 1 ? '' : 's'}`,
        ]
      : []),
    ...[device, ...parts].flatMap((node) => lossesOfNode(node, signatures, groups)),
  ];
}

function lossesOfNode(
  node: BlockDevice,
  signatures: readonly Signature[],
  groups: readonly VolumeGroup[],
): string[] {
  const group = groupOf(node, groups);
  const own = signatures.filter((one) => one.device === node.path && isData(one));
  // The tools' database may know what a look at the device does not tell, as on a disk that fails.
  const found = own.length > 0 || node.fsType === '' ? own : [{ ...node, type: node.fsType }];
  const size = readableSize(node.sizeBytes);
  const text = found.map((one) => `${node.path}: ${markText(one, group)}, ${size}`);
  return text.length === 0 && node.type === 'part' ? [`${node.path}: no known contents, ${size}`] : text;
}

function markText(
  { type, label, uuid }: { readonly type: string; readonly label: string; readonly uuid: string },
  group: VolumeGroup | undefined,
): string {
  if (type === 'LVM2_member') return groupText(group);
  const named = [label === '' ? '' : `‘${label}’`, uuid === '' ? '' : `UUID ${uuid}`].filter(Boolean);
  return [marks[type] ?? `file system ${type}`, ...named].join(' ');
}

function groupText(group: VolumeGroup | undefined): string {
  if (!group) return 'LVM, in no volume group';
  const names = group.volumes.map(({ name }) => name);
  const others = group.devices.length - 1;
  const wider = others > 0 ? `, which also has ${others} other disk${others === 1 ? '' : 's'}` : '';
  return `volume group '${group.name}'${wider}, ${names.length === 0 ? 'without volumes' : `with ${listed(names)}`}`;
}

function readableSize(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let value = bytes;
  let unit = 0;
  // As makers of disks count.
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}
