// Backups in `dump/`: what their names say, and the files beside each in Proxmox VE's own names: notes, mark of protection, log, picture, proof.
import { constants } from 'node:fs';
import { type FileHandle, lstat, open, readdir, rename } from 'node:fs/promises';
import path from 'node:path';
import { AppError, invalidInput } from '../../server/core/errors.ts';
import { readLocalZone } from '../../server/core/local-zone.ts';
import { type ArchiveName, parseArchiveName } from '../backup-names/archive-name.ts';
import { archiveBeside, besideArchive } from '../backup-names/beside-archive.ts';
import { type BesideKind, mostBesideBytes } from '../plugin.ts';
import type { VolumeName } from '../volume-names.ts';
import { type Annotation, forgetAnnotation, mostNotesBytes, requireShortNotes } from './annotations.ts';
import { openRegular } from './layout.ts';
import { hasErrno } from './system-errors.ts';
import { release, removeTemporary, syncFolder, temporaryPath } from './temporary-files.ts';

/** What a removal that was cut off left; of another node it may still be under way. In milliseconds. */
const strayAgeMs = 3_600_000;
/** Most notes and logs are read in one go. */
const pieceBytes = 64 * 1024;

/** Of the folder when many are read: the node's zone, in which times in names are. */
export interface BackupFacts {
  readonly vmid: number | undefined;
  /** Seconds since the epoch; undefined when the name does not tell. */
  readonly createdAt: number | undefined;
}

/** What the name of a backup says of it. `zone`: the node's. */
export function backupFacts({ fileName }: Pick<VolumeName, 'fileName'>, zone = readLocalZone()): BackupFacts {
  const { vmid, atMs } = archiveName(fileName, zone);
  return { vmid, createdAt: atMs === undefined ? undefined : Math.floor(atMs / 1000) };
}

/** `file` is the archive's path; `there` the names in its folder, when they are known. A mark of any sort protects. */
export async function readBackupAnnotation(file: string, there?: ReadonlySet<string>): Promise<Annotation> {
  const beside = besideArchive(archiveName(path.basename(file)));
  const has = (name: string) => there === undefined || there.has(name);
  const notes = has(beside.notes) ? await readNotes(besidePath(file, beside.notes)) : '';
  const isProtected = has(beside.protected) && (await exists(besidePath(file, beside.protected)));
  return { ...(notes === '' ? {} : { notes }), ...(isProtected ? { protected: true } : {}) };
}

/** Each of the two at once and durable. Repeatable. */
export async function changeBackupAnnotation(file: string, change: Annotation): Promise<void> {
  requireShortNotes(change.notes);
  const beside = besideArchive(archiveName(path.basename(file)));
  const [notes, mark] = [besidePath(file, beside.notes), besidePath(file, beside.protected)];
  if (change.protected === true && !(await exists(mark))) await writeWhole(mark, Buffer.alloc(0));
  if (change.notes === '') await forgetAnnotation(notes);
  else if (change.notes !== undefined) await writeWhole(notes, Buffer.from(change.notes));
  if (change.protected === false) await forgetAnnotation(mark);
  await syncFolder(path.dirname(file));
}

/** `Storage.putBeside`, for the archive at `file`. */
export async function putBesideBackup(file: string, kind: BesideKind, content: Uint8Array): Promise<void> {
  if (content.length > mostBesideBytes)
    throw invalidInput({ content: `must not be longer than ${mostBesideBytes} bytes` });
  const name = besideName(file, kind);
  if (name === undefined) throw new AppError('unsupported', 'a backup that was renamed has no log');
  await writeWhole(besidePath(file, name), content);
}

/** `Storage.readBeside`, for the archive at `file`. */
export async function readBesideBackup(file: string, kind: BesideKind): Promise<Uint8Array | undefined> {
  const name = besideName(file, kind);
  const handle = name === undefined ? undefined : await openBeside(besidePath(file, name));
  if (!handle) return undefined;
  try {
    const content = await readUpTo(handle, mostBesideBytes + 1);
    if (content.length > mostBesideBytes)
      throw new AppError(
        'invalid-input',
        `what lies beside the backup is longer than ${mostBesideBytes} bytes`,
      );
    return content;
  } finally {
    await handle.close();
  }
}

/**
 * Removes all that lies beside an archive which is gone, or was replaced. Repeatable. The log first: without the others nothing would
 * tell later that it belongs to what was removed.
 */
