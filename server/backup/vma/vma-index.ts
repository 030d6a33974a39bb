// Where each cluster of an archive lies, for who does not want to read it from its beginning: made while writing, read with distrust.
// Stored in the end of our zstd archives. Little-endian:
//   "VmaIndex", version (u32), number of entries (u32)
//   entries of 20 bytes: device (u8), 1 for zeros (u8), 0 (u16), first cluster (u32), clusters (u32), place (u64)
import { AppError } from '../../core/errors.ts';
import { clusterBytes, clusterCount, isState, type VmaDevice } from './vma-format.ts';

const signature = Buffer.from('VmaIndex', 'latin1');
const version = 1;
const headBytes = 16;
const entryBytes = 20;
/** 80 MiB: some 16 TiB in buffers of 4 MiB. An archive with more has no index. */
const mostEntries = 4 * 1024 * 1024;

/** Clusters of a device that follow one another. */
export interface IndexedRun {
  readonly deviceId: number;
  readonly firstCluster: number;
  readonly clusters: number;
  /**
   * In the archive as it is without compression: where the whole extents begin that were handed out together with those that hold
   * these clusters. Undefined: they are all zeros.
   */
  readonly place: number | undefined;
}

/** Collects runs while an archive is written; 20 bytes of memory for each, twice that when it grows. */
export class VmaIndexBuilder {
  #bytes = Buffer.alloc(64 * entryBytes);
  #count = 0;
  #tooMany = false;
  #last: { deviceId: number; firstCluster: number; clusters: number; place: number | undefined } | undefined;

  /** The clusters follow one another. */
  add(run: IndexedRun): void {
    const last = this.#last;
    const follows =
      last?.deviceId === run.deviceId &&
      last.place === run.place &&
      last.firstCluster + last.clusters === run.firstCluster;
    if (follows) {
      last.clusters += run.clusters;
      return;
    }
    this.#flush();
    this.#last = { ...run };
  }

  /** The index; empty when it would be too large. */
  bytes(): Buffer {
    this.#flush();
    if (this.#tooMany) return Buffer.alloc(0);
    const head = Buffer.alloc(headBytes);
    signature.copy(head);
    head.writeUInt32LE(version, 8);
    head.writeUInt32LE(this.#count, 12);
    return Buffer.concat([head, this.#bytes.subarray(0, this.#count * entryBytes)]);
  }

  #flush(): void {
    const last = this.#last;
    this.#last = undefined;
    if (!last || this.#tooMany) return;
    if (this.#count === mostEntries) {
      this.#tooMany = true;
      this.#bytes = Buffer.alloc(0);
      return;
    }
    const at = this.#count * entryBytes;
    if (at === this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes], 2 * at);
    this.#bytes.writeUInt8(last.deviceId, at);
    this.#bytes.writeUInt8(last.place === undefined ? 1 : 0, at + 1);
    this.#bytes.writeUInt32LE(last.firstCluster, at + 4);
    this.#bytes.writeUInt32LE(last.clusters, at + 8);
    this.#bytes.writeBigUInt64LE(BigInt(last.place ?? 0), at + 12);
    this.#count += 1;
  }
}

/** The index of one device: its runs in the order of the device, none missing, none twice. */
export class DeviceIndex {
  /** Of each run. */
  readonly #first: Uint32Array;
  /** -1: zeros. */
  readonly #place: Float64Array;
  readonly #clusters: number;

  constructor(first: Uint32Array, place: Float64Array, clusters: number) {
    this.#first = first;
    this.#place = place;
    this.#clusters = clusters;
  }

  /** The run that a cluster of the device is in. */
  runAt(cluster: number): Omit<IndexedRun, 'deviceId'> {
    let [low, high] = [0, this.#first.length];
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.#first[middle]! <= cluster) low = middle;
      else high = middle;
    }
    const firstCluster = this.#first[low]!;
    const end = low + 1 < this.#first.length ? this.#first[low + 1]! : this.#clusters;
    const place = this.#place[low]!;
    return { firstCluster, clusters: end - firstCluster, place: place < 0 ? undefined : place };
  }
}

/**
 * Reads the index of an archive with these devices; by device id, without `vmstate`. `unsupported` when there is none that we
 * know; `invalid-input` when it does not have each cluster of each disk exactly once. That the clusters are where it says is
 * seen when they are read. Memory: 12 bytes for each entry, three times that meanwhile.
 */
export function readVmaIndex(index: Buffer, devices: readonly VmaDevice[]): ReadonlyMap<number, DeviceIndex> {
  const known =
    index.length >= headBytes && signature.equals(index.subarray(0, 8)) && index.readUInt32LE(8) === version;
  if (!known)
    throw new AppError('unsupported', 'the archive has no index: it can only be read from beginning to end');
  const count = index.readUInt32LE(12);
  if (index.length !== headBytes + count * entryBytes) throw wrong('its length is not that of its entries');
  const byDevice = new Map<number, number[]>();
  for (let at = headBytes; at < index.length; at += entryBytes) {
    const id = index.readUInt8(at);
    const entries = byDevice.get(id);
    if (entries) entries.push(at);
    else byDevice.set(id, [at]);
  }
  const read = new Map<number, DeviceIndex>();
  for (const device of devices) {
    if (!isState(device)) read.set(device.id, readDevice(index, device, byDevice.get(device.id) ?? []));
  }
  return read;
}

function readDevice(index: Buffer, device: VmaDevice, entries: number[]): DeviceIndex {
  entries.sort((a, b) => index.readUInt32LE(a + 4) - index.readUInt32LE(b + 4));
  const first = new Uint32Array(entries.length);
  const place = new Float64Array(entries.length);
  let next = 0;
  entries.forEach((at, number) => {
    if (index.readUInt32LE(at + 4) !== next || index.readUInt32LE(at + 8) === 0)
      throw wrong(`byte ${next * clusterBytes} of ${device.name} is not there, or twice`);
    first[number] = next;
    place[number] = index.readUInt8(at + 1) === 0 ? Number(index.readBigUInt64LE(at + 12)) : -1;
    next += index.readUInt32LE(at + 8);
  });
  if (next !== clusterCount(device.bytes))
    throw wrong(`it has ${next * clusterBytes} bytes of ${device.name}`);
  return new DeviceIndex(first, place, next);
}

function wrong(what: string): AppError {
  return new AppError('invalid-input', `the index of the archive does not fit it: ${what}`);
}
