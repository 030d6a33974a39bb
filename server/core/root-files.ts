// Files below a folder that somebody hostile fills (a container's root): links, renames and devices there lead nowhere outside it.
import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import {
  constants,
  lchown,
  lstat,
  mkdir,
  open,
  opendir,
  readlink,
  rename,
  rmdir,
  symlink,
  unlink,
} from 'node:fs/promises';
import { type Readable, Writable } from 'node:stream';
import { AppError } from './errors.ts';
import { entryOf, kindInWords, type RootEntry } from './root-entry.ts';
import { explained } from './root-errors.ts';
import { codeOf, openWalk, type Place, pathOf, type RootWalk, type WalkOptions } from './root-walk.ts';

export type { RootEntry } from './root-entry.ts';

/** Numbers as the host has them: root of an unprivileged container is 100000. */
export interface RootOwner {
  /** Permission bits; default: those of the file that is replaced, else 0644 (folders 0755). */
  readonly mode?: number | undefined;
  /** Default: the owner of the file that is replaced, else of the folder that it is in. */
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
}

export interface RootWrite extends RootOwner {
  /** A link at the end of the path is replaced, not followed. */
  readonly replaceLink?: boolean;
  /** Default true: on the disk before it gets its name. */
  readonly durable?: boolean;
}

export interface RootReading {
  readonly entry: RootEntry;
  /** Closes the file at its end and when it is destroyed. */
  readonly stream: Readable;
}

export interface RootWriting {
  readonly stream: Writable;
  /** After the stream has finished: gives the file its name. */
  commit(): Promise<void>;
  /** Repeatable; also after `commit`, when it does nothing. */
  discard(): Promise<void>;
}

/**
 * Every path is one inside the root, with or without a leading slash; links are resolved as if the root were `/`. Errors name the
 * path inside: `not-found`, `wrong-state` (a file where a folder is needed, a device where a file is), `invalid-input` (names too
 * long, links in a circle, too large), `unsupported` (a mount below the root that could hold us up), `no-capacity`.
 */
export interface RootFiles {
  /** A regular file, whole; `invalid-input` when it is larger. */
  read(path: string, mostBytes: number): Promise<Buffer>;
  /** Is anything there (links followed)? */
  exists(path: string): Promise<boolean>;
  /** Undefined when nothing is there. `follow`: of what a link leads to (default true). */
  stat(path: string, options?: { follow?: boolean }): Promise<RootEntry | undefined>;
  /** Names in a folder, sorted; `invalid-input` beyond `mostNames` (100,000). */
  list(path: string, mostNames?: number): Promise<string[]>;
  /** Text of the link itself. */
  readLink(path: string): Promise<string>;
  /** Replaces or makes a regular file in one step. The folder must be there. */
  write(path: string, data: string | Uint8Array, options?: RootWrite): Promise<void>;
  /** Makes what is missing of a folder's path; those that are there stay as they are. */
  makeFolders(path: string, options?: RootOwner): Promise<void>;
  /** A file, a link (not what it leads to), or an empty folder. Nothing there: done. */
  remove(path: string): Promise<void>;
  /** A link with any text, in the place of a file or link. */
  symlink(target: string, path: string, options?: Omit<RootOwner, 'mode'>): Promise<void>;
  /** Links are moved, not followed. */
  rename(from: string, to: string): Promise<void>;
  openForRead(path: string): Promise<RootReading>;
  openForWrite(path: string, options?: RootWrite): Promise<RootWriting>;
  /**
   * A folder (or, with `file`, a regular file) as a path that other programs of the host can use while it is open, for instance
   * to mount something there: `/proc/<pid>/fd/<n>`. It is the place itself, wherever it is moved to.
   */
  hold(path: string, kind?: 'folder' | 'file'): Promise<{ readonly path: string; close(): Promise<void> }>;
  /** Repeatable. */
  close(): Promise<void>;
}

const { O_RDONLY, O_DIRECTORY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK } = constants;

/** `root`: a folder of the host, or `/proc/<pid>/root`. `not-found` when it is none. Close it. */
export async function openRoot(root: string): Promise<RootFiles> {
  const walk = await openWalk(root).catch((error: unknown) => {
    throw explained('/', error);
  });
  return new OpenRoot(walk);
}

/** Opens a root for the time of one piece of work. */
export async function withRoot<T>(root: string, work: (files: RootFiles) => Promise<T>): Promise<T> {
  const files = await openRoot(root);
  try {
    return await work(files);
  } finally {
    await files.close();
  }
}

class OpenRoot implements RootFiles {
  readonly #walk: RootWalk;
  #open = true;

  constructor(walk: RootWalk) {
    this.#walk = walk;
  }

