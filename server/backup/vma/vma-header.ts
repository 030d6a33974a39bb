// The header of a VMA archive: id, time, devices and configurations, with an MD5 over all of it.
import { hash } from 'node:crypto';
import { AppError } from '../../core/errors.ts';
import { BlobBuffer, type BlobPointer, BlobReader } from './vma-blobs.ts';
import {
  configSlots,
  damaged,
  deviceSlots,
  fixedHeaderBytes,
  isConfigName,
  isDeviceName,
  isState,
  largestDeviceBytes,
  largestHeaderBytes,
  mostDevicesWritten,
  sectorBytes,
  type VmaConfig,
  type VmaDevice,
} from './vma-format.ts';

const magic = 'VMA\0';
const version = 1;
/** Where the fields stand. All numbers are big-endian; what is not named is reserved. */
const field = {
  version: 4,
  uuid: 8,
  ctime: 24,
  md5: 32,
  blobOffset: 48,
  blobBytes: 52,
  headerBytes: 56,
  configNames: 2044,
  configData: 3068,
  devices: 4096,
};
const deviceEntryBytes = 32;
/** Of an entry: where its size stands. */
const deviceSize = 8;
/** The last second of the year 9999: beyond it a date cannot be written as usual. */
const latestTime = 253_402_300_799;

export interface VmaHeader {
  /** `xxxxxxxx-xxxx-…`, small letters; the extents carry it too. */
  readonly uuid: string;
  /** When the backup was made: seconds since the epoch. */
  readonly ctime: number;
  readonly configs: readonly VmaConfig[];
  /** By their ids, ascending. */
  readonly devices: readonly VmaDevice[];
}

/**
 * The header as Proxmox VE reads it; its length is a multiple of 512. Throws `invalid-input` for what the format or its
 * readers cannot hold: names, double names, sizes (of 0, above 256 TiB, not of whole sectors), more than 254 devices or
 * 256 configurations, more than 4 MiB.
 */
export function renderVmaHeader({ uuid, ctime, configs, devices }: VmaHeader): Buffer {
  if (configs.length > configSlots) throw unfit(`${configs.length} configurations`);
  if (!isTime(ctime)) throw unfit(`time ${ctime}`);
  const header = Buffer.alloc(fixedHeaderBytes);
  const blobs = new BlobBuffer();
  header.write(magic, 'latin1');
  header.writeUInt32BE(version, field.version);
  uuidBytes(uuid).copy(header, field.uuid);
  header.writeBigInt64BE(BigInt(ctime), field.ctime);
  const configNames = new Set<string>();
  configs.forEach(({ name, content }, slot) => {
    if (!isConfigName(name) || configNames.has(name)) throw unfit(`the configuration ${shown(name)}`);
    configNames.add(name);
    header.writeUInt32BE(blobs.addName(name, shown(name)), field.configNames + 4 * slot);
    header.writeUInt32BE(blobs.add(content, name), field.configData + 4 * slot);
  });
  const deviceNames = new Set<string>();
  for (const device of devices) {
    const { name } = device;
    if (!isDeviceName(name) || deviceNames.has(name)) throw unfit(`the device ${shown(name)}`);
    deviceNames.add(name);
    renderDevice(header, device, blobs);
  }
  const stored = blobs.bytes();
  const headerBytes = Math.ceil((fixedHeaderBytes + stored.length) / sectorBytes) * sectorBytes;
  if (headerBytes > largestHeaderBytes) throw unfit(`${stored.length} bytes of configurations`);
  header.writeUInt32BE(fixedHeaderBytes, field.blobOffset);
  header.writeUInt32BE(stored.length, field.blobBytes);
  header.writeUInt32BE(headerBytes, field.headerBytes);
  const whole = Buffer.concat([header, stored], headerBytes);
  checksum(whole).copy(whole, field.md5);
  return whole;
}

function renderDevice(header: Buffer, { id, name, bytes }: VmaDevice, blobs: BlobBuffer): void {
  const at = field.devices + id * deviceEntryBytes;
  if (!Number.isInteger(id) || id < 1 || id > mostDevicesWritten) throw unfit(`device number ${id}`);
  if (header.readUInt32BE(at) !== 0) throw unfit(`two devices of number ${id}`);
  if (!Number.isInteger(bytes) || bytes <= 0 || bytes > largestDeviceBytes || bytes % sectorBytes !== 0) {
    throw unfit(`${name} of ${bytes} bytes`);
  }
  header.writeUInt32BE(blobs.addName(name, name), at);
  header.writeBigUInt64BE(BigInt(bytes), at + deviceSize);
}

/**
 * How long a header is, told by its first 12288 bytes. Throws `invalid-input`: not a VMA archive, or the length is none
 * that we read (above 4 MiB).
 */
export function vmaHeaderBytes(fixed: Buffer): number {
  checkMagic(fixed);
  const bytes = fixed.readUInt32BE(field.headerBytes);
  if (bytes <= fixedHeaderBytes || bytes > largestHeaderBytes) {
    throw damaged(field.headerBytes, `a header of ${bytes} bytes is not possible`);
  }
  return bytes;
}

/** Throws `invalid-input` when an archive that begins with these bytes (at least four) is not a VMA archive. */
export function checkMagic(start: Buffer): void {
  if (start.toString('latin1', 0, 4) !== magic) {
    throw new AppError('invalid-input', 'this is not a VMA archive: it does not begin with VMA at byte 0');
  }
}

