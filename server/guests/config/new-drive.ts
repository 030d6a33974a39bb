// What a request's drive text asks for: an existing volume, an empty CD drive, or a volume to be made.

import {
  type DriveValues,
  driveStrings,
  efiDiskString,
  tpmStateString,
} from '../../contract/qemu-disk-strings.ts';
import { invalidInput } from '../../core/errors.ts';
import { gibibyte, kibibyte, mebibyte } from '../../core/units.ts';
import { brokenPathRule, isHostPath } from '../import/import-source.ts';
import { isCloudInitVolume } from './cloud-init-keys.ts';
import { parseProperty, splitDriveKey } from './config-keys.ts';
import {
  readDrive,
  readEfiDisk,
  readTpmState,
  renderDrive,
  renderEfiDisk,
  renderTpmState,
} from './read-devices.ts';
import type { VmDrive, VmEfiDisk, VmTpmState } from './vm-model.ts';

/** A volume to be made for a drive. */
export interface VolumeAllocation {
  readonly key: string;
  readonly storage: string;
  /** Undefined: the storage's own choice. Firmware variables are always raw. */
  readonly format: 'raw' | 'qcow2' | 'vmdk' | undefined;
  /** Undefined when what is copied tells it. */
  readonly sizeBytes: number | undefined;
  /**
   * `empty`: a blank disk. `import`: a full copy of the volume or file `from`. `firmware-variables`: a copy of the firmware's
   * template for `efiDisk`. `cloud-init`: a blank one that is filled before each start.
   */
  readonly content:
    | { readonly kind: 'empty' }
    | { readonly kind: 'import'; readonly from: string }
    | { readonly kind: 'firmware-variables' }
    | { readonly kind: 'cloud-init' };
  /** The drive that will hold it, without its volume; one of the three is set. */
  readonly drive: VmDrive | undefined;
  readonly efiDisk: VmEfiDisk | undefined;
  readonly tpmState?: VmTpmState | undefined;
}

/** `storage:GIBIBYTES`. */
const allocation = /^([a-z][a-z0-9._-]*[a-z0-9]):(\d+(?:\.\d+)?)$/i;
/** An ISO image is only ever a disc: as a disk it would be taken for the guest's own volume. */
const disc = /^[^:]+:iso\//;
/** `storage:cloudinit`. */
const cloudInitDrive = /^([a-z][a-z0-9._-]*[a-z0-9]):cloudinit$/i;
/** As much as the API's peers give it, in bytes: what is generated is small, and files of the user's own may be 3 MiB together. */
export const cloudInitBytes = 4 * mebibyte;
const largestGib = 1024 ** 2;
/** What the API's peers give it; swtpm needs less than 200 KiB. */
const tpmStateBytes = 4 * mebibyte;

/** Reads a drive's text as a request may write it. The text given back is canonical. */
export function readNewDrive(
  key: string,
  text: string,
):
  | { readonly text: string; readonly volume: string | undefined }
  | { readonly allocation: VolumeAllocation } {
  if (key === 'efidisk0') return readNewEfiDisk(text);
  if (key === 'tpmstate0') return readNewTpmState(text);
  const at = splitDriveKey(key);
  if (!at) throw invalidInput({ [key]: 'is not a drive' });
  const codec = driveStrings[at.bus] as (typeof driveStrings)['ide'];
  const { format, 'import-from': from, size, ...given } = parseProperty(key, codec, text);
  const ciStorage = cloudInitDrive.exec(given.file)?.[1];
  if (ciStorage !== undefined) return { allocation: newCloudInitDrive(key, ciStorage, { ...given, from }) };
  const rest =
    disc.test(given.file) || isCloudInitVolume(given.file) ? { ...given, media: 'cdrom' as const } : given;
  const match = allocation.exec(rest.file);
  if (!match) {
    if (from !== undefined) throw invalidInput({ [key]: 'import-from needs a new volume: write storage:0' });
    const drive = readDrive(key, codec.render({ ...rest, size }));
    return { text: renderDrive(drive), volume: drive.volume };
  }
  if (rest.media === 'cdrom') throw invalidInput({ [key]: 'a CD drive takes an existing volume, or none' });
  const sizeBytes = readGibibytes(key, match[2]!);
  if (from === undefined && sizeBytes === 0) throw invalidInput({ [key]: 'a new disk needs a size' });
  const drive = readDrive(key, codec.render({ ...rest, file: `${match[1]}:new`, size: undefined }));
  return {
    allocation: {
      key,
      storage: match[1]!,
      format: imageFormat(key, format),
      sizeBytes: from === undefined ? sizeBytes : undefined,
      content: from === undefined ? { kind: 'empty' } : { kind: 'import', from: importSource(key, from) },
      drive,
      efiDisk: undefined,
    },
  };
}

