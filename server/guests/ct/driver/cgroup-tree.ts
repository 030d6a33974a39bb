// Control groups of containers on this host, version 2 and version 1 (hybrid) alike: where they are, ending and removing them.
import { constants } from 'node:fs';
import { access, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../../core/clock.ts';
import { AppError } from '../../../core/errors.ts';

export interface CgroupTree {
  readonly version: 1 | 2;
  /** Folders under which a container's group may be: one under version 2, one for each controller under version 1. */
  readonly hierarchies: readonly string[];
  /** The folder of a controller's hierarchy: `memory`, `cpu`, ... */
  hierarchyOf(controller: string): string;
}

/** Looks at what is mounted below `root`: version 2 has `cgroup.controllers` there, version 1 a folder for each controller. */
export async function readCgroupTree(root = '/sys/fs/cgroup'): Promise<CgroupTree> {
  if (await isThere(join(root, 'cgroup.controllers')))
    return { version: 2, hierarchies: [root], hierarchyOf: () => root };
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  return {
    version: 1,
    hierarchies: entries.filter((entry) => entry.isDirectory()).map((entry) => join(root, entry.name)),
    // `cpu` is a link where it is mounted together with `cpuacct`.
    hierarchyOf: (controller) => join(root, controller),
  };
}

/** Writes a value; `command-failed` with the kernel's word, `unsupported` when this kernel has no such file. */
export async function writeCgroup(folder: string, name: string, value: string): Promise<void> {
  try {
    await writeFile(join(folder, name), value, { flag: constants.O_WRONLY });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'ENOENT')
      throw new AppError('unsupported', `this host has no ${name}`, { detail: folder, cause: error });
    throw new AppError('command-failed', `${name} = ${value}: ${code || 'not accepted'}`, {
      detail: folder,
      cause: error,
    });
  }
}

/** Undefined when the file is not there. */
export async function readCgroup(folder: string, name: string): Promise<string | undefined> {
  return (await readFile(join(folder, name), 'utf8').catch(() => undefined))?.trimEnd();
}

/** Every process in the group and below it, in any hierarchy. */
export async function cgroupProcesses(tree: CgroupTree, group: string): Promise<number[]> {
  const pids = new Set<number>();
  for (const hierarchy of tree.hierarchies) {
    for (const folder of await foldersBelow(join(hierarchy, group))) {
      const text = (await readCgroup(folder, 'cgroup.procs')) ?? '';
      // 0: a process of another PID namespace than ours. It cannot be named, but cgroup.kill reaches it.
      for (const line of text.split('\n')) if (Number(line) > 0) pids.add(Number(line));
    }
  }
  return [...pids];
}

/** Ends every process in the group: at once where the kernel can (cgroup.kill, Linux 5.14), else one by one until none is left. */
export async function killCgroup(
  tree: CgroupTree,
  group: string,
  clock: Clock,
  timeoutMs = 10_000,
): Promise<void> {
  const end = clock.now() + timeoutMs;
  for (;;) {
    await thawCgroup(tree, group);
    for (const hierarchy of tree.hierarchies)
      await writeFile(join(hierarchy, group, 'cgroup.kill'), '1', { flag: constants.O_WRONLY }).catch(
        () => {},
      );
    const pids = await cgroupProcesses(tree, group);
    if (pids.length === 0) return;
    for (const pid of pids) endProcess(pid);
    if (clock.now() > end)
      throw new AppError('timeout', `${pids.length} processes do not end`, { detail: `${group}: ${pids}` });
    await clock.sleep(20);
  }
}

/** A frozen process of version 1 does not even die. */
async function thawCgroup(tree: CgroupTree, group: string): Promise<void> {
  if (tree.version === 2) return;
  const file = join(tree.hierarchyOf('freezer'), group, 'freezer.state');
  await writeFile(file, 'THAWED', { flag: constants.O_WRONLY }).catch(() => {});
}

/** Removes the group and all below it, innermost first. Nothing there: done. Processes must have ended. */
export async function removeCgroup(tree: CgroupTree, group: string): Promise<void> {
  for (const hierarchy of tree.hierarchies) {
    for (const folder of (await foldersBelow(join(hierarchy, group))).reverse())
      await rmdir(folder).catch(() => {});
  }
}

/** Names of the groups right below `group`, over all hierarchies. */
export async function cgroupChildren(tree: CgroupTree, group: string): Promise<string[]> {
  const names = new Set<string>();
  for (const hierarchy of tree.hierarchies) {
    const entries = await readdir(join(hierarchy, group), { withFileTypes: true }).catch(() => []);
    for (const entry of entries) if (entry.isDirectory()) names.add(entry.name);
  }
  return [...names];
}

/** The folder and all below it, parents first; empty when it is not there. */
export async function foldersBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => undefined);
  if (!entries) return [];
  const inner: string[] = [];
  for (const entry of entries)
    if (entry.isDirectory()) inner.push(...(await foldersBelow(join(folder, entry.name))));
  return [folder, ...inner];
}

/** Gone already: no error. */
export function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself in between.
  }
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