/**
 * Reads a header of the length that `vmaHeaderBytes` told. Throws `invalid-input` (naming the byte) for a wrong checksum,
 * pointers into nothing, names that are not ours or double, and disks that together are larger than `largestTotalBytes`;
 * `unsupported` for another version. What the format reserves is not looked at. Contents are views of `header`.
 */
export function readVmaHeader(header: Buffer, largestTotalBytes: number): VmaHeader {
  checkMagic(header);
  if (!checksum(header).equals(header.subarray(field.md5, field.md5 + 16))) {
    throw damaged(field.md5, 'the checksum of the header is wrong');
  }
  const found = header.readUInt32BE(field.version);
  if (found !== version) {
    throw new AppError('unsupported', `version ${found} of VMA is not known (byte ${field.version})`);
  }
  const ctime = Number(header.readBigInt64BE(field.ctime));
  if (!isTime(ctime)) throw damaged(field.ctime, 'the time of the backup is not possible');
  const pointers = readPointers(header);
  const blobs = new BlobReader(blobBuffer(header), pointers.all);
  const configNames = new Set<string>();
  const configs = pointers.configs.map(({ name: namePointer, data }) => {
    const name = readName(blobs, namePointer, isConfigName, configNames);
    return { name, content: blobs.read(data) };
  });
  const deviceNames = new Set<string>();
  let free = largestTotalBytes;
  const devices = pointers.devices.map(({ id, name: namePointer }) => {
    const name = readName(blobs, namePointer, isDeviceName, deviceNames);
    const sizeAt = namePointer.at + deviceSize;
    // Above 2 ** 53 the number is not exact, but it is above every limit too.
    const bytes = Number(header.readBigUInt64BE(sizeAt));
    if (bytes === 0) throw damaged(sizeAt, `${name} has no size`);
    if (bytes > largestDeviceBytes) throw damaged(sizeAt, `${name} is larger than the format can hold`);
    // The state's size is a guess and nothing is reserved for it.
    if (!isState({ name })) free -= bytes;
    if (free < 0) {
      const most = `the ${largestTotalBytes} bytes that are allowed here`;
      throw damaged(sizeAt, `with ${name} of ${bytes} bytes the disks are larger than ${most}`);
    }
    return { id, name, bytes };
  });
  return { uuid: uuidText(header.subarray(field.uuid, field.uuid + 16)), ctime, configs, devices };
}

function readName(
  blobs: BlobReader,
  pointer: BlobPointer,
  allowed: (name: string) => boolean,
  names: Set<string>,
): string {
  const name = blobs.readName(pointer);
  if (!allowed(name)) throw damaged(pointer.at, `the name ${shown(name)} is not allowed`);
  if (names.has(name)) throw damaged(pointer.at, `the name ${shown(name)} stands there twice`);
  names.add(name);
  return name;
}

function blobBuffer(header: Buffer): Buffer {
  const offset = header.readUInt32BE(field.blobOffset);
  const bytes = header.readUInt32BE(field.blobBytes);
  if (offset < fixedHeaderBytes) throw damaged(field.blobOffset, 'names and files lie over the header');
  if (offset + bytes > header.length) throw damaged(field.blobBytes, 'names and files end after the header');
  return header.subarray(offset, offset + bytes);
}

function readPointers(header: Buffer) {
  const pointer = (at: number): BlobPointer => ({ at, offset: header.readUInt32BE(at) });
  const slots = Array.from({ length: configSlots }, (_, slot) => ({
    name: pointer(field.configNames + 4 * slot),
    data: pointer(field.configData + 4 * slot),
  }));
  const half = slots.find(({ name, data }) => (name.offset === 0) !== (data.offset === 0));
  if (half) throw damaged(half.name.at, 'a configuration has only a name or only a content');
  const configs = slots.filter(({ name }) => name.offset !== 0);
  const devices: { id: number; name: BlobPointer }[] = [];
  for (let id = 1; id < deviceSlots; id++) {
    const at = field.devices + id * deviceEntryBytes;
    const name = pointer(at);
    if (name.offset !== 0) devices.push({ id, name });
    else if (header.readBigUInt64BE(at + deviceSize) !== 0n) throw damaged(at, `device ${id} has no name`);
  }
  return {
    configs,
    devices,
    all: [...configs.flatMap(({ name, data }) => [name, data]), ...devices.map(({ name }) => name)],
  };
}

/** MD5 with its own sixteen bytes as zeros. */
function checksum(header: Buffer): Buffer {
  const copy = Buffer.from(header);
  copy.fill(0, field.md5, field.md5 + 16);
  return hash('md5', copy, 'buffer');
}

/** Its sixteen bytes. Throws `invalid-input` when it is not a UUID as `crypto.randomUUID` makes them. */
export function uuidBytes(uuid: string): Buffer {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uuid)) throw unfit(`the id ${shown(uuid)}`);
  return Buffer.from(uuid.replaceAll('-', ''), 'hex');
}

function uuidText(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

function isTime(seconds: number): boolean {
  return Number.isInteger(seconds) && seconds >= 0 && seconds <= latestTime;
}

function unfit(what: string): AppError {
  return new AppError('invalid-input', `a VMA archive cannot hold ${what}`);
}

/** A name that somebody else wrote, fit for a message. */
function shown(name: string): string {
  return JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name).replaceAll('\x7f', '\\u007f');
}
