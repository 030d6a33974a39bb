// Backups of the configuration: daily, before upgrades, and when the daemon stops after changes.
import { mkdirSync, readdirSync, renameSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import type { Clock } from '../core/clock.ts';
import { AppError, asAppError } from '../core/errors.ts';
import { flushToDiskSync } from '../core/flush-to-disk.ts';
import type { Logger } from '../core/log.ts';
import {
  type ConfigBackup,
  configBackupFolder,
  configBackupName,
  listConfigBackups,
} from './config-backup-files.ts';
import type { Db } from './database.ts';
import { copyDatabase } from './online-copy.ts';

export interface ConfigBackupParts {
  readonly db: Db;
  readonly dataDir: string;
  readonly clock: Clock;
  /** How many stay; default 14. */
  readonly keep?: number;
}

/** Room that a backup leaves for the daemon itself, bytes. */
const reserveBytes = 32 * 1024 ** 2;

/**
 * Writes a backup now and removes those that are too many. Rejects with `no-capacity` when the partition is nearly full:
 * the backups must not be what fills it.
 */
export async function writeConfigBackup(parts: ConfigBackupParts): Promise<ConfigBackup> {
  const { db, dataDir, clock, keep = 14 } = parts;
  const folder = configBackupFolder(dataDir);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const leftover of readdirSync(folder).filter((name) => name.endsWith('.new')))
    rmSync(join(folder, leftover), { force: true });
  const { bavail, bsize } = statfsSync(folder);
  const neededBytes = Number(db.pragma('page_count', { simple: true })) * pageBytes(db);
  if (bavail * bsize < neededBytes + reserveBytes)
    throw new AppError('no-capacity', 'there is too little space left for a backup of the configuration');
  const at = Math.floor(clock.now() / 1000) * 1000;
  const name = configBackupName(at);
  await copyDatabase(db, join(folder, `${name}.new`));
  renameSync(join(folder, `${name}.new`), join(folder, name));
  flushToDiskSync(folder);
  for (const old of listConfigBackups(dataDir).slice(keep)) rmSync(join(folder, old.name), { force: true });
  const made = listConfigBackups(dataDir).find((backup) => backup.name === name);
  return made ?? { name, at, sizeBytes: neededBytes };
}

/** Was a document changed since the newest backup? True when there is none, or it cannot be read. */
export function changedSinceBackup(db: Db, dataDir: string): boolean {
  const [newest] = listConfigBackups(dataDir);
  if (!newest) return true;
  try {
    const copy = new SqliteDatabase(join(configBackupFolder(dataDir), newest.name), { readonly: true });
    try {
      return configPosition(copy) !== configPosition(db);
    } finally {
      copy.close();
    }
  } catch {
    return true;
  }
}

export interface ConfigBackupKeeper {
  /** Ends the daily backups and, when documents changed since the newest, writes a last one. Call before `db.close()`. */
  stop(): Promise<void>;
}

const dayMs = 24 * 3600_000;
const lookEveryMs = 3600_000;
/** The start has other things to do. */
const firstLookMs = 60_000;

/** Writes a backup whenever the newest is a day old. Failures go to the log: no backup is no reason to stop. */
export function keepConfigBackups(
  parts: ConfigBackupParts & { readonly log: Pick<Logger, 'info' | 'warn'> },
): ConfigBackupKeeper {
  const { db, dataDir, clock, log } = parts;
  const stopping = new AbortController();
  const write = async (): Promise<void> => {
    try {
      const { name, sizeBytes } = await writeConfigBackup(parts);
      log.info({ name, sizeBytes }, 'configuration backed up');
    } catch (error) {
      const { message, detail } = asAppError(error);
      log.warn({ detail }, `the configuration could not be backed up: ${message}`);
    }
  };
  const daily = (async () => {
    for (let pause = firstLookMs; ; pause = lookEveryMs) {
      await clock.sleep(pause, stopping.signal).catch(() => {});
      if (stopping.signal.aborted) return;
      const [newest] = listConfigBackups(dataDir);
      const age = newest === undefined ? Number.POSITIVE_INFINITY : clock.now() - newest.at;
      // A clock that was set back must not put an end to backups.
      if (age >= dayMs || age < 0) await write();
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await daily;
      if (changedSinceBackup(db, dataDir)) await write();
    },
  };
}

/** Grows with every change of a document. */
function configPosition(db: Db): unknown {
  return db.prepare('SELECT max(position) FROM documents').pluck().get();
}

function pageBytes(db: Db): number {
  return Number(db.pragma('page_size', { simple: true }));
}
