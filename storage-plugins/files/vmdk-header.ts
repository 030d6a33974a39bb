// Reads the header of a single-file VMDK image and decides whether it stands alone. Pure.
// Layout: VMware's "Virtual Disk Format 5.0"; how QEMU reads it: block/vmdk.c.

export interface VmdkHeader {
  readonly sizeBytes: number;
  /** Bytes of the embedded description, in the file. */
  readonly descriptorOffset: number;
  readonly descriptorBytes: number;
}

export const vmdkHeaderBytes = 512;
const sectorBytes = 512;
const longestDescriptorBytes = 64 * 1024;

/**
 * Undefined when it is not a sparse extent with its own capacity: a text description or a header without capacity
 * makes the reader open whatever files the description names.
 */
export function readVmdkHeader(bytes: Buffer): VmdkHeader | undefined {
  if (bytes.length < vmdkHeaderBytes || bytes.toString('latin1', 0, 4) !== 'KDMV') return undefined;
  const capacity = bytes.readBigUInt64LE(12);
  const descriptorOffset = bytes.readBigUInt64LE(28);
  const descriptorSize = bytes.readBigUInt64LE(36);
  if (capacity === 0n || capacity > BigInt(Number.MAX_SAFE_INTEGER) / BigInt(sectorBytes)) return undefined;
  if (descriptorOffset > 1_000_000n || descriptorSize * BigInt(sectorBytes) > BigInt(longestDescriptorBytes))
    return undefined;
  return {
    sizeBytes: Number(capacity) * sectorBytes,
    descriptorOffset: Number(descriptorOffset) * sectorBytes,
    descriptorBytes: Number(descriptorSize) * sectorBytes,
  };
}

/** Does the embedded description describe one file without a parent? */
export function vmdkStandsAlone(descriptor: string): boolean {
  if (/^\s*parentFileNameHint\s*=/im.test(descriptor)) return false;
  const parent = /^\s*parentCID\s*=\s*"?([0-9a-f]+)/im.exec(descriptor)?.[1];
  if (parent !== undefined && parent.toLowerCase() !== 'ffffffff') return false;
  const createType = /^\s*createType\s*=\s*"([^"]*)"/im.exec(descriptor)?.[1];
  return createType === 'monolithicSparse' || createType === 'streamOptimized';
}
