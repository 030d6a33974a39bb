// Waits until what was written is on the disk: after a power cut it is still there.
import { closeSync, fsyncSync, openSync } from 'node:fs';
import { open } from 'node:fs/promises';

/** A file's bytes, or the names in a folder: a new or renamed file is on the disk only when its folder is (fsync(2)). */
export async function flushToDisk(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The same before anything else goes on, for small files. */
export function flushToDiskSync(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
