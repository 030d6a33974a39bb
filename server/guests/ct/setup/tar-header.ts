// Headers of tar archives as others write them: ustar, GNU and pax (tar(5), POSIX pax), read with suspicion and written in one way.
import { AppError } from '../../../core/errors.ts';

export const blockBytes = 512;
/** A pax header holds names and attributes; Linux limits an attribute to 64 KiB. */
export const mostMetaBytes = 1024 * 1024;

/** Kinds by their letter; `sparse`: GNU's old form, whose map is in the header. */
const kinds: Readonly<Record<string, TarKind>> = {
  '\0': 'file',
  '0': 'file',
  '7': 'file',
  '1': 'hard-link',
  '2': 'link',
  '3': 'device',
  '4': 'device',
  '5': 'folder',
  '6': 'fifo',
  S: 'sparse',
  x: 'pax',
  g: 'pax-global',
  L: 'long-name',
  K: 'long-link',
};

export type TarKind =
  | ('file' | 'sparse' | 'hard-link' | 'link' | 'device' | 'folder' | 'fifo')
  | ('pax' | 'pax-global' | 'long-name' | 'long-link');

export interface RawHeader {
  readonly kind: TarKind;
  readonly name: string;
  readonly linkName: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of data that follow. */
  readonly size: number;
  readonly mtime: number;
  /** Of a sparse file: its size with the holes. */
  readonly realSize: number;
  /** Does a block with more of a sparse file's map follow? */
  readonly moreMap: boolean;
}

/** Undefined: a block of zeros. `invalid-input` for what is no header; `after` names the entry before it. */
export function readRawHeader(block: Buffer, after: string): RawHeader | undefined {
  if (block.every((byte) => byte === 0)) return undefined;
  const wrong = (what: string) =>
    new AppError('invalid-input', `the archive is damaged after ${after}: ${what}`);
  const sum = block.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
  if (readNumber(block, 148, 8) !== sum) throw wrong('not a tar header');
  const letter = block.toString('latin1', 156, 157);
  const kind = kinds[letter];
  if (kind === undefined) throw wrong(`an entry of the unknown kind '${letter}'`);
  const number = (at: number, length: number) => {
    const value = readNumber(block, at, length);
    if (value === undefined) throw wrong('a number that is none');
    return value;
  };
  // Only POSIX' own form has a prefix: GNU's has times there, or a sparse file's map.
  const prefix = block.toString('latin1', 257, 263) === 'ustar\0' ? readText(block, 345, 155) : '';
  const name = readText(block, 0, 100);
  const data = ['file', 'sparse', 'pax', 'pax-global', 'long-name', 'long-link'].includes(kind);
  return {
    kind,
    name: prefix === '' ? name : `${prefix}/${name}`,
    linkName: readText(block, 157, 100),
    mode: number(100, 8) & 0o7777,
    uid: number(108, 8),
    gid: number(116, 8),
    // Some write a size at links, but never data.
    size: data ? number(124, 12) : 0,
    mtime: number(136, 12),
    realSize: kind === 'sparse' ? number(483, 12) : 0,
    moreMap: kind === 'sparse' && block[482] !== 0,
  };
}

export type PaxRecords = readonly (readonly [key: string, value: Buffer])[];

/** Records of a pax header: `<length> <key>=<value>\n`. Undefined when they are not that. */
export function readPax(data: Buffer): PaxRecords | undefined {
  const records: [string, Buffer][] = [];
  for (let at = 0; at < data.length; ) {
    const space = data.indexOf(0x20, at);
    const digits = space < 0 ? '' : data.toString('latin1', at, space);
    if (!/^[1-9]\d{0,7}$/.test(digits)) return undefined;
    const end = at + Number(digits);
    const equals = data.indexOf(0x3d, space);
    if (end > data.length || data[end - 1] !== 0x0a || equals < 0 || equals >= end) return undefined;
    records.push([data.toString('utf8', space + 1, equals), data.subarray(equals + 1, end - 1)]);
    at = end;
  }
  return records;
}

export interface PlainHeader {
  readonly letter: string;
  readonly name: Buffer;
  readonly linkName: Buffer;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: number;
  /** Beside what does not fit into the header itself. */
  readonly records: PaxRecords;
  /** A header of GNU's old sparse form, whose map is kept. */
  readonly sparse?: Buffer | undefined;
}

/** The blocks of a header, with a pax header before it when something does not fit. The same for the same input. */
export function renderHeader(header: PlainHeader): Buffer {
  const records: (readonly [string, Buffer])[] = [...header.records];
  const short = (key: string, text: Buffer) => {
    if (text.length <= 100 && text.every((byte) => byte > 0 && byte < 128)) return text;
    records.push([key, text]);
    return Buffer.from('in-pax-header');
  };
  const small = (key: string, value: number, digits: number) => {
    if (Number.isInteger(value) && value >= 0 && value < 8 ** digits) return value;
    records.push([key, Buffer.from(String(value))]);
    return 0;
  };
  const block = Buffer.alloc(blockBytes);
  header.sparse?.copy(block, 257, 257);
  if (!header.sparse) block.write('ustar\0' + '00', 257, 'latin1');
  block.set(short('path', header.name), 0);
  block.set(short('linkpath', header.linkName), 157);
  writeOctal(block, 100, 8, header.mode);
  writeOctal(block, 108, 8, small('uid', header.uid, 7));
  writeOctal(block, 116, 8, small('gid', header.gid, 7));
  writeOctal(block, 124, 12, small('size', header.size, 11));
  writeOctal(block, 136, 12, small('mtime', header.mtime, 11));
  block.write(header.letter, 156, 'latin1');
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  if (records.length === 0) return block;
  const data = Buffer.concat(records.map(([key, value]) => paxRecord(key, value)));
  const mark = { letter: 'x', name: Buffer.from('pax'), linkName: Buffer.alloc(0), mode: 0o644 };
  const pax = renderHeader({ ...mark, uid: 0, gid: 0, mtime: 0, size: data.length, records: [] });
  return Buffer.concat([pax, data, Buffer.alloc(padding(data.length)), block]);
}

export function padding(bytes: number): number {
  return (blockBytes - (bytes % blockBytes)) % blockBytes;
}

function paxRecord(key: string, value: Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from('\n')]);
  let length = rest.length;
  // The length counts its own digits.
  while (length !== rest.length + String(length).length) length = rest.length + String(length).length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

function writeOctal(block: Buffer, at: number, length: number, value: number): void {
  block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1');
}

function readText(block: Buffer, at: number, length: number): string {
  const field = block.subarray(at, at + length);
  const end = field.indexOf(0);
  // latin1 keeps each byte; names are handled as bytes until they are shown.
  return field.toString('latin1', 0, end < 0 ? length : end);
}

/** Octal digits, or GNU's base 256 (first byte 0x80). Undefined for what is neither, negative, or beyond 2^53. */
function readNumber(block: Buffer, at: number, length: number): number | undefined {
  const field = block.subarray(at, at + length);
  if (field[0] === 0x80) {
    const value = field.subarray(1).reduce((total, byte) => total * 256 + byte, 0);
    return Number.isSafeInteger(value) ? value : undefined;
  }
  const text = field
    .toString('latin1')
    .replace(/[\0 ]+$/, '')
    .trimStart();
  if (text === '') return 0;
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : undefined;
}
