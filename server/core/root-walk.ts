// Walks a path below a folder that somebody hostile fills: one component after the other, never through a link or mount of theirs.
import { readFileSync, type Stats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { constants, lstat, open, readFile, readlink } from 'node:fs/promises';
import { AppError } from './errors.ts';

/** Linux' own limits: path_resolution(7) (links), limits.h (PATH_MAX, NAME_MAX). */
const mostLinks = 40;
const mostPathBytes = 4096;
const mostNameBytes = 255;
/**
 * open(2): a handle to the place alone; neither a FIFO nor a device nor a sleeping FUSE server notices it. Node has no name for
 * the flag; the value is that of every architecture Node runs on (include/uapi/asm-generic/fcntl.h).
 */
const pathOnly = 0o10000000;
const { O_DIRECTORY, O_NOFOLLOW } = constants;

/**
 * File systems that a walk may enter when they are mounted below the root: the kernel answers for them itself. Others either are
 * no files of the container (proc, sysfs) or may never answer (FUSE, NFS), and then a thread of ours would wait for ever.
 */
const entered =
  /^(ext[234]|xfs|btrfs|overlay|tmpfs|ramfs|zfs|bcachefs|f2fs|squashfs|erofs|vfat|exfat|iso9660)$/;

/** Where a path ends: a name (`.` for the root itself) in an open folder. Close it. */
export interface Place {
  readonly name: string;
  /** The folder's, to be used by this process as long as it is open. */
  readonly folder: FileHandle;
  /** For system calls of this process that do not follow links. */
  readonly path: string;
  close(): Promise<void>;
}

export interface WalkOptions {
  /** Is a link at the end of the path followed? */
  readonly follow: boolean;
  /** Called when a folder on the way, or the one at the end, is missing; the walk goes on when it made it. */
  readonly missing?: (path: string, folder: FileHandle) => Promise<void>;
}

interface Level {
  readonly handle: FileHandle;
  readonly mountId: number;
}

export interface RootWalk {
  walk(path: string, options: WalkOptions): Promise<Place>;
  /** A handle (`O_PATH`) to what is at the place, be it a link, and its state. `ENOENT` when nothing is. */
  openPlace(place: Place): Promise<{ readonly handle: FileHandle; readonly stat: Stats }>;
  close(): Promise<void>;
}

/** `root` is trusted: its own path may have links. */
export async function openWalk(root: string): Promise<RootWalk> {
  const handle = await open(root, pathOnly | O_DIRECTORY);
  // Below `/proc/<pid>/root` the mounts are those of that process.
  const process = /^\/proc\/(\d+)\/root(\/|$)/.exec(root)?.[1] ?? 'self';
  const top: Level = { handle, mountId: mountIdOf(handle) };
  const enter = (level: Level, parent: Level) => checkMount(level, parent, process);
  return {
    walk: (path, options) => walk(top, path, options, enter),
    async openPlace(place) {
      const opened = await open(place.path, pathOnly | O_NOFOLLOW);
      try {
        const level = { handle: opened, mountId: mountIdOf(opened) };
        await enter(level, { handle: place.folder, mountId: mountIdOf(place.folder) });
        return { handle: opened, stat: await opened.stat() };
      } catch (error) {
        await opened.close();
        throw error;
      }
    },
    close: () => handle.close(),
  };
}

/** As a path; the kernel resolves it to the open file itself, wherever it was moved to. */
export function pathOf(handle: FileHandle): string {
  return `/proc/self/fd/${handle.fd}`;
}

async function walk(
  top: Level,
  path: string,
  options: WalkOptions,
  enter: (level: Level, parent: Level) => Promise<void>,
): Promise<Place> {
  const stack: Level[] = [top];
  const current = () => stack.at(-1) as Level;
  const climbTo = async (depth: number) => {
    while (stack.length > depth) await stack.pop()?.handle.close();
  };
  const todo = components(path);
  let rounds = 0;
  try {
    for (;;) {
      const name = todo.shift();
      if (name === undefined) return placeIn(stack, '.');
      if (name === '..') {
        await climbTo(Math.max(1, stack.length - 1));
        continue;
      }
      const last = todo.length === 0;
      if (last && !options.follow) return placeIn(stack, name);
      const at = `${pathOf(current().handle)}/${name}`;
      const follow = async (): Promise<boolean> => {
        const target = await readLinkIfOne(at);
        if (target === undefined) return false;
        if (++rounds > mostLinks) throw systemError('ELOOP');
        if (target.startsWith('/')) await climbTo(1);
        todo.unshift(...components(target));
        return true;
      };
      if (last && !options.missing) {
        if (await follow()) continue;
        return placeIn(stack, name);
      }
      // Most are folders: only what is none is looked at more closely.
      try {
        const handle = await open(at, pathOnly | O_DIRECTORY | O_NOFOLLOW);
        const level = { handle, mountId: mountIdOf(handle) };
        const parent = current();
        stack.push(level);
        await enter(level, parent);
      } catch (error) {
        const code = codeOf(error);
        const isNone = code === 'ELOOP' || code === 'ENOTDIR';
        if (isNone && (await follow())) continue;
        // A folder took the link's place since it was opened: look again.
        const swapped = isNone && (await isFolder(at));
        const made = code === 'ENOENT' && options.missing;
        if (!(swapped || made) || ++rounds > mostLinks) throw error;
        if (made) await options.missing?.(at, current().handle);
        todo.unshift(name);
      }
    }
  } catch (error) {
    await climbTo(1);
    throw error;
  }
}

/** The place keeps the innermost folder open, and closes what led there. */
function placeIn(stack: readonly Level[], name: string): Place {
  const folder = (stack.at(-1) as Level).handle;
  const close = async () => {
    for (const level of stack.slice(1).reverse()) await level.handle.close();
  };
  return { name, folder, path: `${pathOf(folder)}/${name}`, close };
}

function components(path: string): string[] {
  if (path.includes('\0')) throw new AppError('invalid-input', 'a path must not have a NUL byte in it');
  if (Buffer.byteLength(path) >= mostPathBytes) throw systemError('ENAMETOOLONG');
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  if (names.some((name) => Buffer.byteLength(name) > mostNameBytes)) throw systemError('ENAMETOOLONG');
  return names;
}

async function readLinkIfOne(path: string): Promise<string | undefined> {
  try {
    return await readlink(path);
  } catch (error) {
    // EINVAL: it is something else than a link; ENOENT: nothing, which whoever opens it will see.
    if (codeOf(error) === 'EINVAL' || codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function isFolder(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined))?.isDirectory() ?? false;
}

async function checkMount(level: Level, parent: Level, process: string): Promise<void> {
  if (level.mountId === parent.mountId) return;
  const type = await mountType(level.mountId, process);
  if (type === undefined || !entered.test(type)) {
    throw new AppError('unsupported', `a file system of the kind '${type ?? 'unknown'}' is mounted there`);
  }
}

/** proc_pid_fdinfo(5): asks nothing of the file system behind it. */
function mountIdOf(handle: FileHandle): number {
  // Without waiting: the kernel answers from memory, and a walk asks for each folder on its way.
  const text = readFileSync(`/proc/self/fdinfo/${handle.fd}`, 'utf8');
  return Number(/^mnt_id:\s*(\d+)$/m.exec(text)?.[1]);
}

/** proc_pid_mountinfo(5): id first, the type after the lone dash. */
async function mountType(id: number, process: string): Promise<string | undefined> {
  const text = await readFile(`/proc/${process}/mountinfo`, 'utf8');
  const line = text.split('\n').find((mount) => mount.startsWith(`${id} `));
  return line === undefined ? undefined : / - (\S+) /.exec(line)?.[1];
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}
