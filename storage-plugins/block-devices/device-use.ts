// Who uses a block device on this node: file systems, swap, volume groups, RAID, programs. Read from sysfs and proc.
import { readdir, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
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
  const [mounts, swaps, holders, held] = await Promise.all([
    sysfs.text('/proc/self/mountinfo'),
    sysfs.text('/proc/swaps'),
    sysfs.names(`${folder}/holders`),
    Promise.all(partitions.map((name) => sysfs.names(`/sys/class/block/${name}/holders`))),
  ]);
  const uses = readMountPoints(mounts, numbers).map((place) => `the file system mounted at ${place}`);
  const own = [kernelName, ...partitions].map((name) => `/dev/${name}`);
  if (swaps.split('\n').some((line) => own.includes(line.split(/\s/)[0] ?? ''))) uses.push('swap');
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

/** Mount points of devices by `major:minor`, the third field of a line of proc(5)'s mountinfo. */
function readMountPoints(mountinfo: string, numbers: ReadonlySet<string>): string[] {
  return mountinfo
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, , number = '']) => numbers.has(number))
    .map((fields) => (fields[4] ?? '').replace(/\\040/g, ' '));
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

/** Ids of the processes, in any namespace, that have the device itself open; a guest's QEMU is one. */
export async function openedBy(sysfs: Sysfs, number: string): Promise<number[]> {
  const proc = join(sysfs.root, 'proc');
  const pids = (await readdir(proc).catch(() => [] as string[])).filter((name) => /^\d+$/.test(name));
  const found: number[] = [];
  for (const pid of pids) {
    const folder = join(proc, pid, 'fd');
    for (const name of await readdir(folder).catch(() => [] as string[])) {
      if (!(await isDevice(join(folder, name), number))) continue;
      found.push(Number(pid));
      break;
    }
  }
  return found;
}

/** Only what lies below `/dev` is asked for its number: a file on a dead server would hang us. */
async function isDevice(file: string, number: string): Promise<boolean> {
  const target = await readlink(file).catch(() => '');
  if (!target.startsWith('/dev/')) return false;
  const facts = await stat(file).catch(() => undefined);
  return facts?.isBlockDevice() === true && deviceNumber(facts.rdev) === number;
}

/** `major:minor` of a number as stat(2) has it; see makedev(3). */
export function deviceNumber(rdev: number): string {
  const wide = BigInt(rdev);
  const major = ((wide >> 8n) & 0xfffn) | ((wide >> 32n) & 0xfffff000n);
  const minor = (wide & 0xffn) | ((wide >> 12n) & 0xffffff00n);
  return `${major}:${minor}`;
}
