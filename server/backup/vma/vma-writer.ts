// Writes a VMA archive: takes the devices' content in large pieces, leaves out zeros, hands out finished extents.
import { randomUUID } from 'node:crypto';
import { AppError } from '../../core/errors.ts';
import { mebibyte } from '../../core/units.ts';
import { OrderedCalls } from '../ordered-calls.ts';
import { ClusterSet } from './cluster-set.ts';
import { renderExtentHeader, type VmaCluster } from './vma-extent.ts';
import {
  blockBytes,
  blocksPerCluster,
  clusterBytes,
  clusterCount,
  clustersPerExtent,
  extentHeaderBytes,
  isState,
  largestExtentBytes,
  type VmaConfig,
  type VmaDevice,
} from './vma-format.ts';
import { renderVmaHeader, uuidBytes } from './vma-header.ts';
import { VmaIndexBuilder } from './vma-index.ts';
import { blockMask } from './zero-blocks.ts';

/**
 * What is handed out at once, in bytes: at least this, the last time less; so a largest extent alone, or as many small ones as make
 * as much. Each may be compressed by itself, so they must not be small; and read by itself, so not large.
 */
const leastHandedOut = 3.5 * mebibyte;
/** There are two such buffers. */
const bufferBytes = leastHandedOut + largestExtentBytes;

/**
 * Takes the next bytes of the archive. They are the sink's until its promise settles; then the buffer is used again, so who
 * keeps them longer must copy. Called again only after that. When it fails, the writer fails.
 */
export type VmaSink = (bytes: Buffer) => Promise<void>;

export interface VmaWriterOptions {
  readonly sink: VmaSink;
  /** Seconds since the epoch: when the content is from. */
  readonly ctime: number;
  readonly configs: readonly VmaConfig[];
  /** Disks (and `vmstate`, whose size is exact here), at most 254. They are numbered in this order, from 1. */
  readonly devices: readonly Omit<VmaDevice, 'id'>[];
  /** Random if not given. */
  readonly uuid?: string;
}

interface OpenDevice {
  readonly device: VmaDevice;
  readonly written: ClusterSet;
}

/**
 * One archive. Every cluster of every device has to be written exactly once, in any order of devices and clusters
 * (`vmstate` in its own order): Proxmox VE restores nothing else, so `write` and `zeros` refuse a second one and `end` a
 * missing one, with `internal`, as they do with ranges that are not on the device or not on the bounds of clusters. After
 * any error the writer is dead and repeats it.
 *
 * Calls may overlap; they are done in the order in which they were made. Memory: 15 MiB, a record of clusters written, and the index.
 */
export class VmaWriter {
  readonly #sink: VmaSink;
  readonly #uuid: Buffer;
  readonly #devices = new Map<string, OpenDevice>();
  #header: Buffer | undefined;
  #buffer = Buffer.allocUnsafeSlow(bufferBytes);
  #other = Buffer.allocUnsafeSlow(bufferBytes);
  /** Of the buffer. */
  #used = 0;
  /** The extent that is being filled begins here. */
  #extent = 0;
  #clusters: VmaCluster[] = [];
  /** What the sink is at. */
  #handedOut: Promise<void> = Promise.resolve();
  readonly #calls = new OrderedCalls();
  #archiveBytes = 0;
  #zeroBytes = 0;
  readonly #index = new VmaIndexBuilder();

  /** Throws `invalid-input` for what the format cannot hold; see `renderVmaHeader`. Nothing is written yet. */
  constructor({ sink, ctime, configs, devices, uuid = randomUUID() }: VmaWriterOptions) {
    const numbered = devices.map((device, index) => ({ ...device, id: index + 1 }));
    this.#header = renderVmaHeader({ uuid, ctime, configs, devices: numbered });
    this.#uuid = uuidBytes(uuid);
    this.#sink = sink;
    for (const device of numbered) {
      const written = new ClusterSet(clusterCount(device.bytes));
      this.#devices.set(device.name, { device, written });
    }
  }

  /** Bytes handed to the sink so far; the length of the archive after `end`. */
  get archiveBytes(): number {
    return this.#archiveBytes;
  }

  /** Bytes of the devices that were left out, being zeros. */
  get zeroBytes(): number {
    return this.#zeroBytes;
  }

  /** After `end`: for `readVmaIndex`, places being sums of what was handed to the sink. */
  index(): Buffer {
    return this.#index.bytes();
  }

