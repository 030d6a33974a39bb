// The storage type `drbd`: each volume mirrored between two nodes by the kernel's DRBD 8.4. Not among the types that come with Croft yet.
import { AppError, invalidInput } from '../../server/core/errors.ts';
import { commonOptions } from '../common-options.ts';
import { inTurn } from '../folders/in-turn.ts';
import {
  lvmVolumeName,
  readLvmVolumeName,
  requireShortName,
  tryLvmVolumeName,
} from '../lvm-volumes/lvm-names.ts';
import { noFiles } from '../lvm-volumes/no-files.ts';
import {
  contractVersion,
  type OptionDeclaration,
  type PluginDeclaration,
  type Storage,
  type StoragePlugin,
  type VolumeInfo,
} from '../plugin.ts';
import { nextDiskStem, reassignedStem } from '../volume-names.ts';
import type { OnNode } from './drbd-node.ts';
import { readDrbdOptions } from './drbd-options.ts';
import type { Mirrored } from './mirror-tags.ts';
import { MirroredVolumes, type MirrorParts } from './mirrored-volumes.ts';
import { mirrorWarnings } from './proc-drbd.ts';
import { devicePath } from './resource-file.ts';

const option = (
  name: string,
  required: boolean,
  description: string,
  type: OptionDeclaration['type'] = 'string',
): OptionDeclaration => ({ name, type, required, fixed: true, description });

const declaration: PluginDeclaration = {
  type: 'drbd',
  contractVersion,
  options: [
    option('vgname', true, 'The volume group, of the same name on both nodes.'),
    option('thinpool', false, 'A thin pool in it, on both nodes; without it volumes are thick.'),
    option('peers', true, 'The two nodes and their addresses: <node>=<IP address>,<node>=<IP address>.'),
    option('secret', true, 'What the two nodes know each other by: 16 to 64 characters.', 'secret'),
    option('ports', false, 'TCP ports, one for each volume (default 7000-7999).'),
    ...commonOptions,
  ],
  place: ['vgname', 'thinpool'],
  contents: ['images'],
  imageFormats: ['raw'],
  shared: true,
  capabilities: [{ feature: 'resize', formats: ['raw'], states: ['current'], live: true }],
  rootFormats: [],
  isolated: true,
  programs: [
    { program: 'drbdadm', package: 'drbd-utils' },
    { program: 'lvcreate', package: 'lvm2' },
  ],
};

export interface DrbdPlugin extends StoragePlugin {
  open(id: string, options: Readonly<Record<string, unknown>>): DrbdStorage;
}

export interface DrbdStorage extends Storage {
  /** Lets both nodes have the volume open, for the time of a live migration. */
  allowTwoPrimaries(context: Parameters<Storage['info']>[0], name: string, allow: boolean): Promise<void>;
}

/** `local`: this node's name. `onNode` leads to both nodes, this one included. */
export function createDrbdPlugin(local: string, onNode: OnNode, wait?: MirrorParts['wait']): DrbdPlugin {
  return {
    declaration,
    open(id, given) {
      const options = readDrbdOptions(given);
      const own = options.peers.find(({ node }) => node === local);
      const other = options.peers.find(({ node }) => node !== local);
      if (!own || !other) throw invalidInput({ peers: `this node, '${local}', is not one of the two` });
      const volumes = new MirroredVolumes({
        ...{ id, options, local: onNode(local), peer: onNode(other.node) },
        ...(wait ? { wait } : {}),
      });
      return openStorage(volumes, { id, peer: other.node, group: options.group });
    },
  };
}

