// This node's block devices as lsblk(8) has them, and as the API's list of disks shows them. Pure.
import { z } from 'zod';
import type { DiskItem } from '../contract/node-disks.ts';
import { flag } from '../contract/reply.ts';
import { AppError } from '../core/errors.ts';

export interface BlockDevice {
  /** `/dev/sda`. */
  readonly path: string;
  /** `sda`; what the kernel calls it. */
  readonly name: string;
  /** `disk`, `part`, `lvm`, `crypt`, `raid1`, `loop`, `rom`, ... */
  readonly type: string;
  readonly sizeBytes: number;
  readonly model: string;
  readonly vendor: string;
  readonly serial: string;
  readonly wwn: string;
  readonly rotational: boolean;
  /** `sata`, `nvme`, `usb`, `virtio`, ...; empty when not known. */
  readonly transport: string;
  readonly fsType: string;
  /** `gpt`, `dos`; of the table that is on it, or that it stands in. */
  readonly tableType: string;
  readonly partType: string;
  readonly mounted: boolean;
  /** Where it is mounted; `[SWAP]` for swap in use. */
  readonly mountpoints: readonly string[];
  /** Of the file system; people and strangers wrote it. */
  readonly label: string;
  readonly uuid: string;
  /** Name of the partition in its table. */
  readonly partLabel: string;
  readonly readOnly: boolean;
  readonly children: readonly BlockDevice[];
}

const columns = [
  ...['NAME', 'KNAME', 'PATH', 'TYPE', 'SIZE', 'MODEL', 'VENDOR', 'SERIAL', 'WWN', 'ROTA', 'TRAN'],
  ...['FSTYPE', 'PTTYPE', 'PARTTYPE', 'MOUNTPOINTS', 'LABEL', 'UUID', 'PARTLABEL', 'RO'],
];
export const lsblkArgs = ['--json', '--bytes', '--tree', '--output', columns.join(',')] as const;

const text = z
  .string()
  .nullish()
  .transform((value) => (value ?? '').replace(/[\x00-\x1f\x7f]/g, '').trim());
const row: z.ZodType<BlockDevice> = z
  .object({
    kname: text,
    path: text,
    type: text,
    size: z.coerce.number().catch(0),
    model: text,
    vendor: text,
    serial: text,
    wwn: text,
    rota: z.union([z.boolean(), z.enum(['0', '1'])]).nullish(),
    tran: text,
    fstype: text,
    pttype: text,
    parttype: text,
    mountpoints: z.array(z.string().nullable()).nullish(),
    label: text,
    uuid: text,
    partlabel: text,
    ro: z.union([z.boolean(), z.enum(['0', '1'])]).nullish(),
    children: z.lazy(() => z.array(row)).optional(),
  })
  .transform(
    (device): BlockDevice => ({
      path: device.path,
      name: device.kname,
      type: device.type,
      sizeBytes: device.size,
      model: device.model,
      vendor: device.vendor,
      serial: device.serial,
      wwn: device.wwn,
      rotational: device.rota === true || device.rota === '1',
      transport: device.tran,
      fsType: device.fstype,
      tableType: device.pttype,
      partType: device.parttype.toLowerCase(),
      mounted: (device.mountpoints ?? []).some((point) => point !== null && point !== ''),
      mountpoints: (device.mountpoints ?? []).filter(
        (point): point is string => point !== null && point !== '',
      ),
      label: device.label,
      uuid: device.uuid,
      partLabel: device.partlabel,
      readOnly: device.ro === true || device.ro === '1',
      children: device.children ?? [],
    }),
  );
const output = z.object({ blockdevices: z.array(row) });

/** Rejects what is no output of `lsblk --json`. */
export function readLsblk(json: string): BlockDevice[] {
  let read: unknown;
  try {
    read = JSON.parse(json);
  } catch (error) {
    throw unreadable(String(error));
  }
  const result = output.safeParse(read);
  if (!result.success) throw unreadable(result.error.message);
  return result.data.blockdevices;
}

