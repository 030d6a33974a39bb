// The machine's disks with what is on them, and why one cannot be chosen. Changes nothing.
import { basename } from 'node:path';
import { asAppError, hasCode } from '../../server/core/errors.ts';
import type { Exec } from '../../server/core/exec.ts';
import { describeContent, showsWindows } from './observe-content.ts';
import { type CroftPartition, findCroft } from './observe-croft.ts';
import { type HostFiles, hostFiles } from './observe-files.ts';
import { type BlockNode, listBlockDevices, withDescendants } from './observe-lsblk.ts';
import { diskProblem } from './observe-problem.ts';
import {
  blkidArgs,
  blkidExitCodes,
  pvsArgs,
  readBlkid,
  readPvs,
  type Signature,
} from './observe-signature.ts';
import type { DiskContent, DiskFacts } from './types.ts';

export interface ObserveDisksOptions {
  readonly exec: Exec;
  readonly files?: HostFiles;
  /** Highest schema of the state that the image to be installed knows. */
  readonly stateSchema: number;
  /**
   * Arrays, volume groups and swap that are active, but that nobody mounted or opened, are no hindrance: the installer
   * releases them. Default false: they make the disk one that is in use.
   */
  readonly idleIsFree?: boolean;
  /** Kernel names that are disks; for tests on loop devices. */
  readonly names?: RegExp;
}

/** SATA, SAS, USB, virtio, Xen, NVMe, SD and eMMC. Not: loop, RAM, RAID, device mapper, CD, floppy, eMMC's boot areas. */
const diskNames = /^(sd[a-z]+|vd[a-z]+|xvd[a-z]+|nvme\d+n\d+|mmcblk\d+)$/;

/** A disk that does not answer must not hold up the others. */
const probeTimeoutMs = 10_000;

interface Probed extends CroftPartition {
  readonly readable: boolean;
  /** Several signatures that contradict each other. */
  readonly unclear: boolean;
}

/** All disks, sorted by name. Rejects only when lsblk itself fails. */
export async function observeDisks(options: ObserveDisksOptions): Promise<DiskFacts[]> {
  const { exec } = options;
  const files = options.files ?? hostFiles;
  const names = options.names ?? diskNames;
  const disks = (await listBlockDevices(exec)).filter((node) => names.test(node.name));
  const [groups, ids] = await Promise.all([volumeGroups(exec), stablePaths(files)]);
  const found: DiskFacts[] = [];
  // One after the other: parallel reading makes old disks seek.
  for (const disk of disks) found.push(await observeDisk(disk, groups, ids, { ...options, files }));
  return found.toSorted((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
}

async function observeDisk(
  disk: BlockNode,
  groups: ReadonlyMap<string, string>,
  ids: ReadonlyMap<string, readonly string[]>,
  options: ObserveDisksOptions & { readonly files: HostFiles },
): Promise<DiskFacts> {
  const whole = disk.sizeBytes === 0 ? unread(disk, true) : await probe(disk, options.exec);
  const parts: Probed[] = [];
  for (const node of disk.children.filter(({ type }) => type === 'part'))
    parts.push(whole.readable ? await probe(node, options.exec) : unread(node, false));
  const windows = parts.some(({ signature }) => showsWindows(signature));
  const onDisk = whole.signature.type !== '' || whole.unclear ? [whole] : [];
  const partNames = new Map(parts.map(({ node, signature }) => [node.path, signature.partName]));
  const problem = diskProblem({
    disk,
    partNames,
    groups,
    readable: whole.readable,
    idleIsFree: options.idleIsFree ?? false,
  });
  const { path, name, model, serial, sizeBytes, sectorBytes, transport, rotational } = disk;
  return {
    path,
    name,
    ids: ids.get(name) ?? [],
    model,
    serial,
    sizeBytes,
    sectorBytes,
    transport,
    rotational,
    contents: [...onDisk, ...parts].map((one) => contentOf(one, groups, windows)),
    croft: whole.readable ? await findCroft(parts, groups, options) : undefined,
    problem,
  };
}

function contentOf(probed: Probed, groups: ReadonlyMap<string, string>, windows: boolean): DiskContent {
  const { node, signature } = probed;
  const group = groups.get(node.path);
  return {
    device: node.path,
    sizeBytes: node.sizeBytes,
    type: signature.type,
    label: signature.label,
    description: probed.unclear
      ? 'several kinds of data at once'
      : describeContent(signature, { group, windows }),
    mountpoint: (node.type === 'disk' ? [node] : withDescendants(node)).flatMap((one) => one.mountpoints)[0],
  };
}

/** What blkid finds by reading the device; where it finds nothing, what the udev database says. */
async function probe(node: BlockNode, exec: Exec): Promise<Probed> {
  try {
    const { exitCode, stdout } = await exec('blkid', blkidArgs(node.path), {
      okExitCodes: blkidExitCodes,
      timeoutMs: probeTimeoutMs,
      intention: `look at ${node.path}`,
    });
    return { node, signature: merged(readBlkid(stdout), node), readable: true, unclear: exitCode === 8 };
  } catch (thrown) {
    // A missing program would make every disk look broken.
    if (hasCode(thrown, 'unavailable')) throw asAppError(thrown);
    return unread(node, false);
  }
}

function unread(node: BlockNode, readable: boolean): Probed {
  return { node, signature: merged(readBlkid(''), node), readable, unclear: false };
}

function merged(signature: Signature, node: BlockNode): Signature {
  const number = /\d+$/.exec(node.name)?.[0];
  return {
    ...signature,
    type: signature.type || node.fsType,
    label: signature.label || node.label,
    partNumber: signature.partNumber ?? (number === undefined ? undefined : Number(number)),
    partName: signature.partName || node.partName,
    partType: signature.partType || node.partType,
  };
}

/** Volume groups by device path; nothing when LVM's tools are missing or fail. */
async function volumeGroups(exec: Exec): Promise<ReadonlyMap<string, string>> {
  try {
    return readPvs((await exec('pvs', pvsArgs, { intention: 'list the volume groups' })).stdout);
  } catch {
    return new Map();
  }
}

/** Paths in /dev/disk/by-id by kernel name; whole disks only. */
async function stablePaths(files: HostFiles): Promise<ReadonlyMap<string, readonly string[]>> {
  const folder = '/dev/disk/by-id';
  const paths = new Map<string, string[]>();
  for (const name of (await files.list(folder)).toSorted()) {
    const target = await files.link(`${folder}/${name}`);
    if (target === undefined) continue;
    const disk = basename(target);
    paths.set(disk, [...(paths.get(disk) ?? []), `${folder}/${name}`]);
  }
  return paths;
}
