// Opens the daemon's SQLite files: settings, exclusive use, damage checks, schema upgrade, the way back after a trial.
import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { AppError } from '../core/errors.ts';
import { flushToDiskSync } from '../core/flush-to-disk.ts';
import type { Logger } from '../core/log.ts';
import { mainFile, newestGoodBackup } from './config-backup-files.ts';
import { asDatabaseError, damagedDatabase, databaseProblem, newerDatabase } from './database-error.ts';
import { applicationId, checkHealth, checkOwner, createPrivate } from './database-file.ts';
import { migrate, type Schema, schemaVersion } from './migrate.ts';
import { returnToSchema } from './return-to-schema.ts';

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
  /**
   * This start follows a trial that fell back: a file that the newer version upgraded is put aside for the copy that it
   * made before. What was changed during the trial is then only in the file put aside.
   */
  readonly allowReturn?: boolean;
  /** What becomes of a damaged or newer file; `set-aside`, for what is not worth a daemon that does not start: a new one. */
  readonly unusable?: 'refuse' | 'set-aside';
  readonly log?: Pick<Logger, 'info' | 'warn'>;
}

/**
 * Opens the file, creating it when there is none, and brings its schema up to date. A file that exists is never
 * replaced by an empty one: an empty, damaged, foreign or newer file is refused with a clear error (`unavailable`).
 * The file is held for this process alone, because stores keep its contents in memory.
 */
export function openDatabase(options: OpenDatabaseOptions): Db {
  const { path, schema, log } = options;
  try {
    return openOnce(options);
  } catch (error) {
    const failure = asDatabaseError(error, `open ${path}`);
    const problem = databaseProblem(failure);
    if (problem === undefined) throw failure;
    if (problem === 'newer' && options.allowReturn) {
      const setAside = returnToSchema(path, schema.migrations.length, Number(failure.data?.['found']));
      if (setAside !== undefined) {
        log?.warn({ path, setAside }, 'the trial fell back: the database is the copy from before it');
        return openDatabase({ ...options, allowReturn: false });
      }
    }
    if (options.unusable === 'set-aside') {
      log?.warn(
        { path, detail: failure.detail },
        `${failure.message} It was put aside, and a new one is made.`,
      );
      for (const suffix of ['-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
      if (existsSync(path)) renameSync(path, `${path}.${problem}`);
      return openDatabase({ ...options, unusable: 'refuse' });
    }
    throw withAdvice(failure, options);
  }
}

function openOnce(options: OpenDatabaseOptions): Db {
  const { path } = options;
  if (path === ':memory:') return prepareNew(new SqliteDatabase(path), options);
  if (!existsSync(path)) create(options);
  else if (statSync(path).size === 0) throw damagedDatabase(`${path}: the file is empty`);
  return openExisting(options);
}

/** What can be done about it: an admin has this text and a console, not this file's comments. */
function withAdvice(failure: AppError, { path, schema }: OpenDatabaseOptions): AppError {
  const { code, message, detail, data } = failure;
  const backup =
    basename(path) === mainFile ? newestGoodBackup(dirname(path), schema.migrations.length) : undefined;
  const wayOut = databaseProblem(failure) === 'newer' ? 'Start the newer version again, or update.' : '';
  const advice = backup
    ? `The newest good copy is of ${new Date(backup.at).toISOString().slice(0, 16).replace('T', ' ')} UTC: 'croft state restore ${backup.name}' puts it in place.`
    : wayOut === ''
      ? 'There is no good copy of it: move it away to start afresh.'
      : '';
  return new AppError(code, [message, wayOut, advice].filter(Boolean).join(' '), {
    ...(detail === undefined ? {} : { detail }),
    ...(data === undefined ? {} : { data: { ...data, ...(backup ? { backup: backup.name } : {}) } }),
    cause: failure,
  });
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
    if (before > schema.migrations.length) throw newerDatabase(path, before, schema.migrations.length);
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
  if (existsSync(`${path}-wal`)) throw damagedDatabase(`${path}: the file is gone, but its journal is there`);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.new`;
  for (const leftover of [draft, `${draft}-wal`, `${draft}-shm`]) rmSync(leftover, { force: true });
  createPrivate(draft);
  const db = new SqliteDatabase(draft);
  try {
    prepareNew(db, options);
  } finally {
    db.close();
  }
  renameSync(draft, path);
  flushToDiskSync(dirname(path));
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

/** The state before an upgrade stays beside the file: an older version can go back to it. */
function keepCopy(db: Db, path: string, version: number): void {
  const copy = `${path}.schema-${version}`;
  createPrivate(copy);
  db.prepare('VACUUM INTO ?').run(copy);
  flushToDiskSync(copy);
}
