// Limits of a container, changed while it runs: the files of its control groups, versions 1 and 2.
import { join } from 'node:path';
import { readCpuList } from '../../../core/cpu-list.ts';
import type { CtChange } from '../ct-driver.ts';
import { type CgroupTree, foldersBelow, readCgroup, writeCgroup } from './cgroup-tree.ts';

export type LimitChange = Extract<CtChange, { action: 'cpu-limit' | 'cpu-weight' | 'cpu-cores' | 'memory' }>;

const periodUs = 100_000;

/** `command-failed` when the kernel does not accept it: memory below what is used, for instance. */
export async function applyLimit(
  tree: CgroupTree,
  group: string,
  vmid: number,
  change: LimitChange,
): Promise<void> {
  const folder = (controller: string) => join(tree.hierarchyOf(controller), group);
  if (change.action === 'cpu-limit') {
    const quota = Math.max(1000, Math.round(change.cores * periodUs));
    if (tree.version === 2)
      return writeCgroup(folder('cpu'), 'cpu.max', `${change.cores > 0 ? quota : 'max'} ${periodUs}`);
    await writeCgroup(folder('cpu'), 'cpu.cfs_period_us', String(periodUs));
    return writeCgroup(folder('cpu'), 'cpu.cfs_quota_us', change.cores > 0 ? String(quota) : '-1');
  }
  if (change.action === 'cpu-weight') {
    return tree.version === 2
      ? writeCgroup(folder('cpu'), 'cpu.weight', String(change.weight))
      : writeCgroup(folder('cpu'), 'cpu.shares', String(cpuShares(change.weight)));
  }
  if (change.action === 'cpu-cores') return setCores(tree, folder('cpuset'), vmid, change.cores);
  return setMemory(tree, folder('memory'), change.memoryBytes, change.swapBytes);
}

/** Weight 100 of version 2 is 1024 shares of version 1. */
export function cpuShares(weight: number): number {
  return Math.min(262_144, Math.max(2, Math.round((weight * 1024) / 100)));
}

/** Some of the processors given, another choice for each guest, so that small containers do not all share the first. */
export function chooseCpus(available: readonly number[], cores: number | undefined, vmid: number): number[] {
  if (cores === undefined || cores >= available.length) return [...available];
  const first = (vmid * cores) % available.length;
  const rotated = [...available.slice(first), ...available.slice(0, first)];
  return rotated.slice(0, cores).sort((a, b) => a - b);
}

async function setCores(
  tree: CgroupTree,
  folder: string,
  vmid: number,
  cores: number | undefined,
): Promise<void> {
  const effective = tree.version === 2 ? 'cpuset.cpus.effective' : 'cpuset.effective_cpus';
  const available = readCpuList((await readCgroup(join(folder, '..'), effective)) ?? '0');
  const chosen = chooseCpus(available, cores, vmid).join(',');
  if (tree.version === 2) return writeCgroup(folder, 'cpuset.cpus', cores === undefined ? '\n' : chosen);
  // Version 1: a group must hold all of the groups inside. So grow from the outside, then shrink from the inside.
  const all = available.join(',');
  const folders = await foldersBelow(folder);
  await writeCgroup(folder, 'cpuset.cpus', all);
  for (const inner of folders.slice(1).reverse()) await writeCgroup(inner, 'cpuset.cpus', chosen);
  await writeCgroup(folder, 'cpuset.cpus', chosen);
}

async function setMemory(
  tree: CgroupTree,
  folder: string,
  memoryBytes: number,
  swapBytes: number,
): Promise<void> {
  if (tree.version === 2) {
    // Where the configuration throttles before the limit, it goes on doing so at the same distance.
    const [high, max] = (
      await Promise.all([readCgroup(folder, 'memory.high'), readCgroup(folder, 'memory.max')])
    ).map(Number);
    await writeCgroup(folder, 'memory.high', 'max');
    await writeCgroup(folder, 'memory.max', String(memoryBytes));
    if (high && max) await writeCgroup(folder, 'memory.high', String(Math.floor((high / max) * memoryBytes)));
    return ignoreMissing(() => writeCgroup(folder, 'memory.swap.max', String(swapBytes)));
  }
  // Version 1: memory and swap together must never be less than memory.
  const both = String(memoryBytes + swapBytes);
  const memory = () => writeCgroup(folder, 'memory.limit_in_bytes', String(memoryBytes));
  const withSwap = () => ignoreMissing(() => writeCgroup(folder, 'memory.memsw.limit_in_bytes', both));
  const now = Number(await readCgroup(folder, 'memory.memsw.limit_in_bytes'));
  if (now && memoryBytes + swapBytes < now) {
    await memory();
    await withSwap();
  } else {
    await withSwap();
    await memory();
  }
}

/** Kernels without swap accounting have no such file. */
async function ignoreMissing(write: () => Promise<void>): Promise<void> {
  await write().catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'unsupported')) throw error;
  });
}
