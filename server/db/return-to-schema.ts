// The way back after a trial of a newer version: the database as it was before that version upgraded it.
import { copyFileSync, existsSync, linkSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { flushToDiskSync } from '../core/flush-to-disk.ts';
import { createPrivate, inspectCopy } from './database-file.ts';

/**
 * Puts the copy `<path>.schema-<known>` in place and the newer file aside, as `<path>.schema-<found>-set-aside`, whose path
 * is returned; undefined when there is no such copy, or it is not good. The file was closed cleanly by then, so that all of
 * it is in the one file. At each moment `path` is either the old or the new file: a crash in between repeats it.
 */
export function returnToSchema(path: string, known: number, found: number): string | undefined {
  const copy = `${path}.schema-${known}`;
  if (!existsSync(copy) || existsSync(`${path}-wal`)) return undefined;
  try {
    if (inspectCopy(copy) !== known) return undefined;
  } catch {
    return undefined;
  }
  const setAside = `${path}.schema-${found}-set-aside`;
  const draft = `${path}.returning`;
  createPrivate(draft);
  copyFileSync(copy, draft);
  flushToDiskSync(draft);
  rmSync(setAside, { force: true });
  linkSync(path, setAside);
  renameSync(draft, path);
  flushToDiskSync(dirname(path));
  return setAside;
}
