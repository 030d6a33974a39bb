// Where a file of the installed system lies in its state: the image's list of what it keeps, read and asked.
import { AppError } from '../../server/core/errors.ts';

/** What the image keeps: folders that are bound, files that are copied. Absolute paths. */
export interface StatePaths {
  readonly folders: readonly string[];
  readonly files: readonly string[];
}

/** Reads `/usr/lib/croft/state-paths`: lines `dir PATH [MODE]` and `file PATH`, comments with `#`. */
export function readStatePaths(text: string): StatePaths {
  const lines = text.split('\n').map((line) => line.trim().split(/\s+/));
  const paths = (word: string) =>
    lines.flatMap(([first, path]) => (first === word && path?.startsWith('/') ? [path] : []));
  return { folders: paths('dir'), files: paths('file') };
}

/**
 * The place in the state, relative to it: `dirs/etc/croft/croft.toml`, `files/etc/hostname`. `internal` for a path that the
 * image would not take from the state: it would be written for nothing.
 */
export function placeInState({ folders, files }: StatePaths, path: string): string {
  if (!/^(\/[^/]+)+$/.test(path) || path.split('/').some((part) => part === '.' || part === '..'))
    throw new AppError('internal', `'${path}' is no plain absolute path`);
  if (folders.some((folder) => path.startsWith(`${folder}/`))) return `dirs${path}`;
  if (files.includes(path)) return `files${path}`;
  throw new AppError('internal', `the image does not keep ${path}`);
}
