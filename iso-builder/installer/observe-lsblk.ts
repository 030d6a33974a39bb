// The machine's block devices as lsblk has them: a tree.
import { z } from 'zod';
import { AppError } from '../../server/core/errors.ts';
import type { Exec } from '../../server/core/exec.ts';

export interface BlockNode {
  readonly name: string;
  readonly path: string;
  /** `disk`, `part`, `lvm`, `crypt`, `raid1`, `loop`, `rom`, `mpath`, ... */
  readonly type: string;
  readonly sizeBytes: number;
  readonly readOnly: boolean;
  readonly removable: boolean;
  readonly model: string;
  readonly serial: string;
  /** Empty when not known. */
  readonly transport: string;
  readonly rotational: boolean;
  readonly sectorBytes: number;
  /** Of the udev database; empty without one. */
  readonly fsType: string;
  readonly label: string;
  readonly partName: string;
  readonly partType: string;
  /** `[SWAP]` for swap. */
  readonly mountpoints: readonly string[];
  readonly children: readonly BlockNode[];
}

/** Columns that all versions since util-linux 2.37 (`MOUNTPOINTS`) have. */
const columns = [
  'NAME',
  'PATH',
  'TYPE',
  'SIZE',
  'RO',
  'RM',
  'MODEL',
  'VENDOR',
  'SERIAL',
  'TRAN',
  'ROTA',
  'LOG-SEC',
  'FSTYPE',
  'LABEL',
  'PARTLABEL',
  'PARTTYPE',
  'MOUNTPOINTS',
];

/** Arguments of lsblk(8). `--all`: also card readers without a card; without it, devices of size 0 are missing. */
const lsblkArgs = ['--json', '--bytes', '--all', '--output', columns.join(',')] as const;

const text = z
  .string()
  .nullish()
  .transform((value) => plain(value ?? ''));
const flag = z
  .union([z.boolean(), z.enum(['0', '1'])])
  .nullish()
  .transform((value) => value === true || value === '1');
const count = z.coerce.number().catch(0);

const node = z.object({
  name: z.string(),
  path: z.string(),
  type: text,
  size: count,
  ro: flag,
  rm: flag,
  model: text,
  vendor: text,
  serial: text,
  tran: text,
  rota: flag,
  'log-sec': count,
  fstype: text,
  label: text,
  partlabel: text,
  parttype: text,
  mountpoints: z.array(z.string().nullable()).nullish(),
  get children() {
    return z.array(node).optional();
  },
});

/**
 * The trees of these disks (paths), or of all devices that stand on no other. Rejects with `command-failed` when lsblk fails,
 * or a disk is not there.
 */
export async function listBlockDevices(exec: Exec, disks: readonly string[] = []): Promise<BlockNode[]> {
  const { stdout } = await exec('lsblk', [...lsblkArgs, ...disks], { intention: 'list the disks' });
  return readLsblk(stdout);
}

/** The trees, one for each device that stands on no other. Throws `command-failed` when it is not lsblk's JSON. */
export function readLsblk(output: string): BlockNode[] {
  try {
    return z
      .object({ blockdevices: z.array(node) })
      .parse(JSON.parse(output))
      .blockdevices.map(readNode);
  } catch (cause) {
    throw new AppError('command-failed', 'read the list of disks: not what lsblk prints', {
      detail: output.slice(0, 2000),
      cause,
    });
  }
}

function readNode(raw: z.output<typeof node>): BlockNode {
  return {
    name: raw.name,
    path: raw.path,
    type: raw.type,
    sizeBytes: raw.size,
    readOnly: raw.ro,
    removable: raw.rm,
    model: modelOf(raw.vendor, raw.model),
    serial: raw.serial,
    transport: raw.tran || transportOf(raw.name),
    rotational: raw.rota,
    sectorBytes: raw['log-sec'] || 512,
    fsType: raw.fstype,
    label: raw.label,
    partName: raw.partlabel,
    partType: raw.parttype.toLowerCase(),
    mountpoints: (raw.mountpoints ?? []).filter((point) => point !== null),
    children: (raw.children ?? []).map(readNode),
  };
}

/** `ATA` is what the kernel says of every SATA disk, `0x1af4` of virtio: no names. */
function modelOf(vendor: string, model: string): string {
  if (vendor === 'ATA' || vendor.startsWith('0x') || model.startsWith(vendor)) return model;
  return `${vendor} ${model}`.trim();
}

function transportOf(name: string): string {
  if (name.startsWith('vd')) return 'virtio';
  return name.startsWith('mmcblk') ? 'mmc' : '';
}

/** Names come from the disks themselves: no control characters, no blanks around. */
export function plain(value: string): string {
  return value.trim().replace(/[\x00-\x1f\x7f-\x9f]/g, '?');
}

/** The node and all that stands on it. */
export function withDescendants(top: BlockNode): BlockNode[] {
  return [top, ...top.children.flatMap(withDescendants)];
}
