// Tasks `lvmcreate` and `lvmthincreate`: a volume group on an empty disk or partition, with or without a thin pool in it.
import { AppError } from '../../core/errors.ts';
import { poolSizes } from '../../disks/pool-sizes.ts';
import type { TaskKind, TaskStep } from '../task.ts';
import { addStorageStep, checkNewStorage, type DiskStorage } from './disk-storage-steps.ts';
import {
  type DiskKindParts,
  type DiskTarget,
  diskLocks,
  findBegun,
  findTarget,
  requireEmpty,
} from './disk-target.ts';

export interface GroupCreateParams extends DiskTarget {
  /** Of the volume group, of the pool in it, and of the storage. */
  readonly name: string;
  readonly addStorage: boolean;
}

type Kind = TaskKind<GroupCreateParams, object>;

export function lvmCreateKind(parts: DiskKindParts): Kind {
  const storageOf = ({ name }: GroupCreateParams): DiskStorage => ({
    ...{ id: name, type: 'lvm', place: { vgname: name } },
  });
  return {
    type: 'lvmcreate',
    describe: ({ name, device }) => `Volume group ${name} - Create on ${device}`,
    ...shared(parts, storageOf),
    steps: [groupStep(parts), storageStep(parts, storageOf)],
  };
}

export function lvmThinCreateKind(parts: DiskKindParts): Kind {
  const storageOf = ({ name }: GroupCreateParams): DiskStorage => ({
    ...{ id: name, type: 'lvmthin', place: { vgname: name, thinpool: name } },
  });
  return {
    type: 'lvmthincreate',
    describe: ({ name, device }) => `Thin pool ${name} - Create on ${device}`,
    ...shared(parts, storageOf),
    steps: [groupStep(parts), poolStep(parts), storageStep(parts, storageOf)],
  };
}

function shared(
  parts: DiskKindParts,
  storageOf: (params: GroupCreateParams) => DiskStorage,
): Pick<Kind, 'objectId' | 'locks' | 'check' | 'afterCrash' | 'cancellable'> {
  return {
    objectId: ({ name }) => name,
    locks: () => diskLocks,
    async check(params) {
      const { name, addStorage } = params;
      const found = await findTarget(parts, params, new AbortController().signal);
      if (found.survey.groups.some((group) => group.name === name))
        throw new AppError('already-exists', `name: a volume group '${name}' exists already`);
      if (addStorage) checkNewStorage(parts, storageOf(params));
      requireEmpty(found);
    },
    afterCrash: 'unwind',
    cancellable: true,
  };
}

function groupStep(parts: DiskKindParts): TaskStep<GroupCreateParams, object> {
  const { driver } = parts.disks;
  return {
    name: 'make-group',
    async run(context, params) {
      const { name, device } = params;
      await findBegun(parts, params, context.signal);
      await driver.makeGroup(name, device, context.signal);
      context.log(`made the volume group '${name}' on ${device}`);
    },
    // The disk was empty, and no group had the name: a group of that name on that disk alone is of this task.
    async undo({ signal }, params) {
      const { name, device } = params;
      const { survey } = await findBegun(parts, params, signal);
      const group = survey.groups.find((one) => one.devices.some((pv) => pv.device === device));
      if (group && (group.name !== name || group.devices.length !== 1 || group.volumes.length > 0)) return;
      if (group) await driver.removeGroup(name, signal);
      await driver.releaseDevice(device, signal);
    },
  };
}

function poolStep(parts: DiskKindParts): TaskStep<GroupCreateParams, object> {
  const { driver } = parts.disks;
  return {
    name: 'make-pool',
    async run(context, params) {
      const { name } = params;
      const { survey } = await findBegun(parts, params, context.signal);
      const group = survey.groups.find((one) => one.name === name);
      const has = group?.volumes.some((volume) => volume.name === name) ?? false;
      const sizes = poolSizes(group?.freeBytes ?? 0);
      if (!has && sizes.dataBytes === 0)
        throw new AppError('no-capacity', `${params.device} is too small for a thin pool`);
      await driver.makePool(name, name, sizes, context.signal);
      context.log(`made the thin pool '${name}'`);
    },
    async undo({ signal }, params) {
      const { survey } = await findBegun(parts, params, signal);
      const pool = survey.groups.find((one) => one.name === params.name);
      // Volumes in it are of somebody who was faster than the undoing.
      if (!pool?.volumes.some((volume) => volume.pool === params.name))
        await driver.removePool(params.name, params.name, signal);
    },
  };
}

function storageStep(
  parts: DiskKindParts,
  storageOf: (params: GroupCreateParams) => DiskStorage,
): TaskStep<GroupCreateParams, object> {
  return addStorageStep(parts, (params) => (params.addStorage ? storageOf(params) : undefined));
}