  read(path: string, mostBytes: number): Promise<Buffer> {
    return this.#reading(path, async (handle, stat) => {
      const tooLarge = () => new AppError('invalid-input', `${path} is larger than ${mostBytes} bytes`);
      if (stat.size > mostBytes) throw tooLarge();
      // The size is only their word: it may grow.
      const data = Buffer.alloc(Math.min(mostBytes, Math.max(stat.size, 65_536)) + 1);
      let filled = 0;
      while (filled < data.length) {
        const { bytesRead } = await handle.read(data, filled, data.length - filled, filled);
        filled += bytesRead;
        // Less than there was room for: that was its end (read(2), of regular files).
        if (filled < data.length) return data.subarray(0, filled);
      }
      if (filled > mostBytes) throw tooLarge();
      throw new AppError('wrong-state', `${path} grows while it is read`);
    });
  }

  async exists(path: string): Promise<boolean> {
    return (await this.stat(path)) !== undefined;
  }

  stat(path: string, { follow = true } = {}): Promise<RootEntry | undefined> {
    return this.#at(path, { follow }, async (place) => entryOf(await lstatOpen(this.#walk, place))).catch(
      (error: unknown) => {
        if (error instanceof AppError && error.code === 'not-found') return undefined;
        throw error;
      },
    );
  }

  list(path: string, mostNames = 100_000): Promise<string[]> {
    return this.#at(path, { follow: true }, async (place) => {
      const { handle } = await this.#walk.openPlace(place);
      try {
        const names: string[] = [];
        for await (const { name } of await opendir(pathOf(handle))) {
          if (names.length >= mostNames)
            throw new AppError('invalid-input', `${path} has more than ${mostNames} entries`);
          names.push(name);
        }
        return names.sort();
      } finally {
        await handle.close();
      }
    });
  }

  readLink(path: string): Promise<string> {
    return this.#at(path, { follow: false }, async (place) => {
      const stat = await lstatOpen(this.#walk, place);
      if (!stat.isSymbolicLink()) throw new AppError('wrong-state', `${path} is not a link`);
      return readlink(place.path);
    });
  }

  async write(path: string, data: string | Uint8Array, options: RootWrite = {}): Promise<void> {
    const writing = await this.#begin(path, options);
    try {
      await writing.handle.writeFile(data);
      await writing.commit();
    } catch (error) {
      throw explained(path, error);
    } finally {
      await writing.discard();
    }
  }

  makeFolders(path: string, { mode = 0o755, uid, gid }: RootOwner = {}): Promise<void> {
    const missing = async (at: string, folder: FileHandle) => {
      const parent = await folder.stat();
      try {
        await mkdir(at, { mode: 0o700 });
      } catch (error) {
        if (codeOf(error) === 'EEXIST') return;
        throw error;
      }
      const made = await open(at, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
      try {
        // Another folder may stand in its place already: that one keeps its owner.
        if ((await made.stat()).uid !== process.geteuid?.()) return;
        await made.chown(uid ?? parent.uid, gid ?? parent.gid);
        await made.chmod(mode & 0o7777);
      } finally {
        await made.close();
      }
    };
    return this.#at(path, { follow: true, missing }, async () => undefined);
  }

  remove(path: string): Promise<void> {
    return this.#at(path, { follow: false }, async (place) => {
      refuseRoot(place, path);
      try {
        await ((await lstat(place.path)).isDirectory() ? rmdir(place.path) : unlink(place.path));
      } catch (error) {
        if (codeOf(error) !== 'ENOENT') throw error;
      }
    }).catch((error: unknown) => {
      if (!(error instanceof AppError && error.code === 'not-found')) throw error;
    });
  }

  symlink(target: string, path: string, { uid, gid }: Omit<RootOwner, 'mode'> = {}): Promise<void> {
    return this.#at(path, { follow: false }, async (place) => {
      await this.#replaceable(place, path, true);
      const folder = await place.folder.stat();
      const temporary = `${pathOf(place.folder)}/${temporaryName()}`;
      await symlink(target, temporary);
      try {
        await lchown(temporary, uid ?? folder.uid, gid ?? folder.gid);
        await rename(temporary, place.path);
      } catch (error) {
        await unlink(temporary).catch(() => undefined);
        throw error;
      }
    });
  }

  rename(from: string, to: string): Promise<void> {
    return this.#at(from, { follow: false }, (source) =>
      this.#at(to, { follow: false }, async (target) => {
        refuseRoot(source, from);
        refuseRoot(target, to);
        await rename(source.path, target.path);
      }),
    );
  }

  async openForRead(path: string): Promise<RootReading> {
    return this.#at(path, { follow: true }, async (place) => {
      const { handle, stat } = await this.#openRegular(place, path);
      return { entry: entryOf(stat), stream: handle.createReadStream() };
    });
  }

  async openForWrite(path: string, options: RootWrite = {}): Promise<RootWriting> {
    const { handle, commit, discard } = await this.#begin(path, options);
    const stream = writerOf(handle);
    return {
      stream,
      commit: () =>
        commit().catch((error: unknown) => {
          throw explained(path, error);
        }),
      discard: async () => {
        stream.destroy();
        await discard();
      },
    };
  }

  hold(path: string, kind: 'folder' | 'file' = 'folder') {
    return this.#at(path, { follow: true }, async (place) => {
      const { handle, stat } = await this.#walk.openPlace(place);
      if (kind === 'folder' ? stat.isDirectory() : stat.isFile())
        return { path: `/proc/${process.pid}/fd/${handle.fd}`, close: () => handle.close() };
      await handle.close();
      throw new AppError('wrong-state', `${path} is not a ${kind}`);
    });
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#walk.close();
  }

  async #at<T>(path: string, options: WalkOptions, work: (place: Place) => Promise<T>): Promise<T> {
    try {
      const place = await this.#walk.walk(path, options);
      try {
        return await work(place);
      } finally {
        await place.close();
      }
    } catch (error) {
      throw explained(path, error);
    }
  }

  #reading<T>(path: string, work: (handle: FileHandle, stat: Stats) => Promise<T>): Promise<T> {
    return this.#at(path, { follow: true }, async (place) => {
      const { handle, stat } = await this.#openRegular(place, path);
      try {
        return await work(handle, stat);
      } finally {
        await handle.close();
      }
    });
  }

  /** Looked at before it is opened, and opened through what was looked at: no FIFO, no device is ever opened. */
  async #openRegular(place: Place, path: string): Promise<{ handle: FileHandle; stat: Stats }> {
    const { handle, stat } = await this.#walk.openPlace(place);
    try {
      if (!stat.isFile()) throw new AppError('wrong-state', `${path} is ${kindInWords(stat)}, not a file`);
      return { handle: await open(pathOf(handle), O_RDONLY | O_NONBLOCK), stat };
    } finally {
      await handle.close();
    }
  }

  /** State of the file that would be replaced; undefined when there is none. */
  async #replaceable(place: Place, path: string, links: boolean): Promise<Stats | undefined> {
    refuseRoot(place, path);
    const stat = await lstatOpen(this.#walk, place).catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    });
    if (!stat || stat.isFile() || (links && stat.isSymbolicLink())) return stat;
    throw new AppError('wrong-state', `${path} is ${kindInWords(stat)}, not a file`);
  }

  async #begin(path: string, { mode, uid, gid, replaceLink = false, durable = true }: RootWrite) {
    const place = await this.#walk.walk(path, { follow: !replaceLink }).catch((error: unknown) => {
      throw explained(path, error);
    });
    try {
      const old = await this.#replaceable(place, path, replaceLink);
      const keep = old?.isFile() ? old : undefined;
      const owner = keep ?? (await place.folder.stat());
      const temporary = `${pathOf(place.folder)}/${temporaryName()}`;
      const handle = await open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
      let state: 'open' | 'committed' | 'discarded' = 'open';
      const end = async (to: typeof state) => {
        state = to;
        await handle.close();
        if (to === 'discarded') await unlink(temporary).catch(() => undefined);
        await place.close();
      };
      return {
        handle,
        async commit() {
          // Owner first: chown(2) clears setuid.
          await handle.chown(uid ?? owner.uid, gid ?? owner.gid);
          await handle.chmod(mode === undefined ? (keep ? keep.mode & 0o777 : 0o644) : mode & 0o7777);
          if (durable) await handle.sync();
          await rename(temporary, place.path);
          await end('committed');
        },
        async discard() {
          if (state === 'open') await end('discarded');
        },
      };
    } catch (error) {
      await place.close();
      throw explained(path, error);
    }
  }
}

async function lstatOpen(walk: RootWalk, place: Place): Promise<Stats> {
  const { handle, stat } = await walk.openPlace(place);
  await handle.close();
  return stat;
}

/** Writes behind what was written before; closing the file stays with whoever opened it. */
function writerOf(handle: FileHandle): Writable {
  return new Writable({
    write: (chunk: Uint8Array, _encoding, done) => void handle.writeFile(chunk).then(() => done(), done),
  });
}

function refuseRoot(place: Place, path: string): void {
  if (place.name === '.') throw new AppError('wrong-state', `${path} is the root itself`);
}

function temporaryName(): string {
  return `.croft-${randomBytes(6).toString('hex')}.new`;
}
