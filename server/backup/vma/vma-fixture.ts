// VMA archives for tests, made in memory: whole ones, changed ones with right checksums, and a reader that trusts nothing.
import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { AppError } from '../../core/errors.ts';
import { blockBytes, clusterBytes, isState } from './vma-format.ts';
import type { VmaHeader } from './vma-header.ts';
import { type ReadVmaOptions, readVma, type VmaPiece } from './vma-reader.ts';
import { type VmaSink, VmaWriter, type VmaWriterOptions } from './vma-writer.ts';

export const testUuid = '01234567-89ab-cdef-0123-456789abcdef';
export const testTime = 1_700_000_000;
export const testConfigs = [
  { name: 'qemu-server.conf', content: Buffer.from('name: mühle\nscsi0: local:100/disk.raw\n') },
  { name: 'qemu-server.fw', content: Buffer.alloc(0) },
];

/** A sink that keeps copies. */
export function collector(): { sink: VmaSink; archive(): Buffer } {
  const parts: Buffer[] = [];
  const sink = async (bytes: Buffer) => {
    parts.push(Buffer.from(bytes));
  };
  return { sink, archive: () => Buffer.concat(parts) };
}

export function testWriter(
  devices: Record<string, number>,
  change: Partial<VmaWriterOptions> = {},
): VmaWriter {
  return new VmaWriter({
    sink: async () => undefined,
    ctime: testTime,
    uuid: testUuid,
    configs: testConfigs,
    devices: Object.entries(devices).map(([name, bytes]) => ({ name, bytes })),
    ...change,
  });
}

/** An archive of whole images, one after the other. */
export async function archiveOf(
  images: Record<string, Buffer>,
  change: Partial<VmaWriterOptions> = {},
): Promise<Buffer> {
  const { sink, archive } = collector();
  const sizes = Object.fromEntries(Object.entries(images).map(([name, image]) => [name, image.length]));
  const writer = testWriter(sizes, { sink, ...change });
  for (const [name, image] of Object.entries(images)) await writer.write(name, 0, image);
  await writer.end();
  expect(writer.archiveBytes).toBe(archive().length);
  return archive();
}

/** A device with this share of blocks filled, some of them by a single byte at their end or beginning. */
export function sparseImage(bytes: number, share: number, random: () => number): Buffer {
  const image = Buffer.alloc(bytes);
  for (let at = 0; at < bytes; at += blockBytes) {
    const end = Math.min(at + blockBytes, bytes);
    if (random() >= share) continue;
    const kind = random();
    if (kind < 0.2) image[end - 1] = 1;
    else if (kind < 0.4) image[at] = 255;
    else image.fill(createHash('md5').update(`${random()}`).digest(), at, end);
  }
  return image;
}

export interface Source extends AsyncIterable<Uint8Array> {
  /** The reader has let go of it. */
  readonly closed: boolean;
}

/** The bytes in chunks of lengths that `length` tells. */
export function chunked(bytes: Uint8Array, length: () => number = () => bytes.length): Source {
  let closed = false;
  async function* chunks() {
    try {
      for (let at = 0; at < bytes.length; ) {
        const end = at + Math.max(1, length());
        yield bytes.subarray(at, end);
        at = end;
      }
    } finally {
      closed = true;
    }
  }
  const stream = chunks();
  return {
    [Symbol.asyncIterator]: () => stream,
    get closed() {
      return closed;
    },
  };
}

/** Everything an archive holds, as it comes. */
export async function readPieces(
  source: AsyncIterable<Uint8Array>,
  options?: ReadVmaOptions,
): Promise<{ header: VmaHeader; pieces: VmaPiece[] }> {
  const { header, pieces } = await readVma(source, options);
  const all: VmaPiece[] = [];
  for await (const piece of pieces) all.push(piece);
  return { header, pieces: all };
}

