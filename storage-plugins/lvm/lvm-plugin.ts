// The storage type `lvm`: guests' disks as logical volumes of a volume group, also of one that several nodes reach.
import { AppError, invalidInput } from '../../server/core/errors.ts';
import type { Exec } from '../../server/core/exec.ts';
import { splitVolumeId } from '../../server/core/ids.ts';
import type { WorkContext } from '../../server/core/work-context.ts';
import { commonOptions } from '../common-options.ts';
import { createQemuImg, type StreamingRun } from '../files/qemu-img.ts';
import { checkGroup, groupWarnings } from '../lvm-volumes/group-check.ts';
import { type FoundVolume, GroupVolumes } from '../lvm-volumes/group-volumes.ts';
import { openLvmGroup } from '../lvm-volumes/lvm-commands.ts';
import { readGroupName } from '../lvm-volumes/lvm-names.ts';
import { groupOption, lvmPrograms, taggedOnlyOption } from '../lvm-volumes/lvm-options.ts';
import { noFiles } from '../lvm-volumes/no-files.ts';
import { RawDisks } from '../lvm-volumes/raw-disks.ts';
import { wayBack } from '../lvm-volumes/way-back.ts';
import {
  contractVersion,
  type PluginDeclaration,
  type Storage,
  type StoragePlugin,
  type VolumeFormat,
} from '../plugin.ts';
import { checkSnapshotName } from '../volume-names.ts';
import { requireClosed, VolumeChain } from './volume-chain.ts';
import { readStep, readThroughput, WipedRemoval } from './wiped-removal.ts';

/** With images and their snapshots, those are what new disks are. */
const formats: readonly VolumeFormat[] = ['qcow2', 'raw'];

const declaration: PluginDeclaration = {
  type: 'lvm',
  contractVersion,
  options: [
    groupOption,
    {
      name: 'base',
      type: 'string',
      required: false,
      fixed: true,
      description:
        'The volume of another storage that carries the volume group, such as a LUN: storage:volume.',
    },
    {
      name: 'shared',
      type: 'boolean',
      required: false,
      fixed: false,
      description: 'All nodes reach the volume group.',
    },
    {
      name: 'saferemove',
      type: 'boolean',
      required: false,
      fixed: false,
      description: 'Overwrite volumes with zeros before they are removed, in the background.',
    },
    {
      name: 'saferemove_throughput',
      type: 'string',
      required: false,
      fixed: false,
      description: 'How fast volumes are overwritten, in bytes per second (default 10 MiB; 0: no limit).',
    },
    {
      name: 'saferemove-stepsize',
      type: 'choice',
      choices: ['1', '2', '4', '8', '16', '32'],
      required: false,
      fixed: false,
      description: 'How much is overwritten at a time, in MiB.',
    },
    taggedOnlyOption,
    {
      name: 'snapshot-as-volume-chain',
      type: 'boolean',
      required: false,
      fixed: true,
      description: 'Disks may be qcow2 images, whose snapshots are volumes below them.',
    },
    ...commonOptions,
  ],
  place: ['vgname'],
  contents: ['images', 'rootdir'],
  imageFormats: formats,
  formatOptions: { qcow2: 'snapshot-as-volume-chain' },
  shared: false,
  capabilities: [
    { feature: 'snapshot', formats: ['qcow2'], states: ['current', 'snapshot'], live: false, chained: true },
    { feature: 'clone', formats, states: ['current', 'base'], live: false },
    { feature: 'clone', formats: ['qcow2'], states: ['snapshot'], live: true },
    { feature: 'copy', formats, states: ['current', 'snapshot', 'base'], live: false },
    { feature: 'template', formats, states: ['current'], live: false },
    { feature: 'memory', formats: ['raw'], states: ['current'], live: true },
    { feature: 'resize', formats: ['raw'], states: ['current'], live: true },
    { feature: 'resize', formats: ['qcow2'], states: ['current'], live: false },
    { feature: 'stream-out', formats: ['raw'], states: ['current', 'base'], live: false },
  ],
  rootFormats: ['raw'],
  // Volume groups are on devices of servers, too, which may not answer.
  isolated: true,
  programs: lvmPrograms,
};

export interface LvmPluginParts {
  readonly exec: Exec;
  /** Streams a program's output, and where volumes' devices are; for tests. */
  readonly run?: StreamingRun | undefined;
  readonly deviceFolder?: string | undefined;
}

