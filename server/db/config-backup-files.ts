// The folder of configuration backups: names, times, which one is good.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { inspectCopy } from './database-file.ts';

/** A copy of the main database, whole and checked when it was made. */
export interface ConfigBackup {
  /** `croft-20261121T064158Z.db`: what `croft state restore` takes. */
  readonly name: string;
  /** When it was made, milliseconds since the epoch. */
  readonly at: number;
  readonly sizeBytes: number;
}

/** The main database in the data folder, and where its backups are. */
export const mainFile = 'croft.db';
export const configBackupFolder = (dataDir: string): string => join(dataDir, 'config-backups');

/** The name of a backup made at this moment; whole seconds, UTC, so that names sort by time. */
export function configBackupName(at: number): string {
  return `croft-${new Date(at).toISOString().replace(/[-:]|\.\d+/g, '')}.db`;
}

/** When the backup of this name was made; undefined when it is no such name. */
export function readConfigBackupName(name: string): number | undefined {
  const match = /^croft-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z\.db$/.exec(name);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(at) ? undefined : at;
}

/** The backups, newest first. Unreadable or missing, the folder counts as empty. */
export function listConfigBackups(dataDir: string): ConfigBackup[] {
  const folder = configBackupFolder(dataDir);
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names
    .flatMap((name) => {
      const at = readConfigBackupName(name);
      const stat = at === undefined ? undefined : statSync(join(folder, name), { throwIfNoEntry: false });
      return at === undefined || !stat?.isFile() ? [] : [{ name, at, sizeBytes: stat.size }];
    })
    .sort((a, b) => b.at - a.at);
}

/** The newest backup that passes all checks now and whose schema is known; undefined when there is none. */
export function newestGoodBackup(dataDir: string, knownSchema: number): ConfigBackup | undefined {
  return listConfigBackups(dataDir).find(({ name }) => {
    try {
      return inspectCopy(join(configBackupFolder(dataDir), name)) <= knownSchema;
    } catch {
      return false;
    }
  });
}
