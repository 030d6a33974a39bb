// What stands at a path below a root: its kind, size, mode and owner.
import type { Stats } from 'node:fs';

export interface RootEntry {
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  readonly sizeBytes: number;
  /** Permission bits, with setuid and its like. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly modifiedMs: number;
}

export function entryOf(stat: Stats): RootEntry {
  const kind = stat.isFile()
    ? 'file'
    : stat.isDirectory()
      ? 'folder'
      : stat.isSymbolicLink()
        ? 'link'
        : 'other';
  const { size: sizeBytes, uid, gid, mtimeMs: modifiedMs } = stat;
  return { kind, sizeBytes, mode: stat.mode & 0o7777, uid, gid, modifiedMs };
}

export function kindInWords(stat: Stats): string {
  if (stat.isDirectory()) return 'a folder';
  if (stat.isSymbolicLink()) return 'a link';
  return stat.isFIFO() ? 'a FIFO' : stat.isSocket() ? 'a socket' : 'a device';
}
