// Small files that are in memory (the run folder below /run, /proc, /sys), read at once: handing each to a thread would cost many times more.
import { readFileSync } from 'node:fs';

/** Undefined when it is not there, or cannot be read. Never for files below a container's root, nor for those of a storage. */
export function readNow(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