function openStorage(
  volumes: MirroredVolumes,
  { id, peer, group }: { readonly id: string; readonly peer: string; readonly group: string },
): DrbdStorage {
  const turn = `drbd start ${id}`;
  const refuse = async (): Promise<never> => {
    throw new AppError('unsupported', 'mirrored volumes have no snapshots, clones and copies here');
  };
  return {
    ...noFiles,
    check: async (context) => void (await volumes.facts(context)),
    async activate(context) {
      await volumes.facts(context);
      await inTurn(turn, () => volumes.start(context));
    },
    deactivate: (context) => inTurn(turn, () => volumes.stop(context)),
    async usage(context) {
      const [facts, all, statuses] = await Promise.all([
        volumes.facts(context),
        volumes.all(context),
        volumes.statuses(),
      ]);
      const warnings = all.flatMap(({ volume, number }) =>
        mirrorWarnings(volume.name, peer, statuses.get(number)),
      );
      const { sizeBytes: totalBytes, freeBytes: availableBytes } = facts;
      const usage = { totalBytes, availableBytes, usedBytes: totalBytes - availableBytes };
      return warnings.length > 0 ? { ...usage, warnings } : usage;
    },
    async list(context, { contents, vmid }) {
      if (contents && !contents.includes('images')) return [];
      const found = (await volumes.all(context)).flatMap((each) => describe(each) ?? []);
      return found
        .filter((info) => (vmid === undefined ? info.vmid !== 0 : info.vmid === vmid))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    async info(context, name) {
      readLvmVolumeName(name);
      return describe(await volumes.find(context, name))!;
    },
    async createDisk(context, disk) {
      if (disk.format !== 'raw') throw invalidInput({ format: 'mirrored volumes are raw' });
      checkSize(disk.sizeBytes);
      const made = await volumes.create(context, disk.sizeBytes, [ownerTag(disk.vmid)], (taken) => {
        const stem = disk.name ?? nextDiskStem(disk.vmid, 'raw', taken);
        requireShortName(group, stem);
        return lvmVolumeName(disk.vmid, stem, 'raw').name;
      });
      return describe(made)!;
    },
    async remove(context, name) {
      readLvmVolumeName(name);
      await volumes.remove(context, name);
    },
    async resize(context, name, sizeBytes) {
      readLvmVolumeName(name);
      checkSize(sizeBytes);
      if (sizeBytes < (await volumes.find(context, name)).sizeBytes)
        throw invalidInput({ size: 'a disk can only grow: shrinking it would cut off data' });
      await volumes.resize(context, name, sizeBytes);
    },
    async reassign(context, name, vmid, newName) {
      const volume = readLvmVolumeName(name);
      const pick = (taken: readonly string[]) => {
        const stem = reassignedStem(volume, vmid, newName, taken);
        requireShortName(group, stem);
        return lvmVolumeName(vmid, stem, 'raw').name;
      };
      const tags = { add: [ownerTag(vmid)], remove: [ownerTag(volume.vmid ?? vmid)] };
      return describe(await volumes.rename(context, name, pick, tags))!;
    },
    async attach(context, name, snapshot) {
      readLvmVolumeName(name);
      if (snapshot !== undefined) await refuse();
      return { kind: 'block', path: devicePath((await volumes.open(context, name)).number) };
    },
    async detach(context, name) {
      readLvmVolumeName(name);
      await volumes.close(context, name);
    },
    async allowTwoPrimaries(context, name, allow) {
      readLvmVolumeName(name);
      await volumes.allowTwoPrimaries(context, name, allow);
    },
    sweep: (context) => volumes.sweep(context),
    listSnapshots: async () => [],
    copyDisk: refuse,
    snapshot: refuse,
    rollback: refuse,
    removeSnapshot: refuse,
    clone: refuse,
    makeBase: refuse,
    exportStream: refuse,
  };
}

/** The tag by which Proxmox VE, too, knows whose a volume is. */
const ownerTag = (vmid: number) => `pve-vm-${vmid}`;

/** Undefined for a volume that is no guest's. */
function describe({ volume, sizeBytes }: Mirrored): VolumeInfo | undefined {
  const name = tryLvmVolumeName(volume.name);
  if (!name) return undefined;
  const share = volume.kind === 'thin' ? (volume.dataPercent ?? 100) / 100 : 1;
  return {
    ...{ name: name.name, content: 'images', format: 'raw', sizeBytes, vmid: name.vmid, parent: undefined },
    usedBytes: Math.round(volume.sizeBytes * share),
    createdAt: volume.createdAt,
  };
}

function checkSize(sizeBytes: number): void {
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes <= 0 || sizeBytes % 4096 !== 0)
    throw invalidInput({ size: 'a mirrored disk has a size of whole blocks of 4096 bytes, more than none' });
}