  /**
   * The content of a device from `offset` on, a multiple of 65536; so is the length, or it goes to the end of the device.
   * `data` must not change before the promise settles, and is not looked at afterwards. Best in pieces of some MiB.
   */
  write(deviceName: string, offset: number, data: Uint8Array): Promise<void> {
    return this.#calls.run(() =>
      this.#append(deviceName, offset, data.length, Buffer.from(data.buffer, data.byteOffset, data.length)),
    );
  }

  /** As `write`, for a part of a device that is known to be all zeros. */
  zeros(deviceName: string, offset: number, bytes: number): Promise<void> {
    return this.#calls.run(() => this.#append(deviceName, offset, bytes, undefined));
  }

  /** Hands out the rest. Throws `internal` when something of a device is missing: the archive is no good then. */
  end(): Promise<void> {
    return this.#calls.end(async () => {
      for (const { device, written } of this.#devices.values()) {
        const missing = written.firstMissing();
        if (missing === undefined) continue;
        throw misuse(`${device.name} was not written from byte ${missing * clusterBytes} on`);
      }
      await this.#writeHeader();
      this.#closeExtent();
      await this.#handOut();
      await this.#handedOut;
    });
  }

  async #append(name: string, offset: number, bytes: number, data: Buffer | undefined): Promise<void> {
    const open = this.#devices.get(name);
    if (!open) throw misuse(`it has no device ${name}`);
    checkRange(open.device, offset, bytes);
    await this.#writeHeader();
    for (let done = 0; done < bytes; done += clusterBytes) {
      if (this.#clusters.length === clustersPerExtent) this.#closeExtent();
      // An extent never goes over two buffers: its header comes before its blocks and is known after them.
      if (this.#clusters.length === 0 && this.#used >= leastHandedOut) await this.#handOut();
      const number = (offset + done) / clusterBytes;
      note(open, number);
      const length = Math.min(clusterBytes, bytes - done);
      const mask = data ? blockMask(data, done, length) : 0;
      if (this.#clusters.length === 0) this.#openExtent();
      this.#clusters.push({ deviceId: open.device.id, number, mask });
      this.#copyBlocks(data, done, length, mask);
    }
  }

  /** Copies the blocks of the mask, those that follow each other at once; the last of a device is filled up with zeros. */
  #copyBlocks(data: Buffer | undefined, from: number, length: number, mask: number): void {
    let zeroBytes = length;
    for (let block = 0; block < blocksPerCluster; block++) {
      if ((mask & (1 << block)) === 0) continue;
      const first = block;
      while ((mask & (1 << (block + 1))) !== 0) block++;
      const start = first * blockBytes;
      const bytes = Math.min((block + 1) * blockBytes, length) - start;
      data!.copy(this.#buffer, this.#used, from + start, from + start + bytes);
      const end = this.#used + Math.ceil(bytes / blockBytes) * blockBytes;
      this.#buffer.fill(0, this.#used + bytes, end);
      this.#used = end;
      zeroBytes -= bytes;
    }
    this.#zeroBytes += zeroBytes;
  }

  #openExtent(): void {
    this.#extent = this.#used;
    this.#used += extentHeaderBytes;
  }

  #closeExtent(): void {
    if (this.#clusters.length === 0) return;
    renderExtentHeader(this.#uuid, this.#clusters).copy(this.#buffer, this.#extent);
    // Few entries matter more than each cluster of zeros: only extents without any blocks count as such.
    const place = this.#clusters.some(({ mask }) => mask !== 0) ? this.#archiveBytes : undefined;
    for (const { deviceId, number } of this.#clusters)
      this.#index.add({ deviceId, firstCluster: number, clusters: 1, place });
    this.#clusters = [];
  }

  async #writeHeader(): Promise<void> {
    const header = this.#header;
    if (!header) return;
    this.#header = undefined;
    await this.#send(header);
  }

  /** Gives the buffer to the sink, when it is ready for it, and goes on with the other one. */
  async #handOut(): Promise<void> {
    const full = this.#buffer.subarray(0, this.#used);
    if (full.length === 0) return;
    await this.#send(full);
    [this.#buffer, this.#other] = [this.#other, this.#buffer];
    this.#used = 0;
  }

  async #send(bytes: Buffer): Promise<void> {
    await this.#handedOut;
    this.#archiveBytes += bytes.length;
    this.#handedOut = this.#sink(bytes);
    // It is awaited when the next buffer is full; until then a failure is not "unhandled".
    this.#handedOut.catch(() => undefined);
  }
}

function note({ device, written }: OpenDevice, number: number): void {
  const at = number * clusterBytes;
  if (isState(device) && written.firstMissing() !== number) throw misuse(`vmstate goes on at byte ${at}`);
  if (!written.add(number)) throw misuse(`byte ${at} of ${device.name} was written before`);
}

function checkRange({ name, bytes: size }: VmaDevice, offset: number, bytes: number): void {
  const end = offset + bytes;
  const bound = (at: number) => Number.isInteger(at / clusterBytes);
  if (!bound(offset) || offset < 0 || bytes <= 0 || end > size || !(bound(end) || end === size)) {
    throw misuse(`${bytes} bytes from byte ${offset} are no clusters of ${name}, which has ${size} bytes`);
  }
}

function misuse(what: string): AppError {
  return new AppError('internal', `the VMA archive cannot be written: ${what}`);
}
