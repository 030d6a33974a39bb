// A node on which nothing is really mounted: programs that only change a list of mounts, and servers that answer or not.
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../server/core/errors.ts';
import { type Exec, exec } from '../../server/core/exec.ts';
import type { MountParts } from './mount-parts.ts';

export interface FakeMount {
  place: string;
  source: string;
  fileSystem: string;
  flags: string;
}

export interface FakeNode {
  readonly exec: Exec;
  readonly world: Partial<Omit<MountParts, 'exec'>>;
  /** The list of mounts, the topmost last. */
  readonly mounts: FakeMount[];
  /** Every program that ran, as one line. */
  readonly ran: string[];
  /** What a file named in `credentials=` or `--authentication-file=` held while its program ran. */
  readonly secrets: string[];
  /** What is wrong, from now on. */
  readonly faults: {
    server?: string | undefined;
    /** What `stat` says; `silent`: nothing, ever. */
    stat?: string | undefined;
    mount?: { exitCode: number; stderr: string } | undefined;
    umount?: { exitCode: number; stderr: string } | undefined;
    /** Flags of new mounts. */
    flags?: string | undefined;
  };
  readonly asked: string[];
}

/** `folder`: for the places of mounts, for secrets, and for what the server holds. Programs that are not about mounts are real. */
export function fakeNode(folder: string): FakeNode {
  const mounts: FakeMount[] = [];
  const ran: string[] = [];
  const secrets: string[] = [];
  const asked: string[] = [];
  const faults: FakeNode['faults'] = {};
  const served = path.join(folder, 'served');
  const attach = async (place: string, source: string, fileSystem: string, flags: string) => {
    await mkdir(served, { recursive: true });
    for (const name of await readdir(served)) await rename(path.join(served, name), path.join(place, name));
    mounts.push({ place, source, fileSystem, flags: faults.flags ?? flags });
  };
  const answer = (exitCode: number, stderr = '', stdout = '') => ({ exitCode, stderr, stdout });

  const mount = async (args: readonly string[]) => {
    const [place = '', source = ''] = [...args].reverse();
    const options = args[args.indexOf('--options') + 1] ?? '';
    const secret = /credentials=([^,]+)/.exec(options)?.[1];
    if (secret) secrets.push(await readFile(secret, 'utf8'));
    if (options.startsWith('remount,bind')) {
      const entry = mounts.findLast((each) => each.place === place);
      if (entry) entry.flags = 'rw,nosuid,nodev';
      return answer(0);
    }
    if (faults.mount) return answer(faults.mount.exitCode, faults.mount.stderr);
    const type = args[args.indexOf('--types') + 1] ?? '';
    const readOnly = options.split(',').includes('ro') ? 'ro' : 'rw';
    await attach(place, source, type === 'nfs' ? 'nfs4' : type, `${readOnly},nosuid,nodev,relatime`);
    return answer(0);
  };
  const umount = async (args: readonly string[]) => {
    const place = args.at(-1) ?? '';
    if (faults.umount && !args.includes('--lazy'))
      return answer(faults.umount.exitCode, faults.umount.stderr);
    const at = mounts.findLastIndex((each) => each.place === place);
    if (at < 0) return answer(32, `umount: ${place}: not mounted.\n`);
    mounts.splice(at, 1);
    await mkdir(served, { recursive: true });
    for (const name of await readdir(place)) await rename(path.join(place, name), path.join(served, name));
    return answer(0);
  };
  const gluster = async (args: readonly string[]) => {
    const word = (name: string) => args.find((arg) => arg.startsWith(name))?.slice(name.length) ?? '';
    const source = `${word('--volfile-server=')}:/${word('--volfile-id=')}`;
    await attach(args.at(-1) ?? '', source, 'fuse.glusterfs', 'rw,relatime');
    return answer(0);
  };

  const fakeExec: Exec = async (file, args, options) => {
    if (!['mount', 'umount', 'stat', 'id', 'setsid', 'systemd-run'].includes(file))
      return await exec(file, args, options);
    ran.push([file, ...args].join(' '));
    const result = await (async () => {
      if (file === 'mount') return await mount(args);
      if (file === 'umount') return await umount(args);
      if (file === 'id') return answer(0, '', '64055\n');
      if (file !== 'stat') return await gluster(args);
      if (faults.stat === 'silent') return await new Promise<never>(() => {});
      return faults.stat === undefined ? answer(0) : answer(1, faults.stat);
    })();
    if ((options?.okExitCodes ?? [0]).includes(result.exitCode)) return result;
    throw new AppError('command-failed', `${options?.intention}: ${result.stderr}`, {
      detail: result.stderr,
    });
  };
  return {
    ...{ exec: fakeExec, mounts, ran, secrets, faults, asked },
    world: {
      base: path.join(folder, 'mounts'),
      secrets: path.join(folder, 'secrets'),
      hasSystemd: async () => false,
      readMounts: async () => mounts.map(mountInfoLine).join('\n'),
      async reach({ host, port }) {
        asked.push(`${host}:${port}`);
        return faults.server;
      },
    },
  };
}

/** As the kernel writes it (proc_pid_mountinfo(5)). */
export function mountInfoLine({ place, source, fileSystem, flags }: FakeMount): string {
  const escaped = (text: string) => text.replaceAll('\\', '\\134').replaceAll(' ', '\\040');
  return `612 29 0:52 / ${escaped(place)} ${flags} shared:330 - ${fileSystem} ${escaped(source)} rw,vers=4.2`;
}

/** Removes the whole node. */
export async function removeFakeNode(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}
