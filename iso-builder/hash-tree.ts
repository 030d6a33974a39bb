// One hash over source files, so that a step is run anew when, and only when, one of them changes.
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { AppError } from '../server/core/errors.ts';

/**
 * SHA-256 (hex) over the contents, modes and relative names of files, and of all files in folders. It does not depend on
 * where the project lies, nor on times and owners. Left out: `node_modules`, tests, and what Node or an editor leaves.
 * Throws `invalid-input` when a path is missing.
 */
export function hashTree(paths: readonly string[]): string {
  const hash = createHash('sha256');
  for (const path of paths) add(hash, path, basename(path));
  return hash.digest('hex');
}

const leftOut = /^(node_modules|\.git)$|\.test\.ts$|~$|\.swp$/;

function add(hash: ReturnType<typeof createHash>, path: string, name: string): void {
  const status = lstatSync(path, { throwIfNoEntry: false });
  if (!status) throw new AppError('invalid-input', `${path}: no such file, but the image is made from it`);
  const mode = (status.mode & 0o7777).toString(8);
  // Lengths and NUL keep neighbours apart: no file name holds NUL.
  if (status.isSymbolicLink()) hash.update(`link\0${name}\0${readlinkSync(path)}\0`);
  else if (status.isDirectory()) {
    hash.update(`folder\0${name}\0${mode}\0`);
    const entries = readdirSync(path).filter((entry) => !leftOut.test(entry));
    for (const entry of entries.sort()) add(hash, join(path, entry), `${name}/${entry}`);
  } else {
    hash.update(`file\0${name}\0${mode}\0${status.size}\0`);
    hash.update(readFileSync(path));
  }
}
