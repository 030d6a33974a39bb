// The storage type `drbd`: each volume mirrored between two nodes by the kernel's DRBD 8.4. Not among the types that come with Croft yet.
import { AppError, invalidInput } from '../../server/core/errors.ts';
import type { Exec } from '../../server/core/exec.ts';
import type { WorkContext } from '../../server/core/work-context.ts';
import { commonOptions } from '../common-options.ts';
import { createQemuImg, type QemuImg, type StreamingRun } from '../files/qemu-img.ts';
import { inTurn } from '../folders/in-turn.ts';
import { syncDevice, zeroRange } from '../lvm-volumes/block-io.ts';
import { wholeSectors } from '../lvm-volumes/disk-size.ts';
import {
  lvmVolumeName,
  readLvmVolumeName,
  requireShortName,
  tryLvmVolumeName,
} from '../lvm-volumes/lvm-names.ts';
import { noFiles } from '../lvm-volumes/no-files.ts';
import {
  contractVersion,
  type NewDisk,
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
import { MirroredVolumes } from './mirrored-volumes.ts';
import { mirrorWarnings } from './proc-drbd.ts';
import { devicePath } from './resource-file.ts';
import type { Patience } from './until.ts';

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
  capabilities: [
    { feature: 'copy', formats: ['raw'], states: ['current'], live: false },
    { feature: 'resize', formats: ['raw'], states: ['current'], live: true },
  ],
  rootFormats: [],
  isolated: true,
  programs: [
    { program: 'drbdadm', package: 'drbd-utils' },
    { program: 'lvcreate', package: 'lvm2' },
    { program: 'qemu-img', package: 'qemu-utils' },
    { program: 'blkdiscard', package: 'util-linux' },
  ],
};

export interface DrbdPlugin extends StoragePlugin {
  open(id: string, options: Readonly<Record<string, unknown>>): DrbdStorage;
}

export interface DrbdStorage extends Storage {
  /** Lets both nodes have the volume open, for the time of a live migration. */
  allowTwoPrimaries(context: Parameters<Storage['info']>[0], name: string, allow: boolean): Promise<void>;
}

/** For tests: how long it waits, what streams a program's output. */
export interface DrbdPluginParts {
  readonly wait?: Patience;
  readonly run?: StreamingRun;
}

/** `local`: this node's name. `onNode` leads to both nodes, this one included. */
export function createDrbdPlugin(
  local: string,
  onNode: OnNode,
  { wait, run }: DrbdPluginParts = {},
): DrbdPlugin {
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
      const { exec } = onNode(local);
      const qemuImg = createQemuImg(exec, run);
      return openStorage(volumes, { id, peer: other.node, group: options.group, exec, qemuImg });
    },
  };
}

interface Surroundings {
  readonly id: string;
  /** The other node's name. */
  readonly peer: string;
  readonly group: string;
  /** On this node. */
  readonly exec: Exec;
  readonly qemuImg: QemuImg;
}

function openStorage(
  volumes: MirroredVolumes,
  { id, peer, group, exec, qemuImg }: Surroundings,
): DrbdStorage {
  const turn = `drbd start ${id}`;
  const refuse = async (): Promise<never> => {
    throw new AppError('unsupported', 'mirrored volumes have no snapshots and clones, and are no streams');
  };
  const make = async (
    context: WorkContext,
    disk: Omit<NewDisk, 'sizeBytes'>,
    sizeBytes: number,
    fill?: (device: string) => Promise<void>,
  ): Promise<VolumeInfo> => {
    if (disk.format !== 'raw') throw invalidInput({ format: 'mirrored volumes are raw' });
    checkSize(sizeBytes);
    const pick = (taken: readonly string[]) => {
      const stem = disk.name ?? nextDiskStem(disk.vmid, 'raw', taken);
      requireShortName(group, stem);
      return lvmVolumeName(disk.vmid, stem, 'raw').name;
    };
    return describe(await volumes.create(context, sizeBytes, [ownerTag(disk.vmid)], pick, fill))!;
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
    createDisk: (context, disk) => make(context, disk, disk.sizeBytes),
    async copyDisk(context, source, disk) {
      const bytes = await qemuImg.virtualSize(context, source);
      const sizeBytes = wholeSectors(bytes, blockBytes);
      const zeroed = await volumes.startsZeroed(context);
      return await make(context, disk, sizeBytes, async (file) => {
        const { bytesPerSecond } = disk;
        await qemuImg.convert(context, source, { file, format: 'raw', device: { zeroed }, bytesPerSecond });
        if (!zeroed) await zeroRange(exec, context, file, { offset: bytes, bytes: sizeBytes - bytes });
        await syncDevice(file);
      });
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

/** DRBD marks what differs by the block. */
const blockBytes = 4096;

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
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes <= 0 || sizeBytes % blockBytes !== 0)
    throw invalidInput({
      size: `a mirrored disk has a size of whole blocks of ${blockBytes} bytes, more than none`,
    });
}
