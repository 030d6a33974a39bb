// Puts a configuration backup in the place of the database: asked for by a file, done at the next start, before it is opened.
import { copyFileSync, existsSync, linkSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { AppError, asAppError } from '../core/errors.ts';
import { flushToDiskSync } from '../core/flush-to-disk.ts';
import type { Logger } from '../core/log.ts';
import { writePrivateFile } from '../core/private-file.ts';
import { configBackupFolder, mainFile, readConfigBackupName } from './config-backup-files.ts';
import { createPrivate, inspectCopy } from './database-file.ts';
import type { Schema } from './migrate.ts';

/** In the data folder: what `croft state restore` asks for. JSON. */
export const restoreRequestFile = 'restore-request.json';
/** In the data folder: what came of the newest request. JSON. */
export const restoreResultFile = 'restore-result.json';

const restoreRequest = z.object({
  /** Of the backup. */
  name: z.string(),
  /** When it was asked for, milliseconds since the epoch. */
  at: z.number().int().nonnegative(),
});

/** What came of a request. Times in milliseconds since the epoch. */
export interface RestoreResult {
  readonly name: string;
  /** Of the request that this answers. */
  readonly at: number;
  /** When the backup was made: what changed afterwards is not in it. */
  readonly backupAt?: number;
  /** Names of the files that were in its place, in the data folder. */
  readonly setAside?: readonly string[];
  /** Why nothing was changed. */
  readonly problem?: string;
}

/**
 * Does what was asked for, if anything was. Call it before the database is opened, with nobody else holding it. What can be
 * known beforehand is checked before anything is touched; a crash in between is made good by the next call, because the
 * request goes last. Never throws: without a restore, the daemon comes up with what is there.
 */
export function restoreAsRequested(options: {
  readonly dataDir: string;
  readonly schema: Schema;
  readonly log: Pick<Logger, 'warn' | 'error'>;
}): RestoreResult | undefined {
  const { dataDir, schema, log } = options;
  const request = join(dataDir, restoreRequestFile);
  if (!existsSync(request)) return undefined;
  let result: RestoreResult = { name: '', at: 0 };
  try {
    const { name, at } = restoreRequest.parse(JSON.parse(readFileSync(request, 'utf8')));
    result = { name, at };
    const setAside = putInPlace(dataDir, name, at, schema.migrations.length);
    result = { ...result, backupAt: readConfigBackupName(name) ?? 0, setAside };
    log.warn(result, 'the configuration is the backup that was asked for');
  } catch (error) {
    const { message, detail } = asAppError(error);
    log.error({ name: result.name, detail }, `the backup could not be put in place: ${message}`);
    result = { ...result, problem: message };
  }
  try {
    writePrivateFile(join(dataDir, restoreResultFile), `${JSON.stringify(result)}\n`);
  } catch (error) {
    log.error({ detail: String(error) }, 'what came of the request could not be written');
  }
  rmSync(request, { force: true });
  return result;
}

/** Returns the names of the files put aside. */
function putInPlace(dataDir: string, name: string, at: number, known: number): string[] {
  if (readConfigBackupName(name) === undefined)
    throw new AppError('invalid-input', `'${name}' is not the name of a backup`);
  const source = join(configBackupFolder(dataDir), name);
  if (!existsSync(source)) throw new AppError('not-found', `there is no backup '${name}'`);
  const found = inspectCopy(source);
  if (found > known)
    throw new AppError(
      'unsupported',
      `the backup was written by a newer version of Croft (schema ${found}; this version knows ${known})`,
    );
  const path = join(dataDir, mainFile);
  const draft = `${path}.restoring`;
  createPrivate(draft);
  copyFileSync(source, draft);
  flushToDiskSync(draft);
  const aside = `${mainFile}.damaged-${new Date(at).toISOString().replace(/[-:]|\.\d+/g, '')}`;
  const setAside: string[] = [];
  // A second name first and the replacement last: `croft.db` is never missing. Its journal must go before the new file
  // comes, or its pages would be written into that.
  if (existsSync(path) && !existsSync(join(dataDir, aside))) linkSync(path, join(dataDir, aside));
  for (const suffix of ['-wal', '-shm'])
    if (existsSync(`${path}${suffix}`)) renameSync(`${path}${suffix}`, join(dataDir, `${aside}${suffix}`));
  flushToDiskSync(dataDir);
  renameSync(draft, path);
  flushToDiskSync(dataDir);
  for (const suffix of ['', '-wal', '-shm'])
    if (existsSync(join(dataDir, `${aside}${suffix}`))) setAside.push(`${aside}${suffix}`);
  return setAside;
}
