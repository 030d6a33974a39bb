// Reads a hostile tar archive and writes it anew, so that the program that unpacks it sees only what was checked.
import { AppError } from '../../../core/errors.ts';
import { ByteSource } from '../../../core/tar-stream.ts';
import type { UnpackLimits } from '../ct-setup.ts';
import {
  blockBytes,
  mostMetaBytes,
  type PaxRecords,
  padding,
  type RawHeader,
  readPax,
  readRawHeader,
  renderHeader,
  type TarKind,
} from './tar-header.ts';

export interface FilterRules extends UnpackLimits {
  /** Owners are below this. */
  readonly mostIds: number;
  /** Is asked before each entry with all bytes so far; throws when they are too many for the place. */
  admit?(bytes: number): void;
  /** What the archive is, in the words of errors; default `template`. */
  readonly what?: string;
  /** Refuse names that begin with a slash; default: the slash is taken away. */
  readonly refuseAbsolute?: boolean;
  /** Of sparse files only what is stored counts: an old log of log-ins is larger than the disk that it is on. */
  readonly holesAreFree?: boolean;
  /** Called for each device node outside of `dev/` that is left out; without it they are refused. Also for hard links to any left out. */
  leaveOut?(shown: string): void;
  /** A file with this path is not let through: what is answered gets its data. Undefined: it is let through. */
  take?(path: string): ((data: Uint8Array) => void) | undefined;
}

/** Counts while the archive passes. */
export interface FilterCounts {
  entries: number;
  /** Of file data; holes of sparse files included unless they are free. */
  bytes: number;
}

const mostNameBytes = 4096;
/** Of names and attributes before one entry, which are counted nowhere else. */
const mostMetaBefore = 16 * 1024 ** 2;
/** Names of device nodes that are kept in mind: hard links to them are left out, too. */
const mostLeftOut = 100_000;
/** After the last entry; what comes later is not looked at. */
const mostPadding = 1024 ** 2;
const letters: Partial<Record<TarKind, string>> = {
  file: '0',
  sparse: 'S',
  'hard-link': '1',
  link: '2',
  folder: '5',
  fifo: '6',
};
/** What may come from a pax header beside names and numbers: attributes, access lists, maps of sparse files. */
const keptRecords =
  /^(SCHILY\.xattr\.(user\..+|security\.capability)|SCHILY\.acl\.(access|default)|GNU\.sparse\..+)$/;

/** What the headers before an entry say about it. */
interface Said {
  records: PaxRecords;
  name?: string;
  linkName?: string;
}

/**
 * Yields a tar archive with the same files. Leading `/` and `./` are taken away, device nodes below `dev/` left out. Throws
 * `invalid-input` naming the entry for `..`, other device nodes, owners outside of the map, too much of anything, damage.
 */
export async function* filterTar(
  source: AsyncIterable<Uint8Array>,
  rules: FilterRules,
  counts: FilterCounts,
): AsyncGenerator<Uint8Array> {
  const bytes = new ByteSource(source);
  let said: Said = { records: [] };
  let after = 'its beginning';
  let metaBytes = 0;
  const gone = new Set<string>();
  try {
    for (;;) {
      const block = await exactly(bytes, blockBytes, after);
      const raw = readRawHeader(block, after);
      if (raw === undefined) break;
      if (isMeta(raw.kind)) {
        metaBytes += blockBytes + raw.size;
        if (metaBytes > mostMetaBefore)
          throw new AppError('invalid-input', `the archive is damaged after ${after}: too many names`);
        said = readMeta(raw, await metaData(bytes, raw, after), said, after);
        continue;
      }
      const entry = checkedEntry(raw, said, rules, counts, gone);
      said = { records: [] };
      metaBytes = 0;
      after = entry.shown;
      if (entry.header)
        yield renderHeader({ ...entry.header, sparse: raw.kind === 'sparse' ? block : undefined });
      for (let more = raw.moreMap; more; ) {
        // 21 pieces of the map and whether one more block follows (tar(5), "GNU tar archives").
        const map = await exactly(bytes, blockBytes, after);
        more = map[504] !== 0;
        yield map;
      }
      for (let left = entry.size + padding(entry.size); left > 0; ) {
        const data = await bytes.take(left);
        if (!data) throw cutOff(after);
        left -= data.length;
        if (entry.header) yield data;
        else
          entry.taken?.(data.subarray(0, Math.max(0, data.length - Math.max(0, padding(entry.size) - left))));
      }
    }
    // To the end of the padding: the compression's own check of the data comes last.
    for (let left = mostPadding; left > 0; ) {
      const rest = await bytes.take(left);
      if (!rest) break;
      left -= rest.length;
    }
    if (counts.entries === 0) throw new AppError('invalid-input', 'the archive is empty');
    yield Buffer.alloc(2 * blockBytes);
  } finally {
    await bytes.close();
  }
}

