// Numbers of the NBD protocol (NetworkBlockDevice/nbd, doc/proto.md), the limits we keep, and how its 64-bit numbers are written.
import { AppError } from '../../core/errors.ts';

/** Magic numbers; those of 64 bits as text, as most of them are ASCII. */
export const Magic = {
  greeting: Buffer.from('NBDMAGIC'),
  options: Buffer.from('IHAVEOPT'),
  optionReply: Buffer.from('0003e889045565a9', 'hex'),
  request: 0x25609513,
  simpleReply: 0x67446698,
  chunk: 0x668e33ef,
} as const;

/** What the server says of itself first; the client answers with the same bits, 32 wide. */
export const HandshakeFlag = { fixedNewstyle: 1, noZeroes: 2 } as const;

export const Option = {
  exportName: 1,
  abort: 2,
  list: 3,
  info: 6,
  go: 7,
  structuredReply: 8,
  listMetaContext: 9,
  setMetaContext: 10,
} as const;

export const OptionReply = {
  ack: 1,
  server: 2,
  info: 3,
  metaContext: 4,
  /** From here on it is an error. */
  firstError: 0x8000_0000,
  unsupported: 0x8000_0001,
  policy: 0x8000_0002,
  invalid: 0x8000_0003,
  unknownExport: 0x8000_0006,
} as const;

export const Info = { exportInfo: 0, name: 1, description: 2, blockSize: 3 } as const;

/** What an export can do. */
export const ExportFlag = {
  hasFlags: 1,
  readOnly: 2,
  sendFlush: 4,
  sendWriteZeroes: 64,
  sendDf: 128,
  multiConnect: 256,
} as const;

export const Command = {
  read: 0,
  write: 1,
  disconnect: 2,
  flush: 3,
  writeZeroes: 6,
  blockStatus: 7,
} as const;

export const CommandFlag = { dontFragment: 4, requestOne: 8 } as const;

export const ChunkFlag = { done: 1 } as const;

export const Chunk = {
  none: 0,
  offsetData: 1,
  offsetHole: 2,
  blockStatus: 5,
  /** Types with this bit are errors, known or not. */
  errorBit: 0x8000,
  error: 0x8001,
  errorOffset: 0x8002,
} as const;

/** Flags of a range in the context `base:allocation`. */
export const RangeFlag = { hole: 1, zero: 2 } as const;

export const allocationContext = 'base:allocation';

/** Most data of one request that everybody takes (QEMU, nbdkit, the Linux client): 32 MiB. */
export const maxRequestBytes = 32 * 1024 * 1024;
/** A name, a query, an error text (NBD_MAX_STRING). */
export const maxStringBytes = 4096;
/** Payload of an option or of a reply to one: two names and some numbers. */
export const maxOptionBytes = 16 * 1024;
/** Ranges in one answer about allocation; QEMU sends at most 1 MiB of them. */
export const maxRangesPerReply = 131_072;
/** Bytes of socket paths (`sun_path`), without the NUL. */
export const maxSocketPathBytes = 107;

/** A stretch of an export, as `base:allocation` has it. */
export interface NbdRange {
  readonly offset: number;
  readonly bytes: number;
  /** Reads as zeros. */
  readonly zero: boolean;
  /** Takes no room in the storage behind. */
  readonly hole: boolean;
}

/** Writes a number up to 2^53 as 64 bits. */
export function writeU64(buffer: Buffer, value: number, at: number): void {
  buffer.writeUInt32BE(Math.floor(value / 0x1_0000_0000), at);
  buffer.writeUInt32BE(value % 0x1_0000_0000, at + 4);
}

/** Reads 64 bits; what is above 2^53 comes out inexact, but above 2^53. */
export function readU64(buffer: Buffer, at: number): number {
  return buffer.readUInt32BE(at) * 0x1_0000_0000 + buffer.readUInt32BE(at + 4);
}

/** The other side does not keep to the protocol: nothing that it says can be believed. */
export function protocolBreach(what: string): AppError {
  return new AppError('unavailable', `the other side of the NBD connection breaks the protocol: ${what}`);
}
