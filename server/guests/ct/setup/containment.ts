// A place for programs that work on hostile data: one folder they can write to, the host's programs read-only, nothing else there.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, readlink, symlink, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../../core/errors.ts';
import type { Exec } from '../../../core/exec.ts';

export interface IdMap {
  readonly first: number;
  readonly count: number;
}

export interface Containment {
  /** The command line that runs `argv` inside, in the folder. */
  command(argv: readonly string[]): readonly [string, readonly string[]];
  /** What was mounted goes with the last program inside. Repeatable. */
  close(): Promise<void>;
}

/** Folders that are on every system (FHS 3.0) and empty on most: one that the folder is not below is covered, in our namespace alone. */
const stages = ['/mnt', '/media', '/srv'];
/** Where the folder is seen inside. */
const seenAs = 'root';

/**
 * Opens it around `folder`. With a map: programs inside are root of a user namespace with it, which the kernel keeps from foreign
 * files and devices. The map is written by us, who are root: /etc/subuid and its programs are not needed. `unavailable` without
 * the rights.
 */
export async function openContainment(
  exec: Exec,
  folder: string,
  map: IdMap | undefined,
): Promise<Containment> {
  const stage = stages.find((path) => folder !== path && !folder.startsWith(`${path}/`)) as string;
  const mounts = await holdNamespace(['--mount', '--propagation', 'private'], 'mnt');
  let users: Holder | undefined;
  try {
    const inside = (argv: readonly string[]) =>
      exec('nsenter', [`--mount=/proc/${mounts.pid}/ns/mnt`, ...argv], { intention: 'prepare unpacking' });
    await inside(['mount', '-t', 'tmpfs', '-o', 'size=64k,mode=0755', 'croft-unpack', stage]);
    const at = `/proc/${mounts.pid}/root${stage}`;
    for (const name of [seenAs, 'usr']) await mkdir(`${at}/${name}`);
    for (const name of ['bin', 'sbin', 'lib', 'lib64']) await symlink(`usr/${name}`, `${at}/${name}`);
    await inside(['mount', '--bind', '/usr', `${stage}/usr`]);
    await inside(['mount', '-o', 'remount,bind,ro,nosuid,nodev', `${stage}/usr`]);
    await inside(['mount', '--bind', folder, `${stage}/${seenAs}`]);
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
    command: (argv) => [
      'nsenter',
      [
        ...[`--root=${root}`, `--wd=${root}/${seenAs}`, ...owner, '--'],
        ...['setpriv', '--no-new-privs', '--bounding-set=-mknod,-sys_admin,-sys_chroot,-sys_ptrace', ...argv],
      ],
    ],
    async close() {
      await users?.end();
      await mounts.end();
    },
  };
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
