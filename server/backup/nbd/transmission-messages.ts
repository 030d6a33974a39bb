// Requests and replies of NBD after the handshake, as bytes.
import {
  Chunk,
  ChunkFlag,
  Magic,
  maxRangesPerReply,
  maxStringBytes,
  type NbdRange,
  protocolBreach,
  RangeFlag,
  readU64,
  writeU64,
} from './nbd-protocol.ts';

export const requestBytes = 28;
/** Both kinds of replies begin with so many bytes: magic, error or flags and type, handle. */
export const replyHeadBytes = 16;

/** `handle` is the client's own, told back in the reply: 64 bits that a server does not look at. */
export interface NbdRequest {
  readonly flags: number;
  /** A number of `Command`, or one that we do not know. */
  readonly type: number;
  readonly handle: bigint;
  readonly offset: number;
  readonly length: number;
}

export function encodeRequest({ flags, type, handle, offset, length }: NbdRequest): Buffer {
  const bytes = Buffer.allocUnsafe(requestBytes);
  bytes.writeUInt32BE(Magic.request, 0);
  bytes.writeUInt16BE(flags, 4);
  bytes.writeUInt16BE(type, 6);
  bytes.writeBigUInt64BE(handle, 8);
  writeU64(bytes, offset, 16);
  bytes.writeUInt32BE(length, 24);
  return bytes;
}

export function decodeRequest(bytes: Buffer): NbdRequest {
  if (bytes.readUInt32BE(0) !== Magic.request) throw protocolBreach('no request begins here');
  return {
    flags: bytes.readUInt16BE(4),
    type: bytes.readUInt16BE(6),
    handle: bytes.readBigUInt64BE(8),
    offset: readU64(bytes, 16),
    length: bytes.readUInt32BE(24),
  };
}

/** What the first bytes of a reply tell; of a chunk, the number of its payload's bytes comes next. */
export type ReplyHead =
  | { readonly kind: 'simple'; readonly handle: bigint; readonly errno: number }
  | { readonly kind: 'chunk'; readonly handle: bigint; readonly type: number; readonly done: boolean };

export function decodeReplyHead(bytes: Buffer): ReplyHead {
  const magic = bytes.readUInt32BE(0);
  const handle = bytes.readBigUInt64BE(8);
  if (magic === Magic.simpleReply) return { kind: 'simple', handle, errno: bytes.readUInt32BE(4) };
  if (magic !== Magic.chunk) throw protocolBreach('no reply begins here');
  const done = (bytes.readUInt16BE(4) & ChunkFlag.done) !== 0;
  return { kind: 'chunk', handle, type: bytes.readUInt16BE(6), done };
}

/** Data, if there are any, follow in a write of their own. */
export function encodeSimpleReply(handle: bigint, errno: number): Buffer {
  const bytes = Buffer.allocUnsafe(replyHeadBytes);
  bytes.writeUInt32BE(Magic.simpleReply, 0);
  bytes.writeUInt32BE(errno, 4);
  bytes.writeBigUInt64BE(handle, 8);
  return bytes;
}

function chunkHead(handle: bigint, type: number, payloadBytes: number, ownBytes: number): Buffer {
  const bytes = Buffer.alloc(replyHeadBytes + 4 + ownBytes);
  bytes.writeUInt32BE(Magic.chunk, 0);
  // Our replies have one chunk each.
  bytes.writeUInt16BE(ChunkFlag.done, 4);
  bytes.writeUInt16BE(type, 6);
  bytes.writeBigUInt64BE(handle, 8);
  bytes.writeUInt32BE(payloadBytes, 16);
  return bytes;
}

const payloadAt = replyHeadBytes + 4;

export function encodeNone(handle: bigint): Buffer {
  return chunkHead(handle, Chunk.none, 0, 0);
}

/** All before the data. */
export function encodeDataHead(handle: bigint, offset: number, dataBytes: number): Buffer {
  const bytes = chunkHead(handle, Chunk.offsetData, 8 + dataBytes, 8);
  writeU64(bytes, offset, payloadAt);
  return bytes;
}

export function encodeHole(handle: bigint, offset: number, holeBytes: number): Buffer {
  const bytes = chunkHead(handle, Chunk.offsetHole, 12, 12);
  writeU64(bytes, offset, payloadAt);
  bytes.writeUInt32BE(holeBytes, payloadAt + 8);
  return bytes;
}

export function encodeError(handle: bigint, errno: number, message: string): Buffer {
  const text = Buffer.from(message).subarray(0, maxStringBytes);
  const bytes = chunkHead(handle, Chunk.error, 6 + text.length, 6);
  bytes.writeUInt32BE(errno, payloadAt);
  bytes.writeUInt16BE(text.length, payloadAt + 4);
  return Buffer.concat([bytes, text]);
}

/** Payload of an error chunk: number, length of the text, text, and with `errorOffset` the place. */
export function decodeError(
  type: number,
  payload: Buffer,
): { readonly errno: number; readonly text: Buffer; readonly offset: number | undefined } {
  const textBytes = payload.length < 6 ? 0 : payload.readUInt16BE(4);
  const rest = payload.length - 6 - textBytes;
  if (rest < (type === Chunk.errorOffset ? 8 : 0)) throw protocolBreach('an error that is cut off');
  return {
    errno: payload.readUInt32BE(0),
    text: payload.subarray(6, 6 + textBytes),
    offset: type === Chunk.errorOffset ? readU64(payload, 6 + textBytes) : undefined,
  };
}

/** `ranges` follow one another. */
export function encodeBlockStatus(handle: bigint, contextId: number, ranges: readonly NbdRange[]): Buffer {
  const bytes = chunkHead(handle, Chunk.blockStatus, 4 + 8 * ranges.length, 4 + 8 * ranges.length);
  bytes.writeUInt32BE(contextId, payloadAt);
  ranges.forEach(({ bytes: length, zero, hole }, index) => {
    const at = payloadAt + 4 + 8 * index;
    bytes.writeUInt32BE(length, at);
    bytes.writeUInt32BE((hole ? RangeFlag.hole : 0) | (zero ? RangeFlag.zero : 0), at + 4);
  });
  return bytes;
}

/** Most payload of a chunk with ranges. */
export const maxBlockStatusBytes = 4 + 8 * maxRangesPerReply;

/** Ranges from `offset` on, what goes beyond `end` cut off. */
export function decodeBlockStatus(
  payload: Buffer,
  offset: number,
  end: number,
): { readonly contextId: number; readonly ranges: NbdRange[] } {
  if (payload.length < 12 || payload.length % 8 !== 4) throw protocolBreach('ranges that are cut off');
  const ranges: NbdRange[] = [];
  let from = offset;
  for (let at = 4; at < payload.length; at += 8) {
    // Only the last range may go beyond the request.
    if (from >= end) throw protocolBreach('ranges beyond what was asked');
    const told = payload.readUInt32BE(at);
    if (told === 0) throw protocolBreach('a range of 0 bytes');
    const flags = payload.readUInt32BE(at + 4);
    const bytes = Math.min(told, end - from);
    const zero = (flags & RangeFlag.zero) !== 0;
    ranges.push({ offset: from, bytes, zero, hole: (flags & RangeFlag.hole) !== 0 });
    from += bytes;
  }
  return { contextId: payload.readUInt32BE(0), ranges };
}
