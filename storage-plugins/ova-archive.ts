// What is in an OVA: a tar archive of plain files, as a stranger wrote it. Reads headers and steps over the files. Pure.
// Formats: tar of POSIX.1 (ustar, pax(1)); "Open Virtualization Format Specification" (DMTF DSP0243), "OVA" and "manifest".
import { AppError } from '../server/core/errors.ts';
import { tarBlockBytes } from '../server/core/tar-stream.ts';
import { tidyFileName } from './volume-names.ts';

/** Bytes at a position; fewer at the end of the file. */
export type ReadArchive = (position: number, length: number) => Promise<Buffer>;

export interface OvaMember {
  /** As it is in the archive, a leading `./` left out. */
  readonly name: string;
  /** As volume names have it: no spaces. */
  readonly tidyName: string;
  readonly offset: number;
  readonly bytes: number;
}

export interface Checksum {
  readonly algorithm: 'sha1' | 'sha256' | 'sha512';
  readonly checksum: string;
}

const mostMembers = 128;
const mostPaxBytes = 64 * 1024;
/** Numbers in a manifest: of files in the archive. */
export const mostManifestBytes = 64 * 1024;

/** All members. `invalid-input` for an archive that holds anything but plain files side by side. */
export async function readOva(totalBytes: number, read: ReadArchive): Promise<OvaMember[]> {
  const members: OvaMember[] = [];
  const names = new Set<string>();
  let pax: PaxFields = {};
  let headers = 0;
  for (let at = 0; at + tarBlockBytes <= totalBytes; ) {
    const block = await read(at, tarBlockBytes);
    if (block.length < tarBlockBytes) throw refused('it is cut off');
    if (block.every((byte) => byte === 0)) break;
    headers += 1;
    if (headers > 2 * mostMembers) throw refused(`it holds more than ${mostMembers} files`);
    const header = readHeader(block);
    const bytes = pax.size ?? header.bytes;
    const offset = at + tarBlockBytes;
    if (offset + bytes > totalBytes) throw refused('it is cut off');
    at = offset + Math.ceil(bytes / tarBlockBytes) * tarBlockBytes;
    if (header.type === 'x') {
      if (bytes > mostPaxBytes) throw refused('a header in it is too long');
      pax = readPax(await read(offset, bytes));
      continue;
    }
    if (header.type === 'g') continue;
    const name = plainName(pax.path ?? header.name);
    pax = {};
    if (header.type !== '0' && header.type !== '\0')
      throw refused(`'${name}' is ${kindOf(header.type)}, not a file`);
    const tidyName = tidyFileName(name);
    if (names.has(tidyName)) throw refused(`'${name}' is in it twice`);
    names.add(tidyName);
    members.push({ name, tidyName, offset, bytes });
    if (members.length > mostMembers) throw refused(`it holds more than ${mostMembers} files`);
  }
  if (members.length === 0) throw refused('it is empty, or not a tar archive');
  return members;
}

interface PaxFields {
  readonly path?: string;
  readonly size?: number;
}

function readHeader(block: Buffer): { name: string; bytes: number; type: string } {
  const sum = block.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  if (readNumber(block, 148, 8) !== sum)
    throw refused('a header in it is damaged, or it is not a tar archive');
  const magic = block.toString('latin1', 257, 262);
  const prefix = magic === 'ustar' && block[262] === 0 ? textAt(block, 345, 155) : '';
  const name = textAt(block, 0, 100);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    bytes: readNumber(block, 124, 12),
    type: block.toString('latin1', 156, 157),
  };
}

function textAt(block: Buffer, from: number, length: number): string {
  const field = block.subarray(from, from + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? length : end);
}

