// What mounting needs of the world: programs, the kernel's list of mounts, the network, and two folders of this node.
import { stat } from 'node:fs/promises';
import type { Exec } from '../../server/core/exec.ts';
import { type ReadMounts, readOwnMounts } from '../folders/open-mounts.ts';
import { type Reach, reachByTcp } from './server-reach.ts';

export interface MountParts {
  readonly exec: Exec;
  readonly readMounts: ReadMounts;
  readonly reach: Reach;
  /** Storages that name no path of their own are mounted in it, each under its id. */
  readonly base: string;
  /** Files with passwords are written into it for as long as a program reads them; made with mode 0700. In memory (tmpfs). */
  readonly secrets: string;
  /** Is systemd in charge here? Then a file system's own process gets a scope of its own. */
  readonly hasSystemd: () => Promise<boolean>;
}

/** The real ones; `other` replaces some, for tests. */
export function mountParts(exec: Exec, other: Partial<Omit<MountParts, 'exec'>> = {}): MountParts {
  return {
    exec,
    readMounts: readOwnMounts,
    reach: reachByTcp,
    base: '/mnt/croft',
    secrets: '/run/croft/secrets',
    hasSystemd: runsSystemd,
    ...other,
  };
}

/** sd_booted(3): the folder is there when systemd is process 1. */
async function runsSystemd(): Promise<boolean> {
  return await stat('/run/systemd/system').then(
    () => true,
    () => false,
  );
}
