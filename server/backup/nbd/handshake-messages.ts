// The handshake of NBD as bytes: options that a client asks for, and how a server answers them. Fixed newstyle only.
import {
  HandshakeFlag,
  Info,
  Magic,
  maxOptionBytes,
  maxStringBytes,
  OptionReply,
  protocolBreach,
  readU64,
  writeU64,
} from './nbd-protocol.ts';

/** Bytes of the server's first words: two magic numbers and its flags. */
export const greetingBytes = 18;
/** Bytes before the data of an option. */
export const optionHeadBytes = 16;
/** Bytes before the data of a reply to an option. */
export const optionReplyHeadBytes = 20;

export function encodeGreeting(): Buffer {
  const flags = Buffer.from([0, HandshakeFlag.fixedNewstyle | HandshakeFlag.noZeroes]);
  return Buffer.concat([Magic.greeting, Magic.options, flags]);
}

/** The server's flags. Refuses the old style and whatever is not NBD. */
export function decodeGreeting(bytes: Buffer): { readonly noZeroes: boolean } {
  if (!bytes.subarray(0, 8).equals(Magic.greeting)) throw protocolBreach('it is no NBD server');
  const flags = bytes.readUInt16BE(16);
  if (!bytes.subarray(8, 16).equals(Magic.options) || (flags & HandshakeFlag.fixedNewstyle) === 0)
    throw protocolBreach('it knows the old handshake only');
  return { noZeroes: (flags & HandshakeFlag.noZeroes) !== 0 };
}

/** The client's answer to the greeting. */
export function encodeClientFlags(noZeroes: boolean): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(HandshakeFlag.fixedNewstyle | (noZeroes ? HandshakeFlag.noZeroes : 0), 0);
  return bytes;
}

/** Refuses clients of the old style and flags that nobody offered. */
export function decodeClientFlags(bytes: Buffer): { readonly noZeroes: boolean } {
  const flags = bytes.readUInt32BE(0);
  const known = HandshakeFlag.fixedNewstyle | HandshakeFlag.noZeroes;
  if ((flags & ~known) !== 0 || (flags & HandshakeFlag.fixedNewstyle) === 0)
    throw protocolBreach(`client flags ${flags}`);
  return { noZeroes: (flags & HandshakeFlag.noZeroes) !== 0 };
}

export function encodeOption(option: number, data: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(optionHeadBytes);
  head.set(Magic.options, 0);
  head.writeUInt32BE(option, 8);
  head.writeUInt32BE(data.length, 12);
  return Buffer.concat([head, data]);
}

/** `bytes`: of the data that follow. */
export function decodeOptionHead(head: Buffer): { readonly option: number; readonly bytes: number } {
  if (!head.subarray(0, 8).equals(Magic.options)) throw protocolBreach('no option begins here');
  return { option: head.readUInt32BE(8), bytes: boundedLength(head.readUInt32BE(12)) };
}

export function encodeOptionReply(option: number, type: number, data: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(optionReplyHeadBytes);
  head.set(Magic.optionReply, 0);
  head.writeUInt32BE(option, 8);
  head.writeUInt32BE(type, 12);
  head.writeUInt32BE(data.length, 16);
  return Buffer.concat([head, data]);
}

/** `bytes`: of the data that follow. Refuses a reply to another option than the one asked for. */
export function decodeOptionReplyHead(
  head: Buffer,
  option: number,
): { readonly type: number; readonly bytes: number } {
  if (!head.subarray(0, 8).equals(Magic.optionReply)) throw protocolBreach('no reply begins here');
  if (head.readUInt32BE(8) !== option) throw protocolBreach('it replies to what was not asked');
  return { type: head.readUInt32BE(12), bytes: boundedLength(head.readUInt32BE(16)) };
}

function boundedLength(bytes: number): number {
  if (bytes > maxOptionBytes) throw protocolBreach(`${bytes} bytes in its handshake`);
  return bytes;
}

/** Data of GO and INFO: an export, and what is to be told about it beyond size and flags (`Info`). */
export function encodeExportQuery(name: string, wanted: readonly number[]): Buffer {
  const numbers = Buffer.alloc(2 + 2 * wanted.length);
  numbers.writeUInt16BE(wanted.length, 0);
  wanted.forEach((info, index) => {
    numbers.writeUInt16BE(info, 2 + 2 * index);
  });
  return Buffer.concat([encodeString(name), numbers]);
}

/** undefined: not well formed. */
export function decodeExportQuery(
  data: Buffer,
): { readonly name: string; readonly wanted: readonly number[] } | undefined {
  const name = decodeString(data, 0);
  if (!name || data.length < name.end + 2) return undefined;
  const count = data.readUInt16BE(name.end);
  if (data.length !== name.end + 2 + 2 * count) return undefined;
  const wanted = Array.from({ length: count }, (_, index) => data.readUInt16BE(name.end + 2 + 2 * index));
  return { name: name.text, wanted };
}

