// A place for programs that work on hostile data: one folder they can write to, the host's programs read-only, nothing else there.
import { type ChildProcess, spawn } from 'node:child_process';
import { chown, mkdir, readlink, symlink, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../../core/errors.ts';
import type { Exec } from '../../../core/exec.ts';
import { withRoot } from '../../../core/root-files.ts';

export interface IdMap {
  readonly first: number;
  readonly count: number;
}

/** A folder of the host that programs inside see. */
export interface ContainedFolder {
  /** Where: a path without a slash at the beginning, `root` or `root/srv/data`. What it is below comes before it. */
  readonly at: string;
  readonly path: string;
  readonly readOnly: boolean;
  /** Folders below it that look empty: what a mount point of the container hides. Links are resolved as inside it. */
  readonly covered?: readonly string[];
}

export interface Containment {
  /** The command line that runs `argv` inside, in the first folder. `nodes`: it may make device nodes, if it is root of the host. */
  command(
    argv: readonly string[],
    options?: { readonly nodes?: boolean },
  ): readonly [string, readonly string[]];
  /** What was mounted goes with the last program inside. Repeatable. */
  close(): Promise<void>;
}

/** Folders that are on every system (FHS 3.0) and empty on most: one that the folder is not below is covered, in our namespace alone. */
const stages = ['/mnt', '/media', '/srv', '/opt'];
/** Where the folder is seen inside. */
const seenAs = 'root';

/** One folder that may be written to, as `openFolders` says. */
export function openContainment(exec: Exec, folder: string, map: IdMap | undefined): Promise<Containment> {
  return openFolders(exec, [{ at: seenAs, path: folder, readOnly: false }], map);
}

/**
 * Opens it around the folders; what is mounted below them is not seen. With a map: programs inside are root of a user namespace with it,
 * which the kernel keeps from foreign files and devices. The map is written by us, who are root: /etc/subuid and its programs are not
 * needed. `unavailable` without the rights.
 */
export async function openFolders(
  exec: Exec,
  folders: readonly ContainedFolder[],
  map: IdMap | undefined,
): Promise<Containment> {
  const stage = stages.find((path) => !folders.some((folder) => `${folder.path}/`.startsWith(`${path}/`)));
  if (stage === undefined)
    throw new AppError('unsupported', 'the folders lie where none of them may be covered');
  const mounts = await holdNamespace(['--mount', '--propagation', 'private'], 'mnt');
  let users: Holder | undefined;
  try {
    const inside = (argv: readonly string[]) =>
      exec('nsenter', [`--mount=/proc/${mounts.pid}/ns/mnt`, ...argv], { intention: 'prepare unpacking' });
    await inside(['mount', '-t', 'tmpfs', '-o', 'size=256k,mode=0755', 'croft-unpack', stage]);
    const at = `/proc/${mounts.pid}/root${stage}`;
    await mkdir(`${at}/usr`);
    for (const name of ['bin', 'sbin', 'lib', 'lib64']) await symlink(`usr/${name}`, `${at}/${name}`);
    await inside(['mount', '--bind', '/usr', `${stage}/usr`]);
    await inside(['mount', '-o', 'remount,bind,ro,nosuid,nodev', `${stage}/usr`]);
    await mkdir(`${at}/empty`);
    await chown(`${at}/empty`, map?.first ?? 0, map?.first ?? 0);
    for (const folder of folders) {
      await mkdir(`${at}/${folder.at}`, { recursive: true });
      await inside(['mount', '--bind', folder.path, `${stage}/${folder.at}`]);
      if (folder.readOnly)
        await inside(['mount', '-o', 'remount,bind,ro,nosuid,nodev', `${stage}/${folder.at}`]);
      for (const path of folder.covered ?? [])
        await cover(inside, `${at}/${folder.at}`, path, `${stage}/empty`);
    }
    await inside(['mount', '-o', 'remount,ro', stage]);
    if (map) {
      users = await holdNamespace(['--user'], 'user');
      const line = `0 ${map.first} ${map.count}\n`;
      await writeFile(`/proc/${users.pid}/uid_map`, line);
      await writeFile(`/proc/${users.pid}/gid_map`, line);
    }
  } catch (error) {
    await mounts.end();
    await users?.end();
    throw error;
  }
  const root = `/proc/${mounts.pid}/root${stage}`;
  const owner = users ? [`--user=/proc/${users.pid}/ns/user`, '--setuid=0', '--setgid=0'] : [];
  return {
    command: (argv, { nodes = false } = {}) => [
      'nsenter',
      [
        ...[`--root=${root}`, `--wd=${root}/${folders[0]?.at ?? ''}`, ...owner, '--'],
        ...['setpriv', '--no-new-privs'],
        ...[`--bounding-set=${nodes ? '' : '-mknod,'}-sys_admin,-sys_chroot,-sys_ptrace`, ...argv],
      ],
    ],
    async close() {
      await users?.end();
      await mounts.end();
    },
  };
}

/** `root`: as we see it through the namespace, so that what is held of it can be mounted over there. */
async function cover(
  inside: (argv: readonly string[]) => Promise<unknown>,
  root: string,
  path: string,
  empty: string,
): Promise<void> {
  await withRoot(root, async (files) => {
    if ((await files.stat(path).catch(() => undefined))?.kind !== 'folder') return;
    const place = await files.hold(path);
    try {
      await inside(['mount', '--no-canonicalize', '--bind', empty, `${place.path}/.`]);
    } finally {
      await place.close();
    }
  });
}

interface Holder {
  readonly pid: number;
  end(): Promise<void>;
}

/** A program that does nothing but be in new namespaces. It ends with us: its standard input does. */
async function holdNamespace(flags: readonly string[], kind: string): Promise<Holder> {
  const child = spawn('unshare', [...flags, '--', 'cat'], { stdio: ['pipe', 'ignore', 'ignore'] });
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', () => resolve());
  });
  const end = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  const own = await readlink(`/proc/self/ns/${kind}`);
  for (let attempt = 0; attempt < 500 && isAlive(child); attempt++) {
    const theirs = await readlink(`/proc/${child.pid}/ns/${kind}`).catch(() => own);
    const program = await readlink(`/proc/${child.pid}/exe`).catch(() => '');
    // When `cat` runs, unshare(1) has done all it was asked for.
    if (theirs !== own && !program.endsWith('/unshare')) return { pid: child.pid as number, end };
    await sleep(2);
  }
  await end();
  throw new AppError('unavailable', `the kernel gives no ${kind} namespace`);
}

function isAlive(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}
