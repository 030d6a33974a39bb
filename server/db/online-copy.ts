// Copies a database that is in use, without holding up the daemon: the file is copied while commits go to the journal.
import { rmSync } from 'node:fs';
import { constants, copyFile, stat } from 'node:fs/promises';
import SqliteDatabase from 'better-sqlite3';
import { AppError } from '../core/errors.ts';
import { flushToDisk } from '../core/flush-to-disk.ts';
import type { Db } from './database.ts';
import { asDatabaseError } from './database-error.ts';
import { checkHealth, checkOwner, createPrivate } from './database-file.ts';

/** Copies of one database wait for each other: the first to end would let the journal into the file of the others. */
const underWay = new WeakMap<Db, Promise<void>>();

/**
 * Writes a whole and checked copy of the open database to `target` (mode 0600, replaced when it is there): a plain file
 * without a journal, on the disk when this resolves. The database must stay open until then. In WAL mode the main file
 * changes at checkpoints only (https://sqlite.org/wal.html), and this process holds the file alone: with checkpoints put
 * off, the file can be copied by another thread while commits go on. Rejects with `no-capacity` on a full disk.
 */
export function copyDatabase(db: Db, target: string): Promise<void> {
  const before = underWay.get(db) ?? Promise.resolve();
  const copy = before.catch(() => {}).then(() => copyNow(db, target));
  underWay.set(db, copy);
  return copy;
}

async function copyNow(db: Db, target: string): Promise<void> {
  try {
    createPrivate(target);
    // Only in tests and development; small.
    if (db.memory) {
      db.prepare('VACUUM INTO ?').run(target);
      return;
    }
    const pages = Number(db.pragma('wal_autocheckpoint', { simple: true }));
    db.pragma('wal_autocheckpoint = 0');
    try {
      const [done] = db.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[];
      if (done?.busy !== 0) throw new AppError('busy', 'the database is busy: it could not be copied');
      const atStart = await stat(db.name);
      await copyFile(db.name, target, constants.COPYFILE_FICLONE);
      const atEnd = await stat(db.name);
      if (!db.open || atStart.mtimeMs !== atEnd.mtimeMs || atStart.size !== atEnd.size)
        throw new AppError('cancelled', 'the database was closed while it was copied');
    } finally {
      if (db.open) db.pragma(`wal_autocheckpoint = ${pages}`);
    }
    // First by another thread, so that what SQLite waits for below is little.
    await flushToDisk(target);
    settle(target);
    await flushToDisk(target);
  } catch (error) {
    rmSync(target, { force: true });
    throw asDatabaseError(error, `copy ${db.name}`);
  }
}

/** The copy as a file of its own: no journal beside it, checked. */
function settle(target: string): void {
  const copy = new SqliteDatabase(target, { fileMustExist: true });
  try {
    copy.pragma('journal_mode = DELETE');
    checkOwner(copy, target);
    checkHealth(copy, target);
  } finally {
    copy.close();
  }
}
