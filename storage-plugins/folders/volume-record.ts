// The small JSON file beside the data of a volume that is a folder: what the storage must know of it.
import { constants } from 'node:fs';
import { lstat, open, rename, utimes } from 'node:fs/promises';
import path from 'node:path';
import type { z } from 'zod';
import { AppError } from '../../server/core/errors.ts';
import { openRegular } from '../files/layout.ts';
import { hasErrno } from '../files/system-errors.ts';
import { syncFolder } from '../files/temporary-files.ts';

export const recordFile = 'volume.json';
const mostRecordBytes = 1024 ** 2;

/** The record of a volume's folder; undefined when there is none, `unavailable` when it cannot be understood. */
export async function readRecord<T>(folder: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const unreadable = (detail: string) =>
    new AppError('unavailable', `the record of volume '${path.basename(folder)}' cannot be read`, { detail });
  let text: string;
  try {
    const handle = await openRegular(path.join(folder, recordFile), constants.O_RDONLY);
    try {
      if ((await handle.stat()).size > mostRecordBytes) throw unreadable('too large');
      text = await handle.readFile('utf8');
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (hasErrno(error, 'ENOENT') || hasErrno(error, 'ENOTDIR')) return undefined;
    throw error;
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw unreadable(error instanceof Error ? error.message : String(error));
  }
}

/** Replaces the record at once and durably: after a power cut it is the old or the new one. */
export async function writeRecord(folder: string, record: object): Promise<void> {
  const file = path.join(folder, recordFile);
  const temporary = `${file}.new`;
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
  const handle = await open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(record, undefined, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
  await syncFolder(folder);
}

/**
 * The first record of a folder in the making, which nobody reads before the folder gets its name: written in one go, and made
 * durable together with the folder and `others`, whose names must be on the disk by then, too.
 */
export async function writeFirstRecord(
  folder: string,
  record: object,
  others: readonly string[] = [],
): Promise<void> {
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
  const handle = await open(path.join(folder, recordFile), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(record, undefined, 2)}\n`);
    // At once: a journal that is written anyway takes all of them.
    await allEnded([handle.sync(), syncFolder(folder), ...others.map(syncFolder)]);
  } finally {
    await handle.close();
  }
}

/** Waits until all have ended, then fails as the first that failed: nothing goes on behind whoever cleans up. */
export async function allEnded(works: readonly Promise<void>[]): Promise<void> {
  for (const work of await Promise.allSettled(works)) if (work.status === 'rejected') throw work.reason;
}

/** Marks the volume as used now; `lastUsedSeconds` tells when that was. Repeatable. */
export async function touchRecord(folder: string): Promise<void> {
  const now = new Date();
  await utimes(path.join(folder, recordFile), now, now);
}

/** When the record was written or touched last, in seconds since the epoch. */
export async function lastUsedSeconds(folder: string): Promise<number> {
  return Math.floor((await lstat(path.join(folder, recordFile))).mtimeMs / 1000);
}
