// Reads any part of a device of an archive that has an index, cluster by cluster.

import { readExtentHeader } from './vma-extent.ts';
import {
  blockBytes,
  blocksPerCluster,
  clusterBytes,
  damaged,
  extentHeaderBytes,
  type VmaDevice,
} from './vma-format.ts';
import type { DeviceIndex } from './vma-index.ts';

/**
 * The extents that were handed out together by the writer, by where the first one begins in the archive: whole extents, with nothing
 * before or after them. The same buffer for the same place, while it is remembered.
 */
export type ReadExtents = (place: number) => Promise<Buffer>;

interface StoredCluster {
  readonly mask: number;
  /** In the buffer: where its blocks begin. */
  readonly at: number;
}

/** By number and device. */
type StoredClusters = ReadonlyMap<string, StoredCluster>;

/** Parsed once for each buffer of extents. */
const parsed = new WeakMap<Buffer, StoredClusters>();

export interface DevicePart {
  readonly device: VmaDevice;
  readonly index: DeviceIndex;
  /** The archive's id: sixteen bytes. */
  readonly uuid: Uint8Array;
  readonly extents: ReadExtents;
}

/**
 * So many bytes of a device, at any place within it; undefined when all are zeros. Throws `invalid-input` when the extents are not
 * what the index says, or are damaged, with the byte of the archive; errors of `extents` pass.
 */
export async function readDevicePart(
  { device, index, uuid, extents }: DevicePart,
  offset: number,
  length: number,
): Promise<Buffer | undefined> {
  let result: Buffer | undefined;
  const end = offset + length;
  for (let at = offset; at < end; ) {
    const cluster = Math.floor(at / clusterBytes);
    const { firstCluster, clusters, place } = index.runAt(cluster);
    const runEnd = Math.min(end, (firstCluster + clusters) * clusterBytes);
    if (place === undefined) {
      at = runEnd;
      continue;
    }
    const buffer = await extents(place);
    const stored = clustersOf(buffer, uuid, place);
    for (; at < runEnd; at = nextCluster(at, runEnd)) {
      const number = Math.floor(at / clusterBytes);
      const found = stored.get(keyOf(device.id, number));
      if (!found) throw damaged(place, `cluster ${number} of ${device.name} is not where the index says`);
      if (found.mask === 0) continue;
      result ??= Buffer.alloc(length);
      copyPart(
        buffer,
        found,
        at % clusterBytes,
        result.subarray(at - offset, nextCluster(at, runEnd) - offset),
      );
    }
  }
  return result;
}

function nextCluster(at: number, end: number): number {
  return Math.min(end, at - (at % clusterBytes) + clusterBytes);
}

function keyOf(deviceId: number, number: number): string {
  return `${number}/${deviceId}`;
}

/** `into`, which is zeros, gets the cluster from `from` on. */
function copyPart(buffer: Buffer, { mask, at }: StoredCluster, from: number, into: Buffer): void {
  let stored = at;
  for (let block = 0; block < blocksPerCluster; block++) {
    if ((mask & (1 << block)) === 0) continue;
    const blockAt = block * blockBytes;
    const start = Math.max(blockAt, from);
    const end = Math.min(blockAt + blockBytes, from + into.length);
    if (end > start) buffer.copy(into, start - from, stored + start - blockAt, stored + end - blockAt);
    stored += blockBytes;
  }
}

function clustersOf(buffer: Buffer, uuid: Uint8Array, place: number): StoredClusters {
  const known = parsed.get(buffer);
  if (known) return known;
  const found = new Map<string, StoredCluster>();
  for (let at = 0; at < buffer.length; ) {
    if (at + extentHeaderBytes > buffer.length)
      throw damaged(place + at, 'it ends in the header of an extent');
    const header = buffer.subarray(at, at + extentHeaderBytes);
    const clusters = readExtentHeader(header, uuid, place + at);
    at += extentHeaderBytes;
    for (const { deviceId, number, mask } of clusters) {
      found.set(keyOf(deviceId, number), { mask, at });
      for (let rest = mask; rest !== 0; rest &= rest - 1) at += blockBytes;
    }
    if (at > buffer.length) throw damaged(place + buffer.length, 'it ends in an extent');
  }
  parsed.set(buffer, found);
  return found;
}
