// VMA, Proxmox VE's archive of a virtual machine: its numbers, its names, and how a damaged archive is reported.
// Described in `vma_spec.txt` of pve-qemu; what that leaves open follows what its programs write and accept.
import { AppError } from '../../core/errors.ts';

/** What is stored or left out as a whole: a block of zeros is not stored. */
export const blockBytes = 4096;
/** What an extent lists; a device is made of these, its last one may be partial. */
export const clusterBytes = 65_536;
export const blocksPerCluster = clusterBytes / blockBytes;
/** Mask of a cluster all of whose blocks are stored. */
export const fullMask = 0xffff;
export const clustersPerExtent = 59;
export const extentHeaderBytes = 512;
export const largestExtentBytes = extentHeaderBytes + clustersPerExtent * clusterBytes;
/** The header up to its blobs. */
export const fixedHeaderBytes = 12_288;
/** Ours: Proxmox VE's writer stops at 512 KiB, its reader at 2 GiB. The header is held in memory before anything is known about it. */
export const largestHeaderBytes = 4 * 1024 ** 2;
/** A blob's length has two bytes. */
export const largestBlobBytes = 65_535;
export const configSlots = 256;
/** Device 0 means "nothing here". */
export const deviceSlots = 256;
/** Proxmox VE lists and checks devices 1 to 254 only, though its header has room for 255. */
export const mostDevicesWritten = 254;
/** A cluster's number has four bytes. */
export const largestDeviceBytes = 2 ** 32 * clusterBytes;
/** QEMU's unit; a reader that counts in it loses the rest of a device. */
export const sectorBytes = 512;

/** The memory of a running machine. Proxmox VE's format has it; its backups have long ceased to. */
export const stateDevice = 'vmstate';

/** A file beside the disks, such as `qemu-server.conf` or `qemu-server.fw`. */
export interface VmaConfig {
  /** One path component: letters, digits, `.`, `_`, `-`; begins with a letter, a digit or `_`. */
  readonly name: string;
  /** As stored; by custom UTF-8 text. At most 65535 bytes. */
  readonly content: Uint8Array;
}

export interface VmaDevice {
  /** `dev_id` of the archive, 1 to 255. */
  readonly id: number;
  /** As `isDeviceName` wants it. */
  readonly name: string;
  /** Of a disk its size; of `vmstate` a guess made beforehand (the machine's memory). */
  readonly bytes: number;
}

export function isState(device: Pick<VmaDevice, 'name'>): boolean {
  return device.name === stateDevice;
}

const devicePattern = /^drive-([a-z]{1,16}\d{1,3})(?:-backup)?$/;

/**
 * May a device be called this: `vmstate`, or `drive-` and a disk's key of the configuration (`drive-scsi0`), and for a
 * TPM `drive-tpmstate0-backup`. Asked for by `renderVmaHeader` and `readVmaHeader`, so that no other name comes out of
 * an archive or gets into one. Whether the configuration has such a disk is for the restore to ask.
 */
export function isDeviceName(name: string): boolean {
  return name === stateDevice || devicePattern.test(name);
}

/** The device that holds a disk: `scsi0` gives `drive-scsi0`. The TPM's has another name, as in Proxmox VE. */
export function deviceNameOf(diskKey: string): string {
  return /^tpmstate\d+$/.test(diskKey) ? `drive-${diskKey}-backup` : `drive-${diskKey}`;
}

/** The disk that a device holds: `drive-scsi0` gives `scsi0`; undefined for `vmstate` and for what is not a device's name. */
export function diskKeyOf(deviceName: string): string | undefined {
  return devicePattern.exec(deviceName)?.[1];
}

/** May a configuration be called this: safe as the name of a file, and to be shown. */
export function isConfigName(name: string): boolean {
  return /^\w[\w.-]{0,254}$/.test(name);
}

/** How many clusters a device of this size has. */
export function clusterCount(bytes: number): number {
  return Math.ceil(bytes / clusterBytes);
}

/** `at`: offset in the archive as it is without compression. */
export function damaged(at: number, what: string): AppError {
  return new AppError('invalid-input', `the VMA archive is damaged at byte ${at}: ${what}`, { data: { at } });
}

/** `at`: where the archive ends though it should go on. */
export function cutOff(at: number, what: string): AppError {
  return new AppError('invalid-input', `the VMA archive is cut off at byte ${at}: ${what}`, { data: { at } });
}