/** Always raw, whatever format is wished: the guest sees a CD, and it is written as a whole. */
function newCloudInitDrive(
  key: string,
  storage: string,
  { from, ...given }: DriveValues & { readonly from: string | undefined },
): VolumeAllocation {
  const { bus } = splitDriveKey(key)!;
  if (bus === 'virtio') throw invalidInput({ [key]: 'a cloud-init drive must be on ide, sata or scsi' });
  if (from !== undefined) throw invalidInput({ [key]: 'a cloud-init drive is generated: no import-from' });
  const codec = driveStrings[bus] as (typeof driveStrings)['ide'];
  const text = codec.render({ ...given, file: `${storage}:new`, media: 'cdrom' });
  return {
    ...{ key, storage, format: 'raw', sizeBytes: cloudInitBytes, content: { kind: 'cloud-init' } },
    ...{ drive: readDrive(key, text), efiDisk: undefined },
  };
}

function readNewEfiDisk(text: string): { text: string; volume: string } | { allocation: VolumeAllocation } {
  const key = 'efidisk0';
  const { format, 'import-from': from, ...rest } = parseProperty(key, efiDiskString, text);
  if (rest.file === 'none') throw invalidInput({ [key]: 'needs a volume' });
  if (format !== undefined && format !== 'raw') throw invalidInput({ [key]: 'format must be raw' });
  const match = allocation.exec(rest.file);
  if (!match) {
    if (from !== undefined) throw invalidInput({ [key]: 'import-from needs a new volume: write storage:0' });
    const disk = readEfiDisk(efiDiskString.render(rest));
    return { text: renderEfiDisk(disk), volume: disk.volume };
  }
  return {
    allocation: {
      key,
      storage: match[1]!,
      format: 'raw',
      sizeBytes: undefined,
      content:
        from === undefined
          ? { kind: 'firmware-variables' }
          : { kind: 'import', from: importSource(key, from) },
      drive: undefined,
      efiDisk: readEfiDisk(efiDiskString.render({ ...rest, file: `${match[1]}:new`, size: undefined })),
    },
  };
}

/** However large it is wished: the emulator's file has a form of its own, which is raw. */
function readNewTpmState(text: string): { text: string; volume: string } | { allocation: VolumeAllocation } {
  const key = 'tpmstate0';
  const { format, 'import-from': from, ...rest } = parseProperty(key, tpmStateString, text);
  if (rest.file === 'none') throw invalidInput({ [key]: 'needs a volume' });
  if (format !== undefined && format !== 'raw') throw invalidInput({ [key]: 'format must be raw' });
  const match = allocation.exec(rest.file);
  if (!match) {
    if (from !== undefined) throw invalidInput({ [key]: 'import-from needs a new volume: write storage:0' });
    const state = readTpmState(tpmStateString.render(rest));
    return { text: renderTpmState(state), volume: state.volume };
  }
  return {
    allocation: {
      ...{ key, storage: match[1]!, format: 'raw' },
      sizeBytes: from === undefined ? tpmStateBytes : undefined,
      content: from === undefined ? { kind: 'empty' } : { kind: 'import', from: importSource(key, from) },
      ...{ drive: undefined, efiDisk: undefined },
      tpmState: readTpmState(tpmStateString.render({ ...rest, file: `${match[1]}:new`, size: undefined })),
    },
  };
}

function readGibibytes(key: string, text: string): number {
  const gib = Number(text);
  if (gib > largestGib) throw invalidInput({ [key]: `${text} GiB is too large` });
  // Whole KiB: a size between two sectors is refused by QEMU.
  return Math.ceil(gib * (gibibyte / kibibyte)) * kibibyte;
}

function importSource(key: string, from: string): string {
  const broken = isHostPath(from) ? brokenPathRule(from) : undefined;
  if (broken !== undefined) throw invalidInput({ [key]: `import-from: ${broken}` });
  return from;
}

function imageFormat(key: string, format: string | undefined): 'raw' | 'qcow2' | 'vmdk' | undefined {
  if (format === undefined || format === 'raw' || format === 'qcow2' || format === 'vmdk') return format;
  throw invalidInput({ [key]: `format '${format}' is not supported: use qcow2 or raw` });
}