/** The images; checks that of every disk each byte came exactly once, in pieces as promised. */
export function imagesOf(header: VmaHeader, pieces: readonly VmaPiece[]): Record<string, Buffer> {
  const images = new Map(
    header.devices.map((device) => [
      device,
      { image: Buffer.alloc(device.bytes, 0xaa), seen: new Set<number>() },
    ]),
  );
  for (const piece of pieces) {
    const { device, offset } = piece;
    const length = piece.kind === 'data' ? piece.data.length : piece.bytes;
    const end = offset + length;
    const { image, seen } = images.get(device)!;
    expect(length).toBeGreaterThan(0);
    if (piece.kind === 'data') expect(length).toBeLessThanOrEqual(1024 ** 2);
    expect(offset % blockBytes).toBe(0);
    if (!isState(device)) expect(end).toBeLessThanOrEqual(device.bytes);
    if (end % blockBytes !== 0) expect(end).toBe(device.bytes);
    for (let at = offset; at < end; at += blockBytes) {
      if (seen.has(at)) throw new Error(`byte ${at} of ${device.name} came twice`);
      seen.add(at);
    }
    if (piece.kind === 'data') image.set(piece.data, offset);
    else image.fill(0, offset, end);
  }
  for (const [device, { seen }] of images) expect(seen.size).toBe(Math.ceil(device.bytes / blockBytes));
  return Object.fromEntries([...images].map(([{ name }, { image }]) => [name, image]));
}

export async function readImages(
  source: AsyncIterable<Uint8Array>,
): Promise<{ header: VmaHeader; images: Record<string, Buffer> }> {
  const { header, pieces } = await readPieces(source);
  return { header, images: imagesOf(header, pieces) };
}

/** How reading ends: the pieces, or the message of the refusal, which has to be ours and to name a byte. */
export async function outcomeOf(
  archive: Uint8Array,
  options?: ReadVmaOptions,
): Promise<string | { header: VmaHeader; pieces: VmaPiece[] }> {
  const source = chunked(archive);
  try {
    const read = await readPieces(source, options);
    expect(source.closed).toBe(true);
    return read;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    // Nothing hostile gets into a message: no control characters, and not at any length. (No `expect` here: it is slow.)
    const ours = error.code === 'invalid-input' || error.code === 'unsupported';
    if (!ours || !/^[^\x00-\x1f\x7f]{1,300}$/.test(error.message) || !/byte \d+/.test(error.message)) {
      throw new Error('not a refusal as promised', { cause: error });
    }
    return error.message;
  }
}

/** The message of the refusal; `accepted` when there was none. */
export async function refusal(archive: Uint8Array, options?: ReadVmaOptions): Promise<string> {
  const outcome = await outcomeOf(archive, options);
  return typeof outcome === 'string' ? outcome : 'accepted';
}

/** Where extents begin, by the lengths that they say; stops where none does. */
export function extentStarts(archive: Buffer): number[] {
  const starts: number[] = [];
  let at = archive.readUInt32BE(56);
  while (archive.toString('latin1', at, at + 4) === 'VMAE') {
    starts.push(at);
    at += 512 + archive.readUInt16BE(at + 6) * blockBytes;
  }
  return starts;
}

/** A copy with `change` done to it and right checksums again. */
export function resealed(archive: Buffer, change: (archive: Buffer) => void): Buffer {
  const copy = Buffer.from(archive);
  change(copy);
  const seal = (part: Buffer, md5: number) => {
    part.fill(0, md5, md5 + 16);
    part.set(createHash('md5').update(part).digest(), md5);
  };
  for (const at of extentStarts(copy)) {
    if (at + 512 <= copy.length) seal(copy.subarray(at, at + 512), 24);
  }
  seal(copy.subarray(0, Math.max(copy.readUInt32BE(56), 60)), 32);
  return copy;
}

/** Entry `index` of an extent: the cluster that it lists. */
export function listCluster(
  archive: Buffer,
  extent: number,
  index: number,
  { mask, deviceId, number }: { mask?: number; deviceId?: number; number?: number },
): void {
  const at = extent + 40 + 8 * index;
  if (mask !== undefined) archive.writeUInt16BE(mask, at);
  if (deviceId !== undefined) archive.writeUInt8(deviceId, at + 3);
  if (number !== undefined) archive.writeUInt32BE(number, at + 4);
}

/** An image of so many clusters in which only these blocks (by their number) have content. */
export function imageWith(bytes: number, blocks: readonly number[]): Buffer {
  const image = Buffer.alloc(bytes);
  for (const block of blocks) {
    image.fill(`block ${block}; `, block * blockBytes, Math.min((block + 1) * blockBytes, bytes));
  }
  return image;
}

export const cluster = clusterBytes;
