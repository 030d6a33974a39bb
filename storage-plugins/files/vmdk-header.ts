// Reads the header and the description of a single-file VMDK image. Pure.
// Layout: VMware's "Virtual Disk Format 5.0"; how QEMU reads it: block/vmdk.c.

export interface VmdkHeader {
  readonly sizeBytes: number;
  /** Bytes of the embedded description, in the file. */
  readonly descriptorOffset: number;
  readonly descriptorBytes: number;
  /** It was open when its writer ended. */
  readonly dirty: boolean;
}

export interface VmdkDescriptor {
  readonly createType: string | undefined;
  /** Holds only what differs from another image. */
  readonly isChild: boolean;
  readonly encrypted: boolean;
  /** What it is made of. A line that names a device has no file name of the usual form: its type tells. */
  readonly extents: readonly { readonly type: string; readonly file: string }[];
}

export const vmdkHeaderBytes = 512;
const sectorBytes = 512;
const longestDescriptorBytes = 64 * 1024;
/** `uncleanShutdown` in the header. */
const dirtyAt = 72;

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
    dirty: bytes[dirtyAt] !== 0,
  };
}

export function readVmdkDescriptor(descriptor: string): VmdkDescriptor {
  // No `\s` before a word: over many empty lines that would take the square of their number.
  const parent = /^[ \t]*parentCID[ \t]*=[ \t]*"?([0-9a-f]+)/im.exec(descriptor)?.[1];
  const extents = [
    ...descriptor.matchAll(/^[ \t]*(?:RW|RDONLY|NOACCESS)[ \t]+\d+[ \t]+(\w+)(?:[ \t]+"([^"\r\n]*)")?/gim),
  ];
  return {
    createType: /^[ \t]*createType[ \t]*=[ \t]*"([^"\r\n]*)"/im.exec(descriptor)?.[1],
    isChild:
      /^[ \t]*parentFileNameHint[ \t]*=/im.test(descriptor) ||
      (parent !== undefined && parent.toLowerCase() !== 'ffffffff'),
    encrypted: /^[ \t]*(?:encryption\.|cipher|keySafe)/im.test(descriptor),
    extents: extents.map(([, type = '', file = '']) => ({ type: type.toUpperCase(), file })),
  };
}
