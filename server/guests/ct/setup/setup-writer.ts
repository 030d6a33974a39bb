// Changes to the files of a root: only where something differs, never what its administrator took over, and a list of what was done.
import { AppError } from '../../../core/errors.ts';
import type { RootFiles } from '../../../core/root-files.ts';
import { withBlock } from './marked-block.ts';
import { readIfThere } from './read-text.ts';

export interface SetupWriter {
  readonly files: RootFiles;
  /** Paths written, in order. */
  readonly written: readonly string[];
  /** Text of a file; undefined when there is none. */
  read(path: string): Promise<string | undefined>;
  isThere(path: string): Promise<boolean>;
  /** Names in a folder; none when it is no folder. */
  list(path: string): Promise<readonly string[]>;
  /** The whole file. Makes missing folders. `replaceLink`: in the place of a link. */
  put(path: string, text: string, options?: { mode?: number; replaceLink?: boolean }): Promise<void>;
  /** Lines between our marks; the rest of the file is its administrator's. `edit` may change that rest. */
  block(
    path: string,
    lines: readonly string[],
    options?: { mode?: number; first?: string; edit?: (rest: string) => string },
  ): Promise<void>;
  link(path: string, target: string): Promise<void>;
  remove(path: string): Promise<void>;
}

/**
 * `warn` gets a sentence for each file that could not be changed, because somebody made it a folder or a device, or the disk is
 * full: a container that spoils its own files starts all the same.
 */
export function createSetupWriter(files: RootFiles, warn: (sentence: string) => void): SetupWriter {
  const written: string[] = [];
  const isIgnored = createIgnored(files);
  const change = async (path: string, work: () => Promise<boolean>) => {
    try {
      if ((await isIgnored(path)) || !(await work())) return;
      written.push(path);
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'cancelled') throw error;
      warn(`${path} was left as it is: ${error.message}`);
    }
  };
  const put: SetupWriter['put'] = (path, text, { mode, replaceLink = false } = {}) =>
    change(path, async () => {
      const old = await files.stat(path, { follow: !replaceLink });
      const same = old?.kind === 'file' && (await readIfThere(files, path)) === text;
      if (same && (mode === undefined || old.mode === mode)) return false;
      if (!old) await files.makeFolders(folderOf(path));
      await files.write(path, text, { mode, replaceLink, durable: false });
      return true;
    });
  return {
    files,
    written,
    read: (path) => readIfThere(files, path),
    isThere: (path) => files.exists(path).catch(() => false),
    list: (path) => files.list(path).catch(() => []),
    put,
    async block(path, lines, { mode, first = '', edit = (rest: string) => rest } = {}) {
      const old = (await readIfThere(files, path)) ?? first;
      await put(path, withBlock(old, lines, edit), mode === undefined ? {} : { mode });
    },
    link: (path, target) =>
      change(path, async () => {
        const old = await files.stat(path, { follow: false });
        if (old?.kind === 'link' && (await files.readLink(path)) === target) return false;
        if (!old) await files.makeFolders(folderOf(path));
        await files.symlink(target, path);
        return true;
      }),
    remove: (path) =>
      change(path, async () => {
        if ((await files.stat(path, { follow: false })) === undefined) return false;
        await files.remove(path);
        return true;
      }),
  };
}

/** Which files their administrator took over, by a file beside them (`.croft-ignore.hosts`). A folder is read once. */
function createIgnored(files: RootFiles): (path: string) => Promise<boolean> {
  const folders = new Map<string, Promise<ReadonlySet<string> | undefined>>();
  const namesIn = (folder: string) => {
    const known = folders.get(folder) ?? ignoredIn(files, folder);
    folders.set(folder, known);
    return known;
  };
  return async (path) => {
    const folder = folderOf(path);
    const name = path.slice(folder.length + 1);
    const names = await namesIn(folder);
    for (const mark of [`.croft-ignore.${name}`, `.pve-ignore.${name}`]) {
      if (names ? names.has(mark) : await files.exists(`${folder}/${mark}`).catch(() => false)) return true;
    }
    return false;
  };
}

/** Names of such files in a folder; undefined where there are too many names to list. */
async function ignoredIn(files: RootFiles, folder: string): Promise<ReadonlySet<string> | undefined> {
  try {
    return new Set((await files.list(folder)).filter((name) => /^\.(croft|pve)-ignore\./.test(name)));
  } catch (error) {
    return error instanceof AppError && error.code === 'invalid-input' ? undefined : new Set();
  }
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}