function unreadable(detail: string): AppError {
  return new AppError('command-failed', 'list the disks: what lsblk says cannot be read', { detail });
}

/** RAM, loop files and network block devices are no disks of this machine; a card reader without a card has no size. */
export function isDisk({ type, name, sizeBytes }: BlockDevice): boolean {
  return type === 'disk' && sizeBytes > 0 && !/^(ram|zram|loop|nbd|rbd|drbd|zd|fd)\d/.test(name);
}

/** Kinds of partitions by their GPT type (uefi.org, systemd.io/DISCOVERABLE_PARTITIONS). */
const partitionKinds: Readonly<Record<string, string>> = {
  '21686148-6449-6e6f-744e-656564454649': 'BIOS boot',
  'c12a7328-f81f-11d2-ba4b-00a0c93ec93b': 'EFI',
  '6a945a3b-1dd2-11b2-99a6-080020736631': 'ZFS reserved',
};
const memberKinds: Readonly<Record<string, string>> = { LVM2_member: 'LVM', zfs_member: 'ZFS' };

/** What the API calls the use of a disk or partition; undefined: none. */
export function usageOf(device: BlockDevice): string | undefined {
  const { fsType, partType, children, mounted } = device;
  const own = memberKinds[fsType] ?? partitionKinds[partType];
  if (own !== undefined) return own;
  if (fsType !== '') return fsType;
  if (children.some(({ type }) => type === 'part')) return 'partitions';
  if (mounted) return 'mounted';
  if (children.some(({ type }) => type === 'lvm')) return 'LVM';
  // Something stands on it: RAID, encryption, several ways to one disk.
  return children.length > 0 ? 'Device Mapper' : undefined;
}

/** The kind of a disk. What says of itself that it turns may be a virtual disk, which has no say in it. */
function kindOf({ name, transport, rotational }: BlockDevice): DiskItem['type'] {
  if (transport === 'nvme' || name.startsWith('nvme')) return 'nvme';
  if (transport === 'usb') return 'usb';
  if (transport === 'virtio' || /^(vd|xvd)/.test(name)) return 'unknown';
  return rotational ? 'hdd' : 'ssd';
}

/** The line of a disk or partition, before it is asked for its health. `links`: path by kernel name, from /dev/disk/by-id. */
export function diskItemOf(
  device: BlockDevice,
  links: ReadonlyMap<string, string>,
  disk?: BlockDevice,
): DiskItem {
  const used = usageOf(device);
  const link = links.get(device.name);
  return {
    devpath: device.path,
    ...(link === undefined ? {} : { by_id_link: link }),
    size: device.sizeBytes,
    type: kindOf(disk ?? device),
    ...(used === undefined ? {} : { used }),
    gpt: flag(device.tableType === 'gpt'),
    ...(device.mounted ? { mounted: 1 as const } : {}),
    model: device.model || (disk?.model ?? '') || 'unknown',
    // What a bus has for a vendor is often a number or a mere `ATA`.
    vendor: device.vendor || (disk?.vendor ?? '') || 'unknown',
    serial: device.serial || (disk?.serial ?? '') || 'unknown',
    wwn: device.wwn || (disk?.wwn ?? '') || 'unknown',
    rpm: kindOf(disk ?? device) === 'ssd' || kindOf(disk ?? device) === 'nvme' ? 0 : -1,
    ...{ health: 'UNKNOWN', wearout: 'N/A' as const, osdid: -1, 'osdid-list': null },
    ...(disk ? { parent: disk.path } : {}),
    ...((disk ?? device).transport === '' ? {} : { bus: (disk ?? device).transport }),
  };
}

/** Does it pass the list's `type`? `journal_disks`: there is room for a journal on it. */
export function passesType({ used, gpt }: DiskItem, type: 'unused' | 'journal_disks' | undefined): boolean {
  if (type === undefined || used === undefined) return true;
  return type === 'journal_disks' && ((used === 'partitions' && gpt === 1) || used === 'LVM');
}