function isMeta(kind: TarKind): boolean {
  return kind === 'pax' || kind === 'pax-global' || kind === 'long-name' || kind === 'long-link';
}

function readMeta(raw: RawHeader, data: Buffer, said: Said, after: string): Said {
  if (raw.kind === 'long-name') return { ...said, name: cString(data) };
  if (raw.kind === 'long-link') return { ...said, linkName: cString(data) };
  const records = readPax(data);
  if (!records) throw new AppError('invalid-input', `the archive is damaged after ${after}: a pax header`);
  // A global header could give all files one name; what is of use in it (a comment) is of none here.
  return raw.kind === 'pax-global' ? said : { ...said, records };
}

interface Checked {
  /** For people. */
  readonly shown: string;
  /** Bytes that follow in the archive. */
  readonly size: number;
  /** Undefined: left out. */
  readonly header: Parameters<typeof renderHeader>[0] | undefined;
  /** Gets the data of one that is left out. */
  readonly taken?: ((data: Uint8Array) => void) | undefined;
}

function checkedEntry(
  raw: RawHeader,
  said: Said,
  rules: FilterRules,
  counts: FilterCounts,
  gone: Set<string>,
): Checked {
  const { what = 'template' } = rules;
  // The last one of a key counts (POSIX).
  const pax = new Map(said.records);
  const bytesOf = (key: string) => pax.get(key)?.toString('latin1');
  const name = bytesOf('GNU.sparse.name') ?? bytesOf('path') ?? said.name ?? raw.name;
  const shown = showName(name);
  const refuse = (why: string) => new AppError('invalid-input', `the ${what}'s entry '${shown}' ${why}`);
  const number = (key: string, otherwise: number) => {
    const text = bytesOf(key);
    if (text === undefined) return otherwise;
    if (!/^-?\d{1,16}(\.\d+)?$/.test(text)) throw refuse(`has a wrong ${key}`);
    return Number(text);
  };
  if (rules.refuseAbsolute && name.startsWith('/')) throw refuse('has an absolute name');
  const path = checkedName(name, refuse);
  // Archives from before there were kinds of entries: a name that ends with a slash is a folder.
  const kind = raw.kind === 'file' && name.endsWith('/') ? 'folder' : raw.kind;
  const hasData = kind === 'file' || kind === 'sparse';
  const size = hasData ? number('size', raw.size) : 0;
  const realSize = rules.holesAreFree
    ? size
    : Math.max(size, raw.realSize, number('GNU.sparse.realsize', 0), number('GNU.sparse.size', 0));
  const uid = number('uid', raw.uid);
  const gid = number('gid', raw.gid);
  if (!Number.isSafeInteger(size) || size < 0) throw refuse('has a wrong size');
  counts.entries++;
  counts.bytes += realSize;
  if (counts.entries > rules.mostEntries)
    throw refuse(`is one more than the ${rules.mostEntries} entries allowed`);
  if (counts.bytes > rules.mostBytes) {
    throw refuse(`makes the ${what} larger than the ${Math.floor(rules.mostBytes / 1024 ** 2)} MiB allowed`);
  }
  rules.admit?.(counts.bytes);
  const withoutIt = { shown, size, header: undefined };
  if (kind === 'device') {
    const own = /^dev\/./.test(path);
    if (!own && !rules.leaveOut) throw refuse('is a device node');
    if (!own) rules.leaveOut?.(shown);
    if (gone.add(path).size > mostLeftOut) throw refuse('is a device node too many');
    return withoutIt;
  }
  for (const id of [uid, gid]) {
    if (!(Number.isInteger(id) && id >= 0 && id < rules.mostIds))
      throw refuse(`belongs to the unknown id ${id}`);
  }
  const target = bytesOf('linkpath') ?? said.linkName ?? raw.linkName;
  const linkName = kind === 'hard-link' ? checkedName(target, refuse) : kind === 'link' ? target : '';
  if (kind === 'hard-link' && gone.has(linkName)) {
    if (!path.startsWith('dev/')) rules.leaveOut?.(shown);
    return withoutIt;
  }
  const taken = kind === 'file' ? rules.take?.(path) : undefined;
  if (taken) return { ...withoutIt, taken };
  if (kind === 'link' && (target === '' || target.length >= mostNameBytes || target.includes('\0')))
    throw refuse('is a link to nowhere');
  const records = said.records.filter(([key]) => keptRecords.test(key) && key !== 'GNU.sparse.name');
  const latin1 = (text: string) => Buffer.from(text, 'latin1');
  const mtime = number('mtime', raw.mtime);
  const fraction = Number.isInteger(mtime) ? undefined : pax.get('mtime');
  // As it is written: nanoseconds do not fit into a number.
  if (fraction) records.push(['mtime', fraction]);
  if (pax.has('GNU.sparse.name')) records.push(['GNU.sparse.name', latin1(path)]);
  return {
    shown,
    size,
    header: {
      letter: letters[kind] as string,
      name: latin1(kind === 'folder' ? `${path}/` : path),
      linkName: latin1(linkName),
      mode: raw.mode,
      uid,
      gid,
      size,
      mtime: fraction ? 0 : mtime,
      records,
    },
  };
}

