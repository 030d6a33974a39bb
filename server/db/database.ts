// Opens the daemon's SQLite files: settings, exclusive use, damage checks, schema upgrade.
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { AppError } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';
import { asDatabaseError } from './database-error.ts';
import { migrate, type Schema, schemaVersion } from './migrate.ts';

/** An open SQLite file. Only `server/db` and the stores built on it may hold one. */
export type Db = SqliteDatabase.Database;

export interface OpenDatabaseOptions {
  /** Path of the file, or `:memory:`. */
  readonly path: string;
  readonly schema: Schema;
  /**
   * `full`: what was committed survives a power cut (configuration, tasks).
   * `relaxed`: survives a crash of the daemon, a power cut may lose the newest commits (metrics).
   */
  readonly durability: 'full' | 'relaxed';
  /** How long to wait for another process that still holds the file, milliseconds; default 5,000. */
  readonly busyTimeoutMs?: number;
  readonly log?: Pick<Logger, 'info'>;
}

/** `CRFT` as SQLite's application id: tells our files from other programs'. */
const applicationId = 0x43524654;

/**
 * Opens the file, creating it when there is none, and brings its schema up to date. A file that exists is never
 * replaced by an empty one: an empty, damaged, foreign or newer file is refused with a clear error (`unavailable`).
 * The file is held for this process alone, because stores keep its contents in memory.
 */
export function openDatabase(options: OpenDatabaseOptions): Db {
  const { path } = options;
  try {
    if (path === ':memory:') return prepareNew(new SqliteDatabase(path), options);
    if (!existsSync(path)) create(options);
    else if (statSync(path).size === 0) throw damaged(path, 'the file is empty');
    return openExisting(options);
  } catch (error) {
    throw asDatabaseError(error, `open ${path}`);
  }
}

function openExisting(options: OpenDatabaseOptions): Db {
  const { path, schema, log } = options;
  const db = new SqliteDatabase(path, { fileMustExist: true });
  try {
    hold(db, options);
    checkOwner(db, path);
    configure(db, options);
    checkHealth(db, path);
    const before = schemaVersion(db);
    refuseNewer(path, schema, before);
    if (before < schema.migrations.length) {
      keepCopy(db, path, before);
      migrate(db, schema);
      log?.info({ path, from: before, to: schema.migrations.length }, 'database schema upgraded');
    }
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Made under another name and renamed when complete, so that a crash here never leaves a file without a schema. */
function create(options: OpenDatabaseOptions): void {
  const { path, log } = options;
  if (existsSync(`${path}-wal`)) throw damaged(path, 'the file is gone, but its journal is there');
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.new`;
  for (const leftover of [draft, `${draft}-wal`, `${draft}-shm`]) rmSync(leftover, { force: true });
  // Created by us first: SQLite would give it the mode of the umask, and it holds password hashes.
  closeSync(openSync(draft, 'wx', 0o600));
  const db = new SqliteDatabase(draft);
  try {
    prepareNew(db, options);
  } finally {
    db.close();
  }
  renameSync(draft, path);
  const folder = openSync(dirname(path), 'r');
  fsyncSync(folder);
  closeSync(folder);
  log?.info({ path }, 'database created');
}

function prepareNew(db: Db, options: OpenDatabaseOptions): Db {
  hold(db, options);
  configure(db, options);
  db.pragma(`application_id = ${applicationId}`);
  migrate(db, options.schema);
  return db;
}

function hold(db: Db, options: OpenDatabaseOptions): void {
  db.pragma(`busy_timeout = ${options.busyTimeoutMs ?? 5000}`);
  db.pragma('locking_mode = EXCLUSIVE');
}

function configure(db: Db, options: OpenDatabaseOptions): void {
  db.pragma('journal_mode = WAL');
  db.pragma(`synchronous = ${options.durability === 'full' ? 'FULL' : 'NORMAL'}`);
  db.pragma('foreign_keys = ON');
  db.pragma('trusted_schema = OFF');
}

function checkOwner(db: Db, path: string): void {
  if (db.pragma('application_id', { simple: true }) !== applicationId) {
    throw damaged(path, 'it was not written by Croft');
  }
}

function checkHealth(db: Db, path: string): void {
  const found = db.pragma('quick_check(1)', { simple: true });
  if (found !== 'ok') throw damaged(path, String(found));
}

function refuseNewer(path: string, schema: Schema, found: number): void {
  const known = schema.migrations.length;
  if (found <= known) return;
  throw new AppError(
    'unavailable',
    `The database was written by a newer version of Croft (schema ${found}; this version knows ${known}). Update Croft, or restore an older copy.`,
    { detail: path, data: { found, known } },
  );
}

/** The state before an upgrade stays beside the file: an older version can go back to it. */
function keepCopy(db: Db, path: string, version: number): void {
  const copy = `${path}.schema-${version}`;
  rmSync(copy, { force: true });
  db.prepare('VACUUM INTO ?').run(copy);
}

function damaged(path: string, why: string): AppError {
  return new AppError(
    'unavailable',
    'The database is damaged and was left as it is. Restore a copy, or move the file away to start afresh.',
    { detail: `${path}: ${why}` },
  );
}
