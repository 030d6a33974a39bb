// What is left of a container that does not run any more, found and taken away: processes, groups, cards, mounts, its event.
import { rmSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../../core/clock.ts';
import type { Exec } from '../../../core/exec.ts';
import { ctCgroups, ctEventsFolder, ctPaths } from '../ct-paths.ts';
import { cgroupChildren, cgroupProcesses, killCgroup, removeCgroup } from './cgroup-tree.ts';
import { unmountAll } from './ct-mounts.ts';
import type { Mounter } from './mounter.ts';
import { removeNics } from './nic-host.ts';
import { readNow } from './read-now.ts';
import { type CtPlace, hasEnded } from './run-state.ts';

export interface SweepParts extends CtPlace {
  readonly exec: Exec;
  readonly mounter: Mounter;
  readonly clock: Clock;
}

/** Ends what still runs of it, and takes all away. Repeatable; the folder with its log stays. */
export async function sweepContainer(parts: SweepParts, vmid: number): Promise<void> {
  const { cgroups, prefix, base, clock, exec } = parts;
  const { payload, monitor } = ctCgroups(prefix, vmid);
  // The monitor first: it would start the container again, were it to reboot.
  for (const group of [monitor, payload]) await killCgroup(cgroups, group, clock);
  for (const group of [monitor, payload]) await removeCgroup(cgroups, group);
  await removeNics(exec, base, vmid);
  await unmountAll(parts, vmid);
  await rm(join(ctEventsFolder(base), String(vmid)), { force: true });
}

/** Has LXC still a process of it that watches, starts or ends it? */
export async function isWatched({ cgroups, prefix }: CtPlace, vmid: number): Promise<boolean> {
  return (await cgroupProcesses(cgroups, ctCgroups(prefix, vmid).monitor)).length > 0;
}

/** Numbers of all containers of which anything is on this host: a folder, an event or a group. */
export async function knownContainers({ base, cgroups, prefix }: CtPlace): Promise<number[]> {
  const parent = (group: string) => group.slice(0, group.lastIndexOf('/'));
  const names = [
    ...(await readdir(base).catch(() => [])),
    ...(await readdir(ctEventsFolder(base)).catch(() => [])),
    ...(await cgroupChildren(cgroups, parent(ctCgroups(prefix, 0).payload))),
    ...(await cgroupChildren(cgroups, parent(ctCgroups(prefix, 0).monitor))),
  ];
  return [...new Set(names.filter((name) => /^[1-9]\d*$/.test(name)).map(Number))];
}

/** The stop hook runs a moment before its monitor ends, and a name cannot be started twice: waits for the last one's end. */
export async function waitForMonitor(
  { base, clock }: SweepParts,
  vmid: number,
  timeoutMs = 10_000,
): Promise<void> {
  const file = join(ctPaths(base, vmid).folder, 'ending');
  const text = readNow(file);
  if (text === undefined) return;
  const pid = Number(text);
  const end = clock.now() + timeoutMs;
  while (pid > 0 && clock.now() < end && !hasEnded(pid) && isLxc(pid)) await clock.sleep(5);
  rmSync(file, { force: true });
}

function isLxc(pid: number): boolean {
  return /lxc/.test(readNow(`/proc/${pid}/cmdline`) ?? '');
}