export function createLvmPlugin({ exec, run, deviceFolder }: LvmPluginParts): StoragePlugin {
  const qemuImg = createQemuImg(exec, run);
  return {
    declaration,
    open(_id, options): Storage {
      const group = openLvmGroup(exec, readGroupName('vgname', options['vgname']), deviceFolder);
      checkBase(options['base']);
      const bytesPerSecond = readThroughput(options['saferemove_throughput']);
      const chains = options['snapshot-as-volume-chain'] === true;
      const volumes = new GroupVolumes({
        group,
        belongs: ({ kind }) => kind === 'plain',
        taggedOnly: options['tagged_only'] === true,
        // A group on a LUN must be closed before the LUN goes, whoever else reaches it.
        shared: options['shared'] === true || Boolean(options['base']),
        drop: (context, name) => drop(context, name),
      });
      const stepBytes = readStep(options['saferemove-stepsize']);
      const wiped = new WipedRemoval({ exec, group, volumes, bytesPerSecond, stepBytes });
      const drop = async (context: WorkContext, name: string) => {
        if (options['saferemove'] === true) await wiped.begin(context, name);
        else await group.remove(context, [name]);
      };
      const raw = new RawDisks({
        ...{ exec, qemuImg, group, volumes },
        kind: 'plain',
        allocate: (context, name, sizeBytes, tags) => group.create(context, name, sizeBytes, tags),
        startsZeroed: async () => false,
      });
      const chain = new VolumeChain({ qemuImg, group, volumes, drop });
      const kindOf = (format: VolumeFormat) => {
        if (format === 'raw') return raw;
        if (format !== 'qcow2')
          throw invalidInput({ format: `disks of format '${format}' cannot be created here` });
        if (!chains)
          throw invalidInput({
            format: "disks of format 'qcow2' take the storage's option snapshot-as-volume-chain",
          });
        return chain;
      };
      const image = async (context: WorkContext, name: string): Promise<FoundVolume> => {
        const found = await volumes.find(context, name);
        if (found.volume.format === 'qcow2') return found;
        throw new AppError(
          'unsupported',
          `'${name}' cannot have snapshots: that takes a disk of format qcow2`,
        );
      };
      const storage: Storage = {
        ...noFiles,
        async check(context) {
          await checkGroup(context, group);
        },
        async activate(context) {
          await checkGroup(context, group);
          await wiped.resume(context);
        },
        deactivate: () => wiped.stop(),
        async usage(context) {
          const facts = await checkGroup(context, group);
          const waiting = (await volumes.waitingForRemoval(context, true)).length;
          const warnings = groupWarnings(group, facts);
          if (waiting > 0) warnings.push(`${waiting} removed volumes are not overwritten with zeros yet`);
          const { sizeBytes, freeBytes } = facts;
          return {
            ...{ totalBytes: sizeBytes, usedBytes: sizeBytes - freeBytes, availableBytes: freeBytes },
            ...(warnings.length > 0 ? { warnings } : {}),
          };
        },
        list: (context, filter) => volumes.list(context, filter),
        info: (context, name) => volumes.info(context, name),
        createDisk: async (context, disk) => await kindOf(disk.format).create(context, disk),
        copyDisk: async (context, source, disk) => await kindOf(disk.format).copy(context, source, disk),
        async remove(context, name) {
          const found = await volumes.look(context, name);
          if (!found) return;
          requireUnused(found);
          const snapshots = [...found.snapshots.values()].map((each) => each.name);
          if (options['saferemove'] !== true) await group.remove(context, snapshots);
          else for (const each of snapshots) await wiped.begin(context, each);
          // Last: broken off, what is left is still its.
          await drop(context, name);
        },
        async resize(context, name, sizeBytes) {
          const found = await volumes.find(context, name);
          if (found.volume.format === 'raw') await raw.resize(context, name, sizeBytes);
          else await chain.resize(context, found, sizeBytes);
        },
        async snapshot(context, name, snapshot) {
          checkSnapshotName(snapshot);
          await chain.snapshot(context, await image(context, name), snapshot);
        },
        async rollback(context, name, snapshot) {
          await chain.rollback(context, await image(context, name), snapshot);
        },
        async removeSnapshot(context, name, snapshot) {
          await chain.removeSnapshot(context, await image(context, name), snapshot);
        },
        listSnapshots: async (context, name) => [...(await image(context, name)).snapshots.keys()],
        async clone(context, name, { vmid, name: stem, snapshot, mode }) {
          const { volume } = await volumes.find(context, name);
          if (mode === 'linked')
            throw new AppError('unsupported', 'volumes here have no linked clones: make a full clone');
          const source = await storage.attach(context, name, snapshot);
          try {
            const disk = { vmid, name: stem, format: volume.format };
            return await (volume.format === 'raw' ? raw : chain).copy(context, source, disk);
          } finally {
            await raw.detach(wayBack(context), name);
          }
        },
        makeBase: (context, name) => volumes.makeBase(context, name),
        reassign: (context, name, vmid, newName) => volumes.reassign(context, name, vmid, newName),
        async sweep(context) {
          const removed = await volumes.sweep(context);
          await wiped.resume(context);
          return removed;
        },
        exportStream: (context, name) => raw.exportStream(context, name),
        async attach(context, name, snapshot) {
          const found = await volumes.find(context, name);
          if (found.volume.format === 'qcow2') return await chain.attach(context, found, snapshot);
          if (snapshot !== undefined) await image(context, name);
          return await raw.attach(context, found.lv);
        },
        detach: (context, name) => raw.detach(context, name),
      };
      return storage;
    },
  };
}

function requireUnused(found: FoundVolume): void {
  try {
    requireClosed(found, 'be removed');
  } catch (cause) {
    throw new AppError('busy', `a guest or another program has '${found.lv.name}' open`, { cause });
  }
}

function checkBase(value: unknown): void {
  if (value === undefined || value === '') return;
  if (typeof value !== 'string' || !splitVolumeId(value) || /[\x00-\x20\x7f]/.test(value))
    throw invalidInput({ base: 'write the volume that carries the volume group: storage:volume' });
}
