// An extent of a VMA archive: a header that lists up to 59 clusters, then those of their blocks that are not zeros.
import { hash } from 'node:crypto';
import {
  blockBytes,
  blocksPerCluster,
  clusterBytes,
  clustersPerExtent,
  damaged,
  extentHeaderBytes,
  fullMask,
} from './vma-format.ts';

const magic = 'VMAE';
const field = { reserved: 4, blockCount: 6, uuid: 8, md5: 24, clusters: 40 };
const clusterEntryBytes = 8;

export interface VmaCluster {
  readonly deviceId: number;
  /** Its place on the device, in clusters. */
  readonly number: number;
  /** Which of its blocks are stored: bit 0 is the first. The others are zeros. */
  readonly mask: number;
}

export interface ListedCluster extends VmaCluster {
  /** Where in the archive it is listed. */
  readonly at: number;
}

/** An extent's header: 512 bytes. `uuid` are the sixteen bytes of the archive's id; at most 59 clusters. */
export function renderExtentHeader(uuid: Uint8Array, clusters: readonly VmaCluster[]): Buffer {
  const header = Buffer.alloc(extentHeaderBytes);
  header.write(magic, 'latin1');
  header.set(uuid, field.uuid);
  let blocks = 0;
  let at = field.clusters;
  for (const { deviceId, number, mask } of clusters) {
    header.writeUInt16BE(mask, at);
    header.writeUInt8(deviceId, at + 3);
    header.writeUInt32BE(number, at + 4);
    blocks += countBits(mask);
    at += clusterEntryBytes;
  }
  header.writeUInt16BE(blocks, field.blockCount);
  hash('md5', header, 'buffer').copy(header, field.md5);
  return header;
}

/**
 * The clusters that an extent's header lists, in the order in which their blocks follow. Throws `invalid-input` when it is
 * not the header of an extent of this archive, or its checksum or its count of blocks is wrong. Empty entries may stand
 * anywhere, and all may be empty: Proxmox VE ends an archive so. `at`: where the extent begins in the archive.
 */
export function readExtentHeader(header: Buffer, uuid: Uint8Array, at: number): readonly ListedCluster[] {
  if (header.toString('latin1', 0, 4) !== magic) throw damaged(at, 'no extent begins here');
  const unsigned = Buffer.from(header).fill(0, field.md5, field.md5 + 16);
  if (!hash('md5', unsigned, 'buffer').equals(header.subarray(field.md5, field.md5 + 16))) {
    throw damaged(at + field.md5, 'the checksum of the extent is wrong');
  }
  if (!header.subarray(field.uuid, field.uuid + 16).equals(uuid)) {
    throw damaged(at + field.uuid, 'the extent belongs to another archive');
  }
  if (header.readUInt16BE(field.reserved) !== 0) {
    throw damaged(at + field.reserved, 'the extent is of a kind that is not known');
  }
  const clusters: ListedCluster[] = [];
  let blocks = 0;
  for (let entry = 0; entry < clustersPerExtent; entry++) {
    const from = field.clusters + entry * clusterEntryBytes;
    const cluster = {
      at: at + from,
      mask: header.readUInt16BE(from),
      deviceId: header.readUInt8(from + 3),
      number: header.readUInt32BE(from + 4),
    };
    if (cluster.deviceId !== 0) clusters.push(cluster);
    else if (cluster.mask !== 0 || cluster.number !== 0) throw damaged(cluster.at, 'a cluster of no device');
    blocks += countBits(cluster.mask);
  }
  const counted = header.readUInt16BE(field.blockCount);
  if (counted !== blocks) {
    throw damaged(at + field.blockCount, `the extent lists ${blocks} blocks and counts ${counted}`);
  }
  return clusters;
}

/** A piece of a device that is all stored, one block after the other, or all zeros. */
export interface Run {
  readonly deviceId: number;
  /** On the device. */
  readonly offset: number;
  /** Of the device: what lies behind its end is not counted. May be 0. */
  bytes: number;
  /** In the archive: whole blocks; 0 for zeros. */
  storedBytes: number;
}

/**
 * What an extent holds, in its order, as few pieces as it can be said with. Blocks behind the end of a device may be
 * stored (earlier writers of Proxmox VE did so): their bytes have to be read over. `deviceBytes` tells where that is.
 */
export function runsOf(
  clusters: readonly VmaCluster[],
  deviceBytes: (deviceId: number) => number,
): readonly Run[] {
  const runs: Run[] = [];
  for (const { deviceId, number, mask } of clusters) {
    const end = deviceBytes(deviceId);
    const start = number * clusterBytes;
    const whole = mask === fullMask || mask === 0;
    const step = whole ? clusterBytes : blockBytes;
    for (let block = 0; block < blocksPerCluster; block += step / blockBytes) {
      const offset = start + block * blockBytes;
      const stored = (mask & (1 << block)) !== 0;
      const bytes = Math.min(Math.max(end - offset, 0), step);
      if (stored || bytes > 0) extend(runs, { deviceId, offset, bytes, storedBytes: stored ? step : 0 });
    }
  }
  return runs;
}

function extend(runs: Run[], next: Run): void {
  const last = runs.at(-1);
  const follows =
    last?.deviceId === next.deviceId &&
    last.storedBytes > 0 === next.storedBytes > 0 &&
    last.offset + Math.max(last.bytes, last.storedBytes) === next.offset;
  if (!follows) {
    runs.push(next);
    return;
  }
  last.bytes += next.bytes;
  last.storedBytes += next.storedBytes;
}

function countBits(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count++;
  return count;
}