/** Data of SET_META_CONTEXT and LIST_META_CONTEXT. */
export function encodeContextQuery(name: string, queries: readonly string[]): Buffer {
  const count = Buffer.alloc(4);
  count.writeUInt32BE(queries.length, 0);
  return Buffer.concat([encodeString(name), count, ...queries.map(encodeString)]);
}

/** undefined: not well formed. */
export function decodeContextQuery(
  data: Buffer,
): { readonly name: string; readonly queries: readonly string[] } | undefined {
  const name = decodeString(data, 0);
  if (!name || data.length < name.end + 4) return undefined;
  const count = data.readUInt32BE(name.end);
  const queries: string[] = [];
  let at = name.end + 4;
  while (queries.length < count) {
    const query = decodeString(data, at);
    if (!query) return undefined;
    queries.push(query.text);
    at = query.end;
  }
  return at === data.length ? { name: name.text, queries } : undefined;
}

/** Data of a reply that names a metadata context. */
export function encodeContext(id: number, name: string): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(id, 0);
  return Buffer.concat([bytes, Buffer.from(name)]);
}

export function decodeContext(data: Buffer): { readonly id: number; readonly name: string } {
  if (data.length < 4) throw protocolBreach('a metadata context without a number');
  return { id: data.readUInt32BE(0), name: data.toString('utf8', 4) };
}

/** Data of a reply to LIST: the name of an export. */
export function encodeServerReply(name: string): Buffer {
  return encodeString(name);
}

/** A description may follow the name; it is for people. */
export function decodeServerReply(data: Buffer): string {
  const name = decodeString(data, 0);
  if (!name) throw protocolBreach('a list with a name that does not end');
  return name.text;
}

/** Sizes of requests: offset and length are to be multiples of `minBytes`. */
export interface BlockSizes {
  readonly minBytes: number;
  readonly preferredBytes: number;
  readonly maxBytes: number;
}

/** What GO tells; `undefined` for kinds of information that we do not know. */
export type ExportInfo =
  | { readonly sizeBytes: number; readonly flags: number }
  | { readonly blockSizes: BlockSizes }
  | undefined;

export function encodeSizeAndFlags(sizeBytes: number, flags: number): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt16BE(Info.exportInfo, 0);
  writeU64(bytes, sizeBytes, 2);
  bytes.writeUInt16BE(flags, 10);
  return bytes;
}

export function encodeBlockSizes({ minBytes, preferredBytes, maxBytes }: BlockSizes): Buffer {
  const bytes = Buffer.alloc(14);
  bytes.writeUInt16BE(Info.blockSize, 0);
  bytes.writeUInt32BE(minBytes, 2);
  bytes.writeUInt32BE(preferredBytes, 6);
  bytes.writeUInt32BE(maxBytes, 10);
  return bytes;
}

export function decodeExportInfo(data: Buffer): ExportInfo {
  const kind = data.length < 2 ? -1 : data.readUInt16BE(0);
  if (kind === Info.exportInfo && data.length === 12) {
    const sizeBytes = readU64(data, 2);
    if (!Number.isSafeInteger(sizeBytes)) throw protocolBreach('an export of more than 8 PiB');
    return { sizeBytes, flags: data.readUInt16BE(10) };
  }
  if (kind === Info.blockSize && data.length === 14) {
    const minBytes = data.readUInt32BE(2);
    const maxBytes = data.readUInt32BE(10);
    // A power of two up to 64 KiB, by the protocol.
    if (minBytes === 0 || minBytes > 65_536 || (minBytes & (minBytes - 1)) !== 0 || maxBytes < minBytes)
      throw protocolBreach(`requests of ${minBytes} to ${maxBytes} bytes`);
    return { blockSizes: { minBytes, preferredBytes: data.readUInt32BE(6), maxBytes } };
  }
  if (kind === Info.exportInfo || kind === Info.blockSize || kind === -1)
    throw protocolBreach('what it tells of the export is cut off');
  return undefined;
}

/** The text that may come with an error; for people, so it is shortened and cleaned. */
export function readableText(data: Buffer): string {
  return data
    .toString('utf8', 0, 300)
    .replaceAll(/\p{C}+/gu, ' ')
    .trim();
}

export function isOptionError(type: number): boolean {
  return type >= OptionReply.firstError;
}

function encodeString(text: string): Buffer {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length, 0);
  return Buffer.concat([length, bytes]);
}

function decodeString(data: Buffer, at: number): { readonly text: string; readonly end: number } | undefined {
  if (data.length < at + 4) return undefined;
  const bytes = data.readUInt32BE(at);
  const end = at + 4 + bytes;
  if (bytes > maxStringBytes || end > data.length) return undefined;
  return { text: data.toString('utf8', at + 4, end), end };
}
