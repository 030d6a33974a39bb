// The storage type `lvmthin`: guests' disks as thin volumes of one pool, with snapshots and clones that share what they have in common.
import { AppError, hasCode, notFound } from '../../server/core/errors.ts';
import type { Exec } from '../../server/core/exec.ts';
import type { WorkContext } from '../../server/core/work-context.ts';
import { commonOptions } from '../common-options.ts';
import { createQemuImg, type StreamingRun } from '../files/qemu-img.ts';
import { checkGroup, groupWarnings } from '../lvm-volumes/group-check.ts';
import { type FoundVolume, GroupVolumes } from '../lvm-volumes/group-volumes.ts';
import { openLvmGroup } from '../lvm-volumes/lvm-commands.ts';
import { readGroupName, readPoolName, snapshotVolumeName } from '../lvm-volumes/lvm-names.ts';
import { groupOption, lvmPrograms, taggedOnlyOption } from '../lvm-volumes/lvm-options.ts';
import type { LogicalVolume } from '../lvm-volumes/lvm-report.ts';
import { noFiles } from '../lvm-volumes/no-files.ts';
import { RawDisks } from '../lvm-volumes/raw-disks.ts';
import {
  contractVersion,
  type PluginDeclaration,
  type Storage,
  type StoragePlugin,
  type VolumeFormat,
} from '../plugin.ts';
import { checkSnapshotName, isBaseName } from '../volume-names.ts';
import { poolUsage, requireRoom } from './pool-room.ts';

const formats: readonly VolumeFormat[] = ['raw'];

const declaration: PluginDeclaration = {
  type: 'lvmthin',
  contractVersion,
  options: [
    groupOption,
    {
      name: 'thinpool',
      type: 'string',
      required: true,
      fixed: true,
      description: 'The thin pool in the volume group.',
    },
    taggedOnlyOption,
    ...commonOptions,
  ],
  place: ['vgname', 'thinpool'],
  contents: ['images', 'rootdir'],
  imageFormats: formats,
  shared: false,
  capabilities: [
    { feature: 'snapshot', formats, states: ['current', 'snapshot'], live: true },
    { feature: 'clone', formats, states: ['current', 'snapshot', 'base'], live: true },
    { feature: 'linked-clone', formats, states: ['snapshot', 'base'], live: true },
    { feature: 'template', formats, states: ['current'], live: false },
    { feature: 'copy', formats, states: ['current', 'snapshot', 'base'], live: false },
    { feature: 'sparse', formats, states: ['current', 'snapshot', 'base'], live: true },
    { feature: 'discard', formats, states: ['current'], live: true },
    { feature: 'memory', formats, states: ['current'], live: true },
    { feature: 'resize', formats, states: ['current'], live: true },
    { feature: 'stream-out', formats, states: ['current', 'base'], live: false },
  ],
  rootFormats: formats,
  // A pool is used by one node only, on devices of its own.
  isolated: false,
  programs: lvmPrograms,
};

export interface LvmThinPluginParts {
  readonly exec: Exec;
  /** Streams a program's output, and where volumes' devices are; for tests. */
  readonly run?: StreamingRun | undefined;
  readonly deviceFolder?: string | undefined;
}

