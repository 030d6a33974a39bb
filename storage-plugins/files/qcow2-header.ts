// Reads the header of a qcow2 image: size, version, and whether it names other files. Pure.
// Layout: https://www.qemu.org/docs/master/interop/qcow2.html

export interface Qcow2Header {
  readonly version: number;
  /** What the guest sees. */
  readonly sizeBytes: number;
  /** Names a backing file: reading the image would read that file too. */
  readonly hasBackingFile: boolean;
  /** Keeps its data in another file that the image names. */
  readonly hasDataFile: boolean;
  readonly encrypted: boolean;
}

/** Bytes of the file's beginning that `readQcow2Header` needs. */
export const qcow2HeaderBytes = 104;
const magic = 0x514649fb;
const externalDataFileBit = 4n;

/** Undefined when the bytes are not the beginning of a qcow2 image of version 2 or 3. */
export function readQcow2Header(bytes: Buffer): Qcow2Header | undefined {
  if (bytes.length < 72 || bytes.readUInt32BE(0) !== magic) return undefined;
  const version = bytes.readUInt32BE(4);
  if (version !== 2 && version !== 3) return undefined;
  if (version === 3 && bytes.length < qcow2HeaderBytes) return undefined;
  const size = bytes.readBigUInt64BE(24);
  if (size > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
  const incompatibleFeatures = version === 3 ? bytes.readBigUInt64BE(72) : 0n;
  return {
    version,
    sizeBytes: Number(size),
    hasBackingFile: bytes.readBigUInt64BE(8) !== 0n || bytes.readUInt32BE(16) !== 0,
    hasDataFile: (incompatibleFeatures & externalDataFileBit) !== 0n,
    encrypted: bytes.readUInt32BE(32) !== 0,
  };
}