/** Octal, or base 256 with the highest bit set (GNU, for more than 8 GiB). */
function readNumber(block: Buffer, from: number, length: number): number {
  const field = block.subarray(from, from + length);
  if (((field[0] ?? 0) & 0x80) !== 0) {
    const value = field.reduce((total, byte, at) => total * 256n + BigInt(at === 0 ? byte & 0x7f : byte), 0n);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw refused('a size in it is absurd');
    return Number(value);
  }
  const text = field
    .toString('latin1')
    .replace(/[\0 ]+$/, '')
    .trimStart();
  if (!/^[0-7]{0,12}$/.test(text)) throw refused('a number in it cannot be read');
  return text === '' ? 0 : Number.parseInt(text, 8);
}

/** Records `LENGTH KEY=VALUE\n`; of them path and size count. Sparse files are refused: their bytes are not the file's. */
function readPax(bytes: Buffer): PaxFields {
  const fields: { path?: string; size?: number } = {};
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const length = space < 0 ? Number.NaN : Number(bytes.toString('latin1', at, space));
    if (!Number.isInteger(length) || length < 5 || at + length > bytes.length)
      throw refused('a header in it cannot be read');
    const record = bytes.toString('utf8', space + 1, at + length - 1);
    const equals = record.indexOf('=');
    const [key, value] = [record.slice(0, equals), record.slice(equals + 1)];
    if (/^GNU\.sparse/.test(key)) throw refused('it holds sparse files');
    if (key === 'path') fields.path = value;
    if (key === 'size') {
      if (!/^\d{1,15}$/.test(value)) throw refused('a size in it is absurd');
      fields.size = Number(value);
    }
    at += length;
  }
  return fields;
}

/** One plain component, no way elsewhere. */
function plainName(given: string): string {
  const name = given.replace(/^\.\//, '');
  const shown = JSON.stringify(given.slice(0, 80));
  if (name.startsWith('/') || /^[a-z]:/i.test(name)) throw refused(`the name ${shown} is absolute`);
  if (name.split(/[/\\]/).includes('..')) throw refused(`the name ${shown} leads elsewhere`);
  if (/[/\\]/.test(name)) throw refused(`the name ${shown} is in a folder`);
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.+ ()=-]{0,199}$/.test(name))
    throw refused(`the name ${shown} holds more than letters, digits, spaces and _ . + - ( )`);
  return name;
}

function kindOf(type: string): string {
  const words: Readonly<Record<string, string>> = {
    '1': 'a hard link',
    '2': 'a symbolic link',
    '3': 'a device',
    '4': 'a device',
    '5': 'a folder',
    '6': 'a pipe',
    S: 'a sparse file',
    L: 'a long name',
    K: 'a long link',
  };
  return words[type] ?? 'something else';
}

/** The description: exactly one file `.ovf`. */
export function descriptionIn(members: readonly OvaMember[]): OvaMember {
  const found = members.filter(({ name }) => /\.ovf$/i.test(name));
  if (found.length !== 1 || !found[0])
    throw refused(found.length === 0 ? 'it holds no .ovf file' : 'it holds several .ovf files');
  return found[0];
}

/** The sums of a manifest, by file name: lines `SHA256(box-disk1.vmdk)= 0123...`. */
export function readManifest(text: string): Map<string, Checksum> {
  const sums = new Map<string, Checksum>();
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === '') continue;
    const match =
      /^(SHA1|SHA256|SHA512)\s*\(([^()]{1,200}(?:\([^()]*\)[^()]*)*)\)\s*=\s*([0-9a-f]+)\s*$/i.exec(line);
    if (!match) throw refused('its manifest cannot be read');
    const [, word = '', name = '', hex = ''] = match;
    const algorithm = word.toLowerCase() as Checksum['algorithm'];
    if (hex.length !== { sha1: 40, sha256: 64, sha512: 128 }[algorithm])
      throw refused(`its manifest has no sum of ${JSON.stringify(name)}`);
    sums.set(name, { algorithm, checksum: hex.toLowerCase() });
  }
  return sums;
}

function refused(why: string): AppError {
  return new AppError('invalid-input', `the archive is refused: ${why}`, { fields: { volume: why } });
}
