// Why a disk cannot be installed on. Pure.
import {
  appliancePaths,
  partitions,
  smallestDiskBytes,
  volumeGroup,
} from '../../server/core/appliance-layout.ts';
import { type BlockNode, withDescendants } from './observe-lsblk.ts';

export interface ProblemFacts {
  readonly disk: BlockNode;
  /** Name in the partition table by device path. */
  readonly partNames: ReadonlyMap<string, string>;
  /** Volume group by device path of the physical volume. */
  readonly groups: ReadonlyMap<string, string>;
  /** Could the device be read at all? */
  readonly readable: boolean;
  /** Arrays, volume groups and swap that are active, but that nobody mounted or opened, are no hindrance. */
  readonly idleIsFree: boolean;
}

/** The first reason, the gravest first; undefined when the disk can be chosen. */
export function diskProblem(facts: ProblemFacts): string | undefined {
  const { disk } = facts;
  const nodes = withDescendants(disk);
  const mountpoints = nodes.flatMap((node) => node.mountpoints);
  if (mountpoints.some((point) => isBelow(point, appliancePaths.medium)))
    return 'this system was started from it: it is the installation medium';
  if (mountpoints.some((point) => isBelow(point, appliancePaths.system) || point === appliancePaths.state))
    return 'the running system is on it';
  if (mountpoints.includes('/')) return 'the running system is on it';
  if (disk.sizeBytes === 0) return disk.removable ? 'no medium is in it' : 'it has no size: it may be broken';
  if (disk.readOnly) return 'it is read-only (a switch on the medium?)';
  if (!facts.readable) return 'it cannot be read: it may be broken';
  if (disk.sizeBytes < smallestDiskBytes)
    return `it is too small: ${Math.round(smallestDiskBytes / 1024 ** 3)} GiB are needed`;
  for (const node of nodes) {
    const use = useOf(node, facts);
    if (use !== undefined) return `it is in use: ${use}`;
  }
  return undefined;
}

function useOf(node: BlockNode, facts: ProblemFacts): string | undefined {
  const { idleIsFree } = facts;
  const mounted = node.mountpoints.find((point) => point !== '' && point !== '[SWAP]');
  if (mounted !== undefined) return `${node.path} is mounted at ${mounted}`;
  if (node.mountpoints.includes('[SWAP]') && !idleIsFree) return `${node.path} is swap space`;
  for (const child of node.children) {
    if (child.type.startsWith('raid') || child.type === 'md') {
      // Our own mirror, assembled by udev: the installer stops it.
      const name = facts.partNames.get(node.path);
      const own = Object.values(partitions).some((one) => one.name === name);
      if (!own && !idleIsFree) return `${node.path} belongs to the active RAID ${child.name}`;
    } else if (child.type === 'lvm') {
      // Pools and thin volumes stand on hidden volumes of their own group.
      if (node.type !== 'lvm' && !idleIsFree && facts.groups.get(node.path) !== volumeGroup)
        return `LVM volume ${child.name} on ${node.path} is active`;
    } else if (child.type === 'crypt') return `${node.path} is unlocked as ${child.name}`;
    else if (child.type === 'mpath') return `${node.path} is a path of the multipath disk ${child.name}`;
    else if (child.type !== 'part') return `${child.name} (${child.type}) stands on ${node.path}`;
  }
  return undefined;
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