export async function forgetBesideBackup(file: string): Promise<void> {
  const { log, notes, picture, proof, protected: mark } = besideArchive(archiveName(path.basename(file)));
  for (const name of [log, picture, proof, notes, mark])
    if (name !== undefined) await forgetAnnotation(besidePath(file, name));
}

/**
 * Removes what lies beside archives that are not there (any more), when it is older than an hour; answers the names. Marks of protection
 * stay, and logs beside which nothing else is left: that is how Proxmox VE leaves those of backups that failed.
 */
export async function sweepBesideBackups(folder: string, nowMs: number): Promise<string[]> {
  const names = new Set(await readdir(folder));
  const removed: string[] = [];
  for (const name of names) {
    const found = archiveBeside(name);
    if (!found || found.part === 'protected' || names.has(found.archive)) continue;
    const archive = parseArchiveName(found.archive, 'UTC');
    if (!archive || !(await isStray(path.join(folder, name), nowMs))) continue;
    const { log } = besideArchive(archive);
    const isLogOfOther = [...names].some((other) => other !== log && sameBackup(other, archive));
    for (const stray of log !== undefined && names.has(log) && !isLogOfOther ? [log, name] : [name]) {
      if (!(await isStray(path.join(folder, stray), nowMs))) continue;
      await forgetAnnotation(path.join(folder, stray));
      removed.push(stray);
    }
  }
  return removed;
}

/** An archive of the same guest and moment, compressed in another way. */
function sameBackup(fileName: string, { fileName: gone, extension }: ArchiveName): boolean {
  return (
    fileName.startsWith(gone.slice(0, -extension.length)) && parseArchiveName(fileName, 'UTC') !== undefined
  );
}

async function isStray(file: string, nowMs: number): Promise<boolean> {
  const found = await lstat(file).catch(() => undefined);
  return found?.isFile() === true && nowMs - found.ctimeMs >= strayAgeMs;
}

/** The names of volumes were checked: it is one of an archive. */
function archiveName(fileName: string, zone = 'UTC'): ArchiveName {
  const name = parseArchiveName(fileName, zone);
  if (!name) throw new AppError('invalid-input', 'not the name of a backup');
  return name;
}

function besideName(file: string, kind: BesideKind): string | undefined {
  return besideArchive(archiveName(path.basename(file)))[kind];
}

function besidePath(file: string, name: string): string {
  return path.join(path.dirname(file), name);
}

async function exists(file: string): Promise<boolean> {
  try {
    await lstat(file);
    return true;
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return false;
    throw error;
  }
}

/** Others write them too: what is too long is cut, what is no text is replaced, and what is no file says nothing. */
async function readNotes(file: string): Promise<string> {
  const handle = await openBeside(file);
  if (!handle) return '';
  try {
    // The end of a character that was cut is left out.
    return new TextDecoder().decode(await readUpTo(handle, mostNotesBytes), { stream: true });
  } finally {
    await handle.close();
  }
}

/** Undefined when it is not there, or no regular file. */
async function openBeside(file: string): Promise<FileHandle | undefined> {
  try {
    return await openRegular(file, constants.O_RDONLY);
  } catch (error) {
    const isNoFile =
      error instanceof AppError || ['ENOENT', 'ELOOP', 'ENXIO'].some((one) => hasErrno(error, one));
    if (isNoFile) return undefined;
    throw error;
  }
}

async function readUpTo(handle: FileHandle, most: number): Promise<Uint8Array> {
  const pieces: Buffer[] = [];
  let done = 0;
  while (done < most) {
    const piece = Buffer.alloc(Math.min(pieceBytes, most - done));
    const { bytesRead } = await handle.read(piece, 0, piece.length, done);
    pieces.push(piece.subarray(0, bytesRead));
    done += bytesRead;
    // A regular file gives less than it was asked for at its end alone.
    if (bytesRead < piece.length) break;
  }
  return Buffer.concat(pieces);
}

/** The whole content under the name at once, synced; a link of that name is replaced, not followed. */
async function writeWhole(file: string, content: Uint8Array): Promise<void> {
  const temporary = temporaryPath(path.dirname(file));
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await removeTemporary(temporary).catch(() => {});
    throw error;
  }
  release(temporary);
  await syncFolder(path.dirname(file));
}
