// Reads the header of a qcow2 image: size, version, and whether it names other files. Pure.
// Layout: https://www.qemu.org/docs/master/interop/qcow2.html

export interface Qcow2Header {
  readonly version: number;
  /** What the guest sees. */
  readonly sizeBytes: number;
  /** What is allocated, and counted for snapshots, at a time. */
  readonly clusterBytes: number;
  /** Names a backing file: reading the image would read that file too. */
  readonly hasBackingFile: boolean;
  /** Where in the file that name stands; undefined when there is none, or it is longer than the format allows. */
  readonly backingName: { readonly offset: number; readonly bytes: number } | undefined;
  /** Snapshots inside the image. */
  readonly snapshots: number;
  /** Keeps its data in another file that the image names. */
  readonly hasDataFile: boolean;
  readonly encrypted: boolean;
  /** It was open when its writer ended, and its counts may be wrong. */
  readonly dirty: boolean;
  /** Marked so by its last writer. */
  readonly corrupt: boolean;
}

/** Bytes of the file's beginning that `readQcow2Header` needs. */
export const qcow2HeaderBytes = 104;
const magic = 0x514649fb;
const dirtyBit = 1n;
const corruptBit = 2n;
const externalDataFileBit = 4n;
/** The format's own limit. */
const longestBackingName = 1023;

/** Undefined when the bytes are not the beginning of a qcow2 image of version 2 or 3. */
export function readQcow2Header(bytes: Buffer): Qcow2Header | undefined {
  if (bytes.length < 72 || bytes.readUInt32BE(0) !== magic) return undefined;
  const version = bytes.readUInt32BE(4);
  if (version !== 2 && version !== 3) return undefined;
  if (version === 3 && bytes.length < qcow2HeaderBytes) return undefined;
  const size = bytes.readBigUInt64BE(24);
  if (size > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
  const backing = { offset: Number(bytes.readBigUInt64BE(8)), bytes: bytes.readUInt32BE(16) };
  const named = backing.offset > 0 && backing.bytes > 0 && backing.bytes <= longestBackingName;
  const incompatibleFeatures = version === 3 ? bytes.readBigUInt64BE(72) : 0n;
  return {
    version,
    sizeBytes: Number(size),
    clusterBytes: 2 ** bytes.readUInt32BE(20),
    hasBackingFile: bytes.readBigUInt64BE(8) !== 0n || bytes.readUInt32BE(16) !== 0,
    backingName: named ? backing : undefined,
    snapshots: bytes.readUInt32BE(60),
    hasDataFile: (incompatibleFeatures & externalDataFileBit) !== 0n,
    encrypted: bytes.readUInt32BE(32) !== 0,
    dirty: (incompatibleFeatures & dirtyBit) !== 0n,
    corrupt: (incompatibleFeatures & corruptBit) !== 0n,
  };
}
