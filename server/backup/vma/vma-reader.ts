// Reads a VMA archive as it comes: its header, then the pieces of its devices, checked while they are read.
import { ByteSource } from '../../core/tar-stream.ts';
import { mebibyte, tebibyte } from '../../core/units.ts';
import { ClusterSet } from './cluster-set.ts';
import { type ListedCluster, type Run, readExtentHeader, runsOf } from './vma-extent.ts';
import {
  clusterBytes,
  clusterCount,
  cutOff,
  damaged,
  extentHeaderBytes,
  fixedHeaderBytes,
  isState,
  type VmaDevice,
} from './vma-format.ts';
import { checkMagic, readVmaHeader, uuidBytes, type VmaHeader, vmaHeaderBytes } from './vma-header.ts';

/** The longest piece of data that is handed out; zeros may be longer. */
const largestPieceBytes = mebibyte;

/** A stored part of a device. Begins at a multiple of 4096 bytes and ends at one, or at the end of the device. */
export interface VmaData {
  readonly kind: 'data';
  readonly device: VmaDevice;
  /** On the device, in bytes. */
  readonly offset: number;
  /** At most 1 MiB. May be a view of a chunk of the source. */
  readonly data: Uint8Array;
}

/** A part of a device that is all zeros; any length. */
export interface VmaZeros {
  readonly kind: 'zeros';
  readonly device: VmaDevice;
  /** On the device, in bytes. */
  readonly offset: number;
  readonly bytes: number;
}

export type VmaPiece = VmaData | VmaZeros;

export interface VmaArchive {
  readonly header: VmaHeader;
  /**
   * What the devices hold, in the archive's order (any, of devices and within them); to be walked once, and the next is
   * read when it is asked for. Of every disk each byte comes exactly once. Only when the walk has ended without an error
   * was the archive whole: what was handed out before an error is worth nothing.
   *
   * The format has no checksum over the stored blocks: a changed byte of a disk's content is handed out as it is. Who needs
   * to know has to keep a checksum of the whole file beside it. Everything else that is changed is refused.
   */
  readonly pieces: AsyncIterable<VmaPiece>;
  /** Gives up the source; for when the pieces are not walked. */
  close(): Promise<void>;
}

export interface ReadVmaOptions {
  /**
   * The most that all disks may have together, by what the header says: 64 TiB if not given. A hostile archive can make
   * the reader use one bit of memory for every 64 KiB of this (128 MiB for 64 TiB).
   */
  readonly largestTotalBytes?: number;
}

/**
 * Reads the header of an archive (uncompressed), then its pieces. Refused with `invalid-input`, the message naming the byte
 * of the archive: not a VMA archive, cut off anywhere, a wrong checksum or id, names that are not allowed, devices or
 * clusters that do not exist, come twice or are missing, bytes after the last extent. A newer version is `unsupported`.
 * Errors of the source pass through.
 *
 * The saved memory of a machine (`vmstate`) has no size that binds: its clusters have to come in order, as Proxmox VE asks,
 * and its end cannot be checked.
 *
 * Memory: the header (at most 4 MiB), a piece, a chunk of the source, and the record of clusters seen.
 */
export async function readVma(
  source: AsyncIterable<Uint8Array>,
  { largestTotalBytes = 64 * tebibyte }: ReadVmaOptions = {},
): Promise<VmaArchive> {
  const bytes = new ByteSource(source);
  try {
    const header = readVmaHeader(await readHeaderBytes(bytes), largestTotalBytes);
    return { header, pieces: readPieces(bytes, header, largestTotalBytes), close: () => bytes.close() };
  } catch (error) {
    await bytes.close();
    throw error;
  }
}

async function readHeaderBytes(bytes: ByteSource): Promise<Buffer> {
  const start = await exactly(bytes, 4, 'in its header');
  checkMagic(start);
  const fixed = Buffer.concat([
    start,
    await exactly(bytes, fixedHeaderBytes - start.length, 'in its header'),
  ]);
  const rest = vmaHeaderBytes(fixed) - fixed.length;
  return Buffer.concat([fixed, await exactly(bytes, rest, 'in its header')]);
}

