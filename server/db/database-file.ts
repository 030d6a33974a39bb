// A database file as a file: is it ours, is it whole, which schema has it. Also making one that only its owner can read.
import { closeSync, openSync, rmSync } from 'node:fs';
import SqliteDatabase from 'better-sqlite3';
import { asDatabaseError, damagedDatabase } from './database-error.ts';
import { schemaVersion } from './migrate.ts';

/** `CRFT` as SQLite's application id: tells our files from other programs'. */
export const applicationId = 0x43524654;

/** Throws the error of a damaged database when the open file is not Croft's. */
export function checkOwner(db: SqliteDatabase.Database, path: string): void {
  if (db.pragma('application_id', { simple: true }) !== applicationId)
    throw damagedDatabase(`${path}: it was not written by Croft`);
}

/** Throws the error of a damaged database when pages or rows of the open file do not fit together. */
export function checkHealth(db: SqliteDatabase.Database, path: string): void {
  const found = db.pragma('quick_check(1)', { simple: true });
  if (found !== 'ok') throw damagedDatabase(`${path}: ${String(found)}`);
}

/** The schema of a copy that nobody has open, after all checks. Throws `unavailable` when it cannot be used. */
export function inspectCopy(path: string): number {
  try {
    const db = new SqliteDatabase(path, { readonly: true, fileMustExist: true });
    try {
      checkOwner(db, path);
      checkHealth(db, path);
      return schemaVersion(db);
    } finally {
      db.close();
    }
  } catch (error) {
    throw asDatabaseError(error, `look at ${path}`);
  }
}

/** Makes an empty file that only its owner can read: SQLite would give it the mode of the umask, and it holds password hashes. */
export function createPrivate(path: string): void {
  rmSync(path, { force: true });
  closeSync(openSync(path, 'wx', 0o600));
}
