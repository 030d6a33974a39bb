// What is on a disk, in words that its owner knows. Pure.
import { partitions, volumeGroup } from '../../server/core/appliance-layout.ts';
import type { Signature } from './observe-signature.ts';

/** Partition types: GPT (UEFI specification, Microsoft, freedesktop.org) and MBR (as blkid prints them). */
const partitionTypes: Readonly<Record<string, string>> = {
  'c12a7328-f81f-11d2-ba4b-00a0c93ec93b': 'EFI system partition',
  '0xef': 'EFI system partition',
  '21686148-6449-6e6f-744e-656564454649': 'BIOS boot partition',
  'e3c9e316-0b5c-4db8-817d-f92df00215ae': 'Windows reserved partition',
  'de94bba4-06d1-4d40-a16a-bfd50179d6ac': 'Windows recovery',
  '0x27': 'Windows recovery',
  '6a898cc3-1dd2-11b2-99a6-080020736631': 'ZFS or Solaris',
  '6a945a3b-1dd2-11b2-99a6-080020736631': 'ZFS reserved partition',
  '0x5': 'extended partition',
  '0xf': 'extended partition',
  '0x85': 'extended partition',
};
const espTypes = new Set(['c12a7328-f81f-11d2-ba4b-00a0c93ec93b', '0xef']);
const windowsTypes = new Set([
  'e3c9e316-0b5c-4db8-817d-f92df00215ae',
  'de94bba4-06d1-4d40-a16a-bfd50179d6ac',
  '0x27',
]);

/** Signatures by blkid's name (libblkid/src/superblocks), but those whose words need more than the name. */
const signatureTypes: Readonly<Record<string, string>> = {
  BitLocker: 'Windows, encrypted (BitLocker)',
  apfs: 'macOS (APFS)',
  hfs: 'macOS (HFS)',
  hfsplus: 'macOS (HFS+)',
  ufs: 'BSD file system (UFS)',
  exfat: 'files (exFAT)',
  vfat: 'files (FAT)',
  iso9660: 'disc image (ISO 9660)',
  udf: 'disc image (UDF)',
  squashfs: 'live system (squashfs)',
  swap: 'Linux swap',
  swsuspend: 'Linux, suspended to disk',
  crypto_LUKS: 'Linux, encrypted (LUKS)',
  ceph_bluestore: 'Ceph OSD',
  VMFS: 'VMware datastore (VMFS)',
  VMFS_volume_member: 'VMware datastore (VMFS)',
  drbd: 'DRBD replica',
  bcache: 'Linux cache (bcache)',
  isw_raid_member: 'member of a RAID of the mainboard (Intel)',
  ddf_raid_member: 'member of a RAID of the mainboard (DDF)',
  nvidia_raid_member: 'member of a RAID of the mainboard (NVIDIA)',
  promise_fasttrack_raid_member: 'member of a RAID of the mainboard (Promise)',
};
const linuxTypes =
  /^(ext[234]|ext4dev|xfs|btrfs|f2fs|jfs|reiserfs|reiser4|nilfs2|bcachefs|ocfs2|gfs2|erofs)$/;

const ours: Readonly<Record<string, string>> = {
  [partitions.bios.name]: 'Croft: start for BIOS',
  [partitions.esp.name]: 'Croft: start',
  [partitions.system.name]: 'Croft: system',
  [partitions.state.name]: 'Croft: settings',
  [partitions.guests.name]: 'Croft: guests',
};

export interface ContentContext {
  /** Of the volume's group; undefined when not known. */
  readonly group: string | undefined;
  /** Is Windows on the same disk, by what else is there? */
  readonly windows: boolean;
}

/** Does the signature show that Windows was installed on this disk, not just files in its format? */
export function showsWindows(signature: Signature): boolean {
  return (
    windowsTypes.has(signature.partType) ||
    signature.type === 'BitLocker' ||
    (signature.type === 'ntfs' && /^(system reserved|recovery|windows.*)$/i.test(signature.label))
  );
}

/** A few words for one partition or whole disk: `Windows (NTFS)`, `Proxmox VE (LVM volume group pve)`. */
export function describeContent(signature: Signature, context: ContentContext): string {
  const own = ours[signature.partName];
  if (own !== undefined) return own;
  const { type, label } = signature;
  const recovery = partitionTypes[signature.partType] === 'Windows recovery';
  if (type === 'ntfs' && recovery) return 'Windows recovery (NTFS)';
  if (type === 'ntfs') return context.windows ? 'Windows (NTFS)' : 'Windows files (NTFS)';
  if (type === 'ReFS') return 'Windows files (ReFS)';
  if (type === 'vfat' && espTypes.has(signature.partType)) return 'EFI system partition';
  if (linuxTypes.test(type)) return `Linux file system (${type})`;
  if (type === 'LVM2_member') return describeGroup(context.group);
  if (type === 'linux_raid_member')
    return label === '' ? 'member of a Linux RAID' : `member of Linux RAID ${label}`;
  if (type === 'zfs_member') return label === '' ? 'ZFS' : `ZFS pool ${label}`;
  if (type !== '') return signatureTypes[type] ?? `unknown to Croft (${type})`;
  return partitionTypes[signature.partType] ?? 'partition without a known file system';
}

function describeGroup(group: string | undefined): string {
  if (group === undefined) return 'LVM';
  if (group === '') return 'LVM, not in use';
  if (group === 'pve') return 'Proxmox VE (LVM volume group pve)';
  if (group === volumeGroup) return `Croft: guests (LVM volume group ${group})`;
  return group.startsWith('ceph-') ? `Ceph OSD (LVM volume group ${group})` : `LVM volume group ${group}`;
}