async function* readPieces(
  bytes: ByteSource,
  header: VmaHeader,
  largestTotalBytes: number,
): AsyncGenerator<VmaPiece, void, void> {
  try {
    const devices = new SeenDevices(header.devices, largestTotalBytes);
    const uuid = uuidBytes(header.uuid);
    let zeros: VmaZeros | undefined;
    for (;;) {
      const at = bytes.position;
      const extent = await readExtentStart(bytes);
      if (!extent) break;
      const clusters = readExtentHeader(extent, uuid, at);
      for (const cluster of clusters) devices.see(cluster);
      for (const run of runsOf(clusters, (id) => devices.endOf(id))) {
        const device = devices.get(run.deviceId)!;
        if (run.storedBytes === 0) {
          // Long holes go over many extents: handing them out as one spares a call for each.
          const joined = zeros && join(zeros, device, run);
          if (zeros && !joined) yield zeros;
          zeros = joined ?? { kind: 'zeros', device, offset: run.offset, bytes: run.bytes };
          continue;
        }
        if (zeros) yield zeros;
        zeros = undefined;
        yield* readRun(bytes, device, run);
      }
    }
    if (zeros) yield zeros;
    devices.checkComplete(bytes.position);
  } finally {
    await bytes.close();
  }
}

/** The header of the next extent; undefined when the archive ends before it. */
async function readExtentStart(bytes: ByteSource): Promise<Buffer | undefined> {
  const first = await bytes.take(extentHeaderBytes);
  if (!first) return undefined;
  const rest = await exactly(bytes, extentHeaderBytes - first.length, 'in the header of an extent');
  return Buffer.concat([first, rest]);
}

function join(zeros: VmaZeros, device: VmaDevice, run: Run): VmaZeros | undefined {
  if (zeros.device !== device || zeros.offset + zeros.bytes !== run.offset) return undefined;
  return { ...zeros, bytes: zeros.bytes + run.bytes };
}

async function* readRun(
  bytes: ByteSource,
  device: VmaDevice,
  { offset, bytes: wanted, storedBytes }: Run,
): AsyncGenerator<VmaData, void, void> {
  for (let done = 0; done < storedBytes; ) {
    const stored = await exactly(bytes, Math.min(largestPieceBytes, storedBytes - done), `in ${device.name}`);
    const data = stored.subarray(0, Math.max(wanted - done, 0));
    if (data.length > 0) yield { kind: 'data', device, offset: offset + done, data };
    done += stored.length;
  }
}

/** So many bytes, without a copy when the source has them in one chunk. */
async function exactly(bytes: ByteSource, count: number, where: string): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for (let missing = count; missing > 0; ) {
    const part = await bytes.take(missing);
    if (!part) throw cutOff(bytes.position, `it ends ${where}`);
    parts.push(part);
    missing -= part.length;
  }
  const [only] = parts;
  if (!only || parts.length > 1) return Buffer.concat(parts, count);
  return Buffer.from(only.buffer, only.byteOffset, only.byteLength);
}

/** The devices of an archive, and which of their clusters have come. */
class SeenDevices {
  readonly #devices = new Map<number, { device: VmaDevice; clusters: number; seen: ClusterSet }>();
  readonly #largestStateClusters: number;
  #stateClusters = 0;

  constructor(devices: readonly VmaDevice[], largestStateBytes: number) {
    this.#largestStateClusters = clusterCount(largestStateBytes);
    for (const device of devices) {
      const clusters = clusterCount(device.bytes);
      this.#devices.set(device.id, { device, clusters, seen: new ClusterSet(clusters) });
    }
  }

  get(id: number): VmaDevice | undefined {
    return this.#devices.get(id)?.device;
  }

  /** Where a device ends, in bytes. */
  endOf(id: number): number {
    const device = this.get(id);
    return !device || isState(device) ? Number.POSITIVE_INFINITY : device.bytes;
  }

  see({ deviceId, number, at }: ListedCluster): void {
    const known = this.#devices.get(deviceId);
    if (!known) throw damaged(at, `a cluster of device ${deviceId}, which the archive does not have`);
    const { device, clusters, seen } = known;
    if (isState(device)) {
      if (number !== this.#stateClusters) throw damaged(at, `cluster ${number} of vmstate out of order`);
      if (number >= this.#largestStateClusters) throw damaged(at, 'vmstate is larger than is allowed here');
      this.#stateClusters += 1;
      return;
    }
    if (number >= clusters) {
      throw damaged(at, `cluster ${number} of ${device.name}, which has ${clusters} (${device.bytes} bytes)`);
    }
    if (!seen.add(number)) throw damaged(at, `cluster ${number} of ${device.name} a second time`);
  }

  checkComplete(at: number): void {
    for (const { device, seen } of this.#devices.values()) {
      const missing = isState(device) ? undefined : seen.firstMissing();
      if (missing === undefined) continue;
      throw cutOff(at, `it ends without bytes ${missing * clusterBytes} and following of ${device.name}`);
    }
  }
}
