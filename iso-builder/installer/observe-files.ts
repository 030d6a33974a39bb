// What observing reads of files and links; replaced in tests.
import { mkdtemp, readdir, readFile, readlink, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Reading of the machine's files. Nothing here rejects: what is not there is undefined or empty. */
export interface HostFiles {
  /** Names in a folder. */
  list(folder: string): Promise<readonly string[]>;
  text(path: string): Promise<string | undefined>;
  /** What a symbolic link holds. */
  link(path: string): Promise<string | undefined>;
  /** A new empty folder that only root can enter, for mounting. `remove` fails quietly when something is in it. */
  mountFolder(): Promise<{ readonly path: string; readonly remove: () => Promise<void> }>;
}

/** The real ones. */
export const hostFiles: HostFiles = {
  list: async (folder) => readdir(folder).catch(() => []),
  text: async (path) => readFile(path, 'utf8').catch(() => undefined),
  link: async (path) => readlink(path).catch(() => undefined),
  mountFolder: async () => {
    const path = await mkdtemp(join(tmpdir(), 'croft-look-'));
    return { path, remove: async () => rmdir(path).catch(() => undefined) };
  },
};
