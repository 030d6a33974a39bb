// What the kernel counts for a container, read from the files of its control groups. Versions 1 and 2.
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { readCpuList } from '../../../core/cpu-list.ts';
import { type CgroupTree, readCgroup } from './cgroup-tree.ts';

export interface CgroupStats {
  readonly cpuTimeNs: number;
  /** Processors it may use: those of its set, less when a quota allows less. */
  readonly cpus: number;
  /** What it uses, less the file cache that the kernel can take back at once. */
  readonly memoryBytes: number | undefined;
  /** What is charged to it, with that cache. */
  readonly residentBytes: number | undefined;
  /** What of it is swapped out; undefined where the kernel does not account swap. */
  readonly swapBytes: number | undefined;
  readonly diskReadBytes: number;
  readonly diskWriteBytes: number;
}

/** Undefined when the group is gone. Source: the kernel's cgroup-v2.rst and cgroup-v1/{cpuacct,memory,blkio-controller}.rst. */
export function readCgroupStats(tree: CgroupTree, group: string): Promise<CgroupStats | undefined> {
  return tree.version === 2 ? readVersion2(tree, group) : readVersion1(tree, group);
}

async function readVersion2(tree: CgroupTree, group: string): Promise<CgroupStats | undefined> {
  const folder = join(tree.hierarchyOf(''), group);
  const read = (name: string) => readCgroup(folder, name);
  const [cpu, current, swap, memory, io, set, max] = await Promise.all([
    read('cpu.stat'),
    read('memory.current'),
    read('memory.swap.current'),
    read('memory.stat'),
    read('io.stat'),
    read('cpuset.cpus.effective'),
    read('cpu.max'),
  ]);
  if (cpu === undefined) return undefined;
  const [quota, period] = (max ?? '').split(' ').map(Number);
  return {
    cpuTimeNs: (flatKeys(cpu).get('usage_usec') ?? 0) * 1000,
    cpus: cpusOf(set, quota, period),
    ...memoryOf(current, flatKeys(memory ?? '').get('inactive_file')),
    swapBytes: swap === undefined ? undefined : Number(swap),
    ...ioOfVersion2(io ?? ''),
  };
}

async function readVersion1(tree: CgroupTree, group: string): Promise<CgroupStats | undefined> {
  const read = (controller: string, name: string) =>
    readCgroup(join(tree.hierarchyOf(controller), group), name);
  const [usage, current, withSwap, memory, io, set, quota, period] = await Promise.all([
    read('cpuacct', 'cpuacct.usage'),
    read('memory', 'memory.usage_in_bytes'),
    read('memory', 'memory.memsw.usage_in_bytes'),
    read('memory', 'memory.stat'),
    read('blkio', 'blkio.throttle.io_service_bytes_recursive'),
    read('cpuset', 'cpuset.effective_cpus'),
    read('cpu', 'cpu.cfs_quota_us'),
    read('cpu', 'cpu.cfs_period_us'),
  ]);
  if (usage === undefined) return undefined;
  return {
    cpuTimeNs: Number(usage),
    cpus: cpusOf(set, quota === undefined ? undefined : Number(quota), Number(period)),
    ...memoryOf(current, flatKeys(memory ?? '').get('total_inactive_file')),
    swapBytes: swapOfVersion1(current, withSwap),
    ...ioOfVersion1(io ?? ''),
  };
}

/** Reads `key value` lines. */
function flatKeys(text: string): Map<string, number> {
  return new Map(
    text.split('\n').flatMap((line) => {
      const [key, value] = line.split(' ');
      return key && value !== undefined ? [[key, Number(value)] as const] : [];
    }),
  );
}

function memoryOf(current: string | undefined, inactiveFile: number | undefined) {
  const charged = current === undefined ? undefined : Number(current);
  return {
    memoryBytes: charged === undefined ? undefined : Math.max(0, charged - (inactiveFile ?? 0)),
    residentBytes: charged,
  };
}

/** Version 1 counts memory with swap. The two are read one after the other: never less than nothing. */
function swapOfVersion1(memory: string | undefined, withSwap: string | undefined): number | undefined {
  if (memory === undefined || withSwap === undefined) return undefined;
  return Math.max(0, Number(withSwap) - Number(memory));
}

/** `8:0 rbytes=1 wbytes=2 ...`, a line for each device. */
function ioOfVersion2(text: string) {
  const sum = (key: string) =>
    [...text.matchAll(new RegExp(`\\b${key}=(\\d+)`, 'g'))].reduce((all, match) => all + Number(match[1]), 0);
  return { diskReadBytes: sum('rbytes'), diskWriteBytes: sum('wbytes') };
}

/** `8:0 Read 1`, a line for each device and operation. */
function ioOfVersion1(text: string) {
  const sum = (operation: string) =>
    [...text.matchAll(new RegExp(`^\\d+:\\d+ ${operation} (\\d+)$`, 'gm'))].reduce(
      (all, match) => all + Number(match[1]),
      0,
    );
  return { diskReadBytes: sum('Read'), diskWriteBytes: sum('Write') };
}

function cpusOf(set: string | undefined, quota: number | undefined, period: number | undefined): number {
  const inSet = set ? readCpuList(set).length : availableParallelism();
  // `max` and -1: no quota.
  if (!quota || !period || Number.isNaN(quota) || quota <= 0) return inSet;
  return Math.min(inSet, quota / period);
}
