// Permissions of the overlay's files: a checkout keeps only the executable bit, and that not everywhere.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const folderMode = 0o40755;

/** Path below the root and mode: programs (with `#!`) 0755, other files 0644, folders `folderMode` (with the type bit, which chmod ignores). */
export function readOverlayModes(overlay: string): [string, number][] {
  return readdirSync(overlay, { recursive: true, withFileTypes: true }).flatMap(
    (entry): [string, number][] => {
      const path = join(entry.parentPath, entry.name);
      const below = path.slice(overlay.length + 1);
      if (/(README\.md|\.test\.ts)$/.test(below)) return [];
      if (entry.isDirectory()) return [[below, folderMode]];
      return entry.isFile()
        ? [[below, readFileSync(path).subarray(0, 2).toString() === '#!' ? 0o755 : 0o644]]
        : [];
    },
  );
}
