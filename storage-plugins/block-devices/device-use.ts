// Who uses a block device on this node: file systems, swap, volume groups, RAID, programs. Read from sysfs and proc.
import { readdir, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readMountInfo } from '../folders/open-mounts.ts';
import type { Sysfs } from './sysfs.ts';

/**
 * What the kernel keeps the device or a partition of it busy with, in words: `the logical volume san/vm-100-disk-0`. Programs that
 * have it open do not count; see `openedBy`.
 */
export async function kernelUses(sysfs: Sysfs, kernelName: string): Promise<string[]> {
  const folder = `/sys/class/block/${kernelName}`;
  const partitions = await partitionsOf(sysfs, kernelName);
  const numbers = new Set(
    await Promise.all([kernelName, ...partitions].map((name) => sysfs.text(`/sys/class/block/${name}/dev`))),
  );
  const own = [kernelName, ...partitions];
  const [mounts, swaps, btrfs, holders, held] = await Promise.all([
    sysfs.text('/proc/self/mountinfo'),
    sysfs.text('/proc/swaps'),
    btrfsDevices(sysfs),
    sysfs.names(`${folder}/holders`),
    Promise.all(partitions.map((name) => sysfs.names(`/sys/class/block/${name}/holders`))),
  ]);
  const uses = readMountInfo(mounts)
    .filter(({ device }) => numbers.has(device))
    .map(({ mountPoint }) => `the file system mounted at ${mountPoint}`);
  if (own.some((name) => btrfs.has(name))) uses.push('a mounted btrfs file system');
  if (swaps.split('\n').some((line) => own.includes(/^\/dev\/(\S+)/.exec(line)?.[1] ?? '')))
    uses.push('swap');
  for (const holder of [...holders, ...held.flat()]) uses.push(await holderInWords(sysfs, holder));
  return [...new Set(uses)];
}

async function partitionsOf(sysfs: Sysfs, kernelName: string): Promise<string[]> {
  const inside = await sysfs.names(`/sys/class/block/${kernelName}`);
  const candidates = inside.filter((name) => name.startsWith(kernelName));
  const flags = await Promise.all(
    candidates.map((name) => sysfs.text(`/sys/class/block/${kernelName}/${name}/partition`)),
  );
  return candidates.filter((_, index) => flags[index] !== '');
}

/** The kernel's names of the devices of all btrfs file systems that are mounted: in the list of mounts their numbers do not stand. */
async function btrfsDevices(sysfs: Sysfs): Promise<Set<string>> {
  const folder = '/sys/fs/btrfs';
  const systems = await sysfs.names(folder);
  const found = await Promise.all(systems.map((uuid) => sysfs.names(`${folder}/${uuid}/devices`)));
  return new Set(found.flat());
}

async function holderInWords(sysfs: Sysfs, holder: string): Promise<string> {
  const [uuid, name] = await Promise.all([
    sysfs.text(`/sys/class/block/${holder}/dm/uuid`),
    sysfs.text(`/sys/class/block/${holder}/dm/name`),
  ]);
  if (uuid.startsWith('LVM-')) return `the logical volume ${readMapperName(name)}`;
  if (uuid.startsWith('mpath-')) return `the multipath device ${name}`;
  if (/^md\d/.test(holder)) return `the RAID ${holder}`;
  return `the device ${name === '' ? holder : name}`;
}

/** `san/vm-100-disk-0` of device-mapper's `san-vm--100--disk--0`: it doubles the dashes of the parts (dmsetup(8)). */
export function readMapperName(name: string): string {
  const match = /^((?:[^-]|--)+)-((?:[^-]|--)+)$/.exec(name);
  return match ? `${match[1]}/${match[2]}`.replace(/--/g, '-') : name;
}

/**
 * Ids of the processes, in any namespace, that have one of the devices itself open, by the device's number; a guest's QEMU is one. One
 * pass over all processes.
 */
export async function openedBy(sysfs: Sysfs, numbers: ReadonlySet<string>): Promise<Map<string, number[]>> {
  const found = new Map<string, number[]>();
  if (numbers.size === 0) return found;
  const proc = join(sysfs.root, 'proc');
  const pids = (await readdir(proc).catch(() => [] as string[])).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    const folder = join(proc, pid, 'fd');
    const open = new Set<string>();
    for (const name of await readdir(folder).catch(() => [] as string[])) {
      const number = await numberOfOpen(join(folder, name));
      if (number !== undefined && numbers.has(number)) open.add(number);
    }
    for (const number of open) found.set(number, [...(found.get(number) ?? []), Number(pid)]);
  }
  return found;
}

/** Only what lies below `/dev` is asked for its number: a file on a dead server would hang us. */
async function numberOfOpen(file: string): Promise<string | undefined> {
  const target = await readlink(file).catch(() => '');
  if (!target.startsWith('/dev/')) return undefined;
  const facts = await stat(file).catch(() => undefined);
  return facts?.isBlockDevice() === true ? deviceNumber(facts.rdev) : undefined;
}

/** `major:minor` of a number as stat(2) has it; see makedev(3). */
export function deviceNumber(rdev: number): string {
  const wide = BigInt(rdev);
  const major = ((wide >> 8n) & 0xfffn) | ((wide >> 32n) & 0xfffff000n);
  const minor = (wide & 0xffn) | ((wide >> 12n) & 0xffffff00n);
  return `${major}:${minor}`;
}
