// Files in the making: their recognisable names, their way to the final name, and the removal of those left by a crash.
import { createHash, randomBytes } from 'node:crypto';
import { link, lstat, open, readdir, rename, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { AppError } from '../../server/core/errors.ts';
import { hasErrno } from './system-errors.ts';

const host =
  hostname()
    .replace(/[^A-Za-z0-9-]/g, '')
    .slice(0, 63) || 'node';
const pattern = /^\.croft-([A-Za-z0-9-]{1,63})-[0-9a-f]{16}\.part$/;
/** Another node's file on shared storage is only taken for left over when nothing was written to it for this long. */
const foreignAgeMs = 24 * 3600 * 1000;

/** Full paths of the files that this process works on. Not lost state: after a restart nobody works on them. */
const inWork = new Set<string>();

/** A fresh name in the folder, or always the same for a key; registered as in work until `release` is called. */
export function temporaryPath(folder: string, key?: string): string {
  const word =
    key === undefined
      ? randomBytes(8).toString('hex')
      : createHash('sha256').update(key).digest('hex').slice(0, 16);
  const file = path.join(folder, `.croft-${host}-${word}.part`);
  inWork.add(file);
  return file;
}

/** The names of temporary files that a text mentions: an import's id, or anything that holds one. */
export function temporaryNamesIn(text: string): string[] {
  return text.match(/\.croft-[A-Za-z0-9-]{1,63}-[0-9a-f]{16}\.part/g) ?? [];
}

export function isTemporaryName(fileName: string): boolean {
  return pattern.test(fileName);
}

/** Registers a file made before a restart as in work again. */
export function claim(file: string): void {
  inWork.add(file);
}

/** Work on it is over. Repeatable. */
export function release(file: string): void {
  inWork.delete(file);
}

/** Removes the file and its registration; it may be gone already. */
export async function removeTemporary(file: string): Promise<void> {
  try {
    await unlink(file);
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error;
  } finally {
    release(file);
  }
}

/**
 * Gives the file its final name in the same folder, atomically and durably; its bytes must be synced already.
 * `already-exists` when the name is taken and `replace` is not wanted.
 */
export async function publish(temporary: string, final: string, replace: boolean): Promise<void> {
  if (replace) {
    await refuseNonFile(final);
    await rename(temporary, final);
  } else {
    await linkExclusively(temporary, final);
  }
  release(temporary);
  await syncFolder(path.dirname(final));
}

async function linkExclusively(temporary: string, final: string): Promise<void> {
  try {
    await link(temporary, final);
  } catch (error) {
    if (hasErrno(error, 'EEXIST')) throw taken(final);
    // File systems without hard links: take the name first, then rename over our own empty file.
    if (!hasErrno(error, 'EPERM') && !hasErrno(error, 'ENOTSUP') && !hasErrno(error, 'EOPNOTSUPP'))
      throw error;
    const reserved = await open(final, 'wx').catch((cause: unknown) => {
      throw hasErrno(cause, 'EEXIST') ? taken(final) : cause;
    });
    await reserved.close();
    await rename(temporary, final);
    return;
  }
  await unlink(temporary);
}

async function refuseNonFile(final: string): Promise<void> {
  const found = await lstat(final).catch(() => undefined);
  if (found && !found.isFile()) throw taken(final);
}

function taken(final: string): AppError {
  return new AppError('already-exists', `'${path.basename(final)}' exists already`);
}

/** Makes the folder's names durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch (error) {
    // Some network file systems cannot sync a folder; the file itself is synced.
    if (!hasErrno(error, 'EINVAL')) throw error;
  } finally {
    await handle.close();
  }
}

/** Removes left-over files of the folder but those named `keep`, and folders by `removeTree`; returns their names. */
export async function sweepFolder(
  folder: string,
  keep: ReadonlySet<string>,
  nowMs: number,
  removeTree?: (folder: string) => Promise<void>,
): Promise<string[]> {
  const removed: string[] = [];
  for (const fileName of await readdir(folder)) {
    const match = pattern.exec(fileName);
    const file = path.join(folder, fileName);
    if (!match || inWork.has(file) || keep.has(fileName)) continue;
    const found = await lstat(file).catch(() => undefined);
    if (!found?.isFile() && !(found?.isDirectory() && removeTree)) continue;
    if (match[1] !== host && nowMs - found.mtimeMs < foreignAgeMs) continue;
    if (found.isFile()) await removeTemporary(file);
    else await removeTree?.(file);
    removed.push(fileName);
  }
  return removed;
}
