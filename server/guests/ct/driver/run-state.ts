// What runs, read without any process: the files that the hooks write, /proc, and the freezer.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ctCgroups, ctEventsFolder } from '../ct-paths.ts';
import { type CgroupTree, writeCgroup } from './cgroup-tree.ts';
import { readNow } from './read-now.ts';

/** An event file: `<init's pid> <milliseconds since the epoch> <monitor's pid>`. */
export interface CtRun {
  readonly vmid: number;
  readonly pid: number;
  readonly startedAt: number;
  readonly monitor: number;
}

export interface CtRunState extends CtRun {
  /**
   * `ending`: its init is gone, LXC's monitor cleans up or starts it again (a reboot from inside). `orphan`: it runs, but its
   * monitor was killed: nothing can be asked of it. `dead`: neither is there; the hook did not run.
   */
  readonly state: 'running' | 'paused' | 'ending' | 'orphan' | 'dead';
}

export interface CtPlace {
  /** `<runtimeDir>/lxc`. */
  readonly base: string;
  readonly prefix: string;
  readonly cgroups: CgroupTree;
}

export function readRunFile(vmid: number, text: string): CtRun | undefined {
  const match = /^(\d+) (\d+) (\d+)\n?$/.exec(text);
  if (!match) return undefined;
  return { vmid, pid: Number(match[1]), startedAt: Number(match[2]), monitor: Number(match[3]) };
}

/** Of every container that the hooks said runs. */
export async function readRunStates(place: CtPlace): Promise<CtRunState[]> {
  const names = await readdir(ctEventsFolder(place.base)).catch(() => []);
  return names
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readRunState(place, Number(name)))
    .filter((run) => run !== undefined);
}

/** Undefined when it does not run. */
export function readRunState(place: CtPlace, vmid: number): CtRunState | undefined {
  const text = readNow(join(ctEventsFolder(place.base), String(vmid)));
  const run = text === undefined ? undefined : readRunFile(vmid, text);
  if (!run) return undefined;
  const watched = isMonitor(run.monitor);
  if (!isInside(place, run)) return { ...run, state: watched ? 'ending' : 'dead' };
  if (!watched) return { ...run, state: 'orphan' };
  return { ...run, state: isFrozen(place, vmid) ? 'paused' : 'running' };
}

/** Is the process the container's, and not one that got its number later? */
function isInside({ prefix }: CtPlace, { vmid, pid }: CtRun): boolean {
  const groups = readNow(`/proc/${pid}/cgroup`) ?? '';
  return isInGroup(groups, ctCgroups(prefix, vmid).payload) && !hasEnded(pid);
}

/** proc_pid_cgroup(5): `<hierarchy>:<controllers>:<path>` lines. A system inside may have moved itself further down. */
export function isInGroup(groups: string, group: string): boolean {
  return groups.split('\n').some((line) => {
    const path = line.split(':').slice(2).join(':');
    return path === `/${group}` || path.startsWith(`/${group}/`);
  });
}

/** LXC's monitor calls itself `[lxc monitor] <path> <name>` where it can, else it keeps the name of lxc-start. */
function isMonitor(pid: number): boolean {
  return /lxc[ -](monitor|start)/.test(readNow(`/proc/${pid}/cmdline`) ?? '');
}

/** Is there no such process any more, or only its entry, which nobody collected yet? */
export function hasEnded(pid: number): boolean {
  const stat = readNow(`/proc/${pid}/stat`);
  // The name, in parentheses, may hold anything.
  return stat === undefined || /^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
}

function isFrozen({ cgroups, prefix }: CtPlace, vmid: number): boolean {
  const { payload } = ctCgroups(prefix, vmid);
  const read = (controller: string, name: string) =>
    readNow(join(cgroups.hierarchyOf(controller), payload, name))?.trimEnd();
  if (cgroups.version === 2) return read('', 'cgroup.freeze') === '1';
  const state = read('freezer', 'freezer.state');
  return state === 'FROZEN' || state === 'FREEZING';
}

/** lxc-freeze of LXC 5 does not find the freezer on hybrid hosts; the files are simple enough. */
export async function setFrozen({ cgroups, prefix }: CtPlace, vmid: number, frozen: boolean): Promise<void> {
  const { payload } = ctCgroups(prefix, vmid);
  if (cgroups.version === 2)
    return writeCgroup(join(cgroups.hierarchyOf(''), payload), 'cgroup.freeze', frozen ? '1' : '0');
  const folder = join(cgroups.hierarchyOf('freezer'), payload);
  await writeCgroup(folder, 'freezer.state', frozen ? 'FROZEN' : 'THAWED');
}
