// Tasks `lvmremove` and `lvmthinremove`: a volume group or a thin pool is destroyed, and its disks are erased if that is wanted.
import { AppError } from '../../core/errors.ts';
import type { LogicalVolume, VolumeGroup } from '../../disks/disk-driver.ts';
import { listed } from '../../disks/disk-uses.ts';
import type { TaskKind, TaskStep } from '../task.ts';
import type { DiskRemoveParams } from './disk-directory-remove.ts';
import { removeStoragesStep, requireUnusedStorages } from './disk-storage-steps.ts';
import { type DiskKindParts, diskLocks, requireIdle } from './disk-target.ts';

export interface PoolRemoveParams extends DiskRemoveParams {
  readonly group: string;
}

interface GroupRemoveState {
  storages: readonly string[];
  /** Path and hardware of each of its disks. */
  devices: readonly { readonly device: string; readonly hardware: string }[];
}

const noSignal = () => new AbortController().signal;

export function lvmRemoveKind(parts: DiskKindParts): TaskKind<DiskRemoveParams, GroupRemoveState> {
  const { disks } = parts;
  const { driver } = disks;
  return {
    type: 'lvmremove',
    describe: ({ name }) => `Volume group ${name} - Remove`,
    objectId: ({ name }) => name,
    locks: () => diskLocks,
    async check({ name, cleanupConfig, withVolumes }) {
      const what = `volume group '${name}'`;
      const { volumes } = await disks.group(name, noSignal());
      requireClosed(what, volumes);
      requireUnusedStorages(parts, what, storageIds(parts, name), cleanupConfig);
      if (!withVolumes) requireNone(what, volumes);
    },
    steps: [
      lookStep(parts, ({ name }) => name),
      {
        name: 'close',
        async run({ signal }, { name }) {
          await driver.closeGroup(name, signal);
        },
      },
      removeStoragesStep(parts),
      {
        name: 'remove-group',
        async run(context, { name }) {
          await driver.removeGroup(name, context.signal);
          context.log(`volume group '${name}' is removed`);
        },
      },
      eraseStep(parts),
    ],
    afterCrash: 'resume',
    cancellable: false,
  };
}

export function lvmThinRemoveKind(parts: DiskKindParts): TaskKind<PoolRemoveParams, GroupRemoveState> {
  const { disks } = parts;
  const { driver } = disks;
  return {
    type: 'lvmthinremove',
    describe: ({ group, name }) => `Thin pool ${group}/${name} - Remove`,
    objectId: ({ group, name }) => `${group}-${name}`,
    locks: () => diskLocks,
    async check({ name, group: groupName, cleanupConfig, cleanupDisks, withVolumes }) {
      const what = `thin pool '${groupName}/${name}'`;
      const { volumes } = await disks.group(groupName, noSignal());
      if (!volumes.some((volume) => volume.name === name && volume.type === 'thin-pool'))
        throw new AppError('not-found', `${what} does not exist`);
      const inside = volumes.filter(({ pool }) => pool === name);
      const others = volumes.filter((volume) => volume.name !== name && volume.pool !== name);
      requireClosed(what, cleanupDisks ? volumes : inside);
      const pool = cleanupDisks ? undefined : name;
      requireUnusedStorages(parts, what, storageIds(parts, groupName, pool), cleanupConfig);
      if (cleanupDisks && others.length > 0)
        throw new AppError(
          'busy',
          `the disks of ${what} are in use: its volume group also holds ${listed(names(others))}`,
        );
      if (!withVolumes) requireNone(what, inside);
    },
    steps: [
      lookStep(
        parts,
        ({ group }) => group,
        ({ name }) => name,
      ),
      removeStoragesStep(parts),
      {
        name: 'remove-pool',
        async run(context, { group, name }) {
          await driver.removePool(group, name, context.signal);
          context.log(`thin pool '${group}/${name}' is removed`);
        },
      },
      {
        name: 'remove-group',
        async run(context, { group, cleanupDisks }) {
          if (!cleanupDisks) return;
          await driver.removeGroup(group, context.signal);
          context.log(`volume group '${group}' is removed`);
        },
      },
      eraseStep(parts),
    ],
    afterCrash: 'resume',
    cancellable: false,
  };
}

/** With `pool`, only those that lie in it; a group that goes takes all. */
function storageIds({ disks }: DiskKindParts, group: string, pool?: string): string[] {
  return disks
    .storagesOnGroup(group)
    .filter(({ thinpool }) => pool === undefined || thinpool === pool)
    .map(({ id }) => id);
}

function lookStep<P extends DiskRemoveParams>(
  parts: DiskKindParts,
  groupOf: (params: P) => string,
  poolOf: (params: P) => string | undefined = () => undefined,
): TaskStep<P, GroupRemoveState> {
  return {
    name: 'look',
    async run({ signal }, params) {
      const group: VolumeGroup = await parts.disks.group(groupOf(params), signal);
      const devices: { device: string; hardware: string }[] = [];
      for (const { device } of params.cleanupDisks ? group.devices : []) {
        const { hardware } = await parts.disks.find(device, signal);
        devices.push({ device, hardware });
      }
      // With the disks of a pool its whole group goes.
      const pool = params.cleanupDisks ? undefined : poolOf(params);
      return { storages: storageIds(parts, group.name, pool), devices };
    },
  };
}

function eraseStep<P extends DiskRemoveParams>(parts: DiskKindParts): TaskStep<P, GroupRemoveState> {
  const { disks } = parts;
  return {
    name: 'erase',
    async run(context, { cleanupDisks }, { devices = [] }) {
      if (!cleanupDisks) return;
      for (const { device, hardware } of devices) {
        const found = await disks.findExpected(device, { hardware }, context.signal);
        requireIdle(found);
        await disks.driver.erase(
          device,
          found.disk.path === found.device.path ? 'disk' : 'part',
          context.signal,
        );
        context.log(`${device} is erased`);
      }
    },
  };
}

function requireClosed(what: string, volumes: readonly LogicalVolume[]): void {
  // A pool is open while its volumes are switched on.
  const open = volumes.filter((volume) => volume.open && volume.type !== 'thin-pool');
  if (open.length > 0)
    throw new AppError('busy', `${what} is in use: ${listed(names(open))} is open or mounted`, {
      data: { holders: names(open) },
    });
}

function requireNone(what: string, volumes: readonly LogicalVolume[]): void {
  // What LVM made for itself does not count.
  const inside = volumes.filter(({ type }) => type !== 'thin-pool');
  if (inside.length > 0)
    throw new AppError(
      'wrong-state',
      `${what} holds ${listed(names(inside))}: remove them first, or give 'with-volumes' to lose them`,
      { data: { volumes: names(inside) } },
    );
}

function names(volumes: readonly LogicalVolume[]): string[] {
  return volumes.map(({ name }) => name);
}