/** Relative and plain; `.` for the root. */
function checkedName(name: string, refuse: (why: string) => AppError): string {
  if (name === '') throw refuse('has no name');
  if (name.length > mostNameBytes) throw refuse('has too long a name');
  if (name.includes('\0')) throw refuse('has a NUL byte in its name');
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw refuse("has '..' in its name");
  if (parts.some((part) => part.length > 255)) throw refuse('has too long a name');
  return parts.length === 0 ? '.' : parts.join('/');
}

/** As UTF-8 for people, without what a terminal would obey, and not too long. */
function showName(name: string): string {
  const text = Buffer.from(name, 'latin1')
    .toString('utf8')
    .replace(/[\x00-\x1f\x7f-\x9f]/g, '?');
  return text.length > 200 ? `${text.slice(0, 200)}...` : text;
}

function cString(data: Buffer): string {
  const end = data.indexOf(0);
  return data.toString('latin1', 0, end < 0 ? data.length : end);
}

async function metaData(bytes: ByteSource, raw: RawHeader, after: string): Promise<Buffer> {
  if (raw.size > mostMetaBytes)
    throw new AppError('invalid-input', `the archive is damaged after ${after}: ${raw.size} bytes of names`);
  const data = await exactly(bytes, raw.size + padding(raw.size), after);
  return data.subarray(0, raw.size);
}

async function exactly(bytes: ByteSource, length: number, after: string): Promise<Buffer> {
  const data = await bytes.exactly(length);
  if (!data) throw cutOff(after);
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

function cutOff(after: string): AppError {
  return new AppError('invalid-input', `the archive ends too early, after ${after}`);
}