export function createLvmThinPlugin({ exec, run, deviceFolder }: LvmThinPluginParts): StoragePlugin {
  const qemuImg = createQemuImg(exec, run);
  return {
    declaration,
    open(_id, options): Storage {
      const group = openLvmGroup(exec, readGroupName('vgname', options['vgname']), deviceFolder);
      const pool = readPoolName('thinpool', options['thinpool']);
      const volumes = new GroupVolumes({
        group,
        belongs: (lv) => lv.kind === 'thin' && lv.pool === pool,
        taggedOnly: options['tagged_only'] === true,
        shared: false,
        drop: (context, name) => group.remove(context, [name]),
      });
      /** `unavailable` without it. */
      const poolOf = (all: readonly LogicalVolume[]): LogicalVolume => {
        const found = all.find((lv) => lv.name === pool && lv.kind === 'thin-pool');
        if (found) return found;
        throw new AppError('unavailable', `there is no thin pool '${pool}' in volume group '${group.name}'`);
      };
      const readPool = async (context: WorkContext) => poolOf(await group.volumes(context));
      const room = async (context: WorkContext) => requireRoom(await readPool(context));
      const raw = new RawDisks({
        ...{ exec, qemuImg, group, volumes },
        kind: 'thin',
        async allocate(context, name, sizeBytes, tags, { filled, all }) {
          requireRoom(poolOf(all ?? (await group.volumes(context))));
          await group.createThin(context, name, { pool, sizeBytes, tags, open: filled });
        },
        // Without zeroing, the rest of a block that is written to in part shows what was there before.
        startsZeroed: async (context) => (await readPool(context)).zeroes,
      });
      const snapshotOf = ({ snapshots }: FoundVolume, snapshot: string): LogicalVolume => {
        checkSnapshotName(snapshot);
        const found = snapshots.get(snapshot);
        if (!found) throw notFound('snapshot', snapshot);
        return found;
      };
      const check = async (context: WorkContext) => {
        await checkGroup(context, group);
        return await readPool(context);
      };
      return {
        ...noFiles,
        async check(context) {
          await check(context);
        },
        async activate(context) {
          // LVM tells only of an active pool how full it is.
          const { active } = await check(context);
          if (!active) await group.activate(context, [pool]);
        },
        deactivate: async () => {},
        async usage(context) {
          const facts = await checkGroup(context, group);
          return poolUsage(await readPool(context), groupWarnings(group, facts));
        },
        async list(context, filter) {
          return await volumes.list(context, filter);
        },
        info: (context, name) => volumes.info(context, name),
        async createDisk(context, disk) {
          requireRaw(disk.format);
          return await raw.create(context, disk);
        },
        async copyDisk(context, source, disk) {
          requireRaw(disk.format);
          return await raw.copy(context, source, disk);
        },
        async remove(context, name) {
          const found = await volumes.look(context, name);
          if (!found) return;
          if (found.lv.open) throw new AppError('busy', `a guest or another program has '${name}' open`);
          // The volume last: broken off, what is left is still its.
          await group.remove(
            context,
            [...found.snapshots.values()].map((each) => each.name),
          );
          await group.remove(context, [name]);
        },
        resize: (context, name, sizeBytes) => raw.resize(context, name, sizeBytes),
        async snapshot(context, name, snapshot) {
          checkSnapshotName(snapshot);
          const found = await volumes.find(context, name);
          const taken = () => new AppError('already-exists', `the disk has a snapshot '${snapshot}' already`);
          if (found.snapshots.has(snapshot)) throw taken();
          const target = snapshotVolumeName(group.name, name, snapshot, found.names);
          await room(context);
          await group.snapshotThin(context, target, name).catch((error: unknown) => {
            throw hasCode(error, 'already-exists') ? taken() : error;
          });
        },
        async rollback(context, name, snapshot) {
          const found = await volumes.find(context, name);
          const origin = snapshotOf(found, snapshot).name;
          if (found.lv.open)
            throw new AppError(
              'wrong-state',
              `a guest has '${name}' open: it can go back to a snapshot only while nobody has`,
            );
          await room(context);
          await volumes.swap(context, name, {
            allocate: (part, tags) => group.cloneThin(context, part, origin, tags),
          });
        },
        async removeSnapshot(context, name, snapshot) {
          checkSnapshotName(snapshot);
          const { snapshots } = await volumes.find(context, name);
          const found = snapshots.get(snapshot);
          if (found) await group.remove(context, [found.name]);
        },
        listSnapshots: async (context, name) => [...(await volumes.find(context, name)).snapshots.keys()],
        async clone(context, name, { vmid, name: stem, snapshot, mode, format }) {
          const found = await volumes.find(context, name);
          if (mode === 'linked' && snapshot === undefined && !isBaseName(found.volume))
            throw new AppError('wrong-state', `'${name}' is no template: linked clones are made of those`);
          if (format !== undefined && format !== 'raw')
            throw new AppError('unsupported', `clones of format '${format}' are not made here`);
          const origin = snapshot === undefined ? found.lv : snapshotOf(found, snapshot);
          // Full or linked: they share blocks until one is written to, and neither needs the other.
          const disk = { vmid, name: stem, format: 'raw' } as const;
          return await volumes.makeEmpty(context, disk, origin, async (made, tags, all) => {
            requireRoom(poolOf(all));
            await group.cloneThin(context, made, origin.name, tags);
          });
        },
        makeBase: (context, name) => volumes.makeBase(context, name),
        reassign: (context, name, vmid, newName) => volumes.reassign(context, name, vmid, newName),
        sweep: (context) => volumes.sweep(context),
        exportStream: (context, name) => raw.exportStream(context, name),
        async attach(context, name, snapshot) {
          const found = await volumes.find(context, name);
          return await raw.attach(context, snapshot === undefined ? found.lv : snapshotOf(found, snapshot));
        },
        detach: (context, name) => raw.detach(context, name),
      };
    },
  };
}

function requireRaw(format: VolumeFormat): void {
  if (format !== 'raw')
    throw new AppError('invalid-input', 'disks here are raw', {
      fields: { format: `disks of format '${format}' cannot be created here` },
    });
}
