// Task `dirremove`: a disk that is mounted as a directory is unmounted for good, and erased if that is wanted.
import { AppError } from '../../core/errors.ts';
import type { DirectoryMount, DiskDriver, FileSystemType } from '../../disks/disk-driver.ts';
import type { FoundDevice } from '../../disks/disk-service.ts';
import { devicesOf, listed, withAbove } from '../../disks/disk-uses.ts';
import type { BlockDevice } from '../../node/block-devices.ts';
import type { TaskKind } from '../task.ts';
import { removeStoragesStep, requireUnusedStorages } from './disk-storage-steps.ts';
import { type DiskKindParts, diskLocks } from './disk-target.ts';

export interface DiskRemoveParams {
  readonly name: string;
  /** Storages on it are removed too. */
  readonly cleanupConfig: boolean;
  /** Its disks are erased. */
  readonly cleanupDisks: boolean;
  /** What is still in it may be lost. */
  readonly withVolumes: boolean;
}

interface DirectoryRemoveState {
  storages: readonly string[];
  uuid: string;
  type: FileSystemType;
  partition: string;
  /** Path of the device, and its disk's hardware; undefined: it is not connected. */
  device: string | undefined;
  hardware: string | undefined;
}

const fewFiles = 4;

export function directoryRemoveKind(parts: DiskKindParts): TaskKind<DiskRemoveParams, DirectoryRemoveState> {
  const { disks } = parts;
  const { driver } = disks;
  const mountOf = ({ name }: DiskRemoveParams, state: Readonly<Partial<DirectoryRemoveState>>) =>
    driver.mountOf(name, {
      uuid: state.uuid ?? '',
      type: state.type ?? 'ext4',
      partition: state.partition ?? '',
    });

  /** Of every step behind it, too: the daemon mounts at its start what is not forgotten yet. */
  const unmount = (
    params: DiskRemoveParams,
    state: Readonly<Partial<DirectoryRemoveState>>,
    signal: AbortSignal,
  ) => driver.unmount(mountOf(params, state), signal);

  /** `wrong-state` when files would be lost with its disk, or nobody can see whether there are any. */
  async function requireNoFiles(what: string, mount: DirectoryMount): Promise<void> {
    const lose = "give 'with-volumes' to lose";
    if ((await driver.space(mount)) === undefined) {
      const found = await deviceOf(parts, mount, new AbortController().signal);
      if (found && !found.empty)
        throw new AppError(
          'wrong-state',
          `${what} is not mounted, so that nobody sees what it holds: ${lose} that`,
        );
    }
    const files = await driver.someFiles(mount, fewFiles + 1);
    if (files.length > 0)
      throw new AppError(
        'wrong-state',
        `${what} holds files (${listed(files, fewFiles)}): remove them first, or ${lose} them`,
      );
  }

  async function check(params: DiskRemoveParams): Promise<void> {
    const mount = await disks.directory(params.name);
    const what = `directory '${params.name}'`;
    const { storages, guests } = disks.placesBelow(mount.path);
    requireUnusedStorages(
      parts,
      what,
      storages.map(({ id }) => id),
      params.cleanupConfig,
    );
    if (guests.length > 0)
      throw new AppError('busy', `${what} is in use: ${guests.join(', ')} has a folder of it`, {
        data: { holders: guests },
      });
    if (params.cleanupDisks && !params.withVolumes) await requireNoFiles(what, mount);
  }

  return {
    type: 'dirremove',
    describe: ({ name }) => `Directory ${name} - Remove`,
    objectId: ({ name }) => name,
    locks: () => diskLocks,
    check,
    steps: [
      {
        name: 'look',
        async run({ signal }, { name, cleanupDisks }) {
          const mount = await disks.directory(name);
          const found = cleanupDisks ? await deviceOf(parts, mount, signal) : undefined;
          return {
            ...{ uuid: mount.uuid, type: mount.type, partition: mount.partition },
            ...{ device: found?.device.path, hardware: found?.hardware },
            storages: disks.placesBelow(mount.path).storages.map(({ id }) => id),
          };
        },
      },
      {
        name: 'unmount',
        async run(context, params, state) {
          await unmount(params, state, context.signal);
          context.log(`${mountOf(params, state).path} is unmounted`);
        },
      },
      // Before anything is lost: it refuses what a guest has taken into use since.
      removeStoragesStep(parts),
      {
        name: 'erase',
        async run(context, params, state) {
          const { device, hardware, uuid = '' } = state;
          if (!params.cleanupDisks) return;
          await unmount(params, state, context.signal);
          if (device === undefined || hardware === undefined)
            return context.warn('its disk is not connected, or was erased: nothing more is erased');
          const found = await disks.find(device, context.signal).catch((error: unknown) => {
            // The partition may be gone already, with its table.
            if (error instanceof AppError && error.code === 'invalid-input') return undefined;
            throw error;
          });
          if (!found) return context.log(`${device} is there no more`);
          if (found.hardware !== hardware)
            return context.warn(`${device} is another disk now: nothing more is erased`);
          await eraseDirectory(parts, found, uuid, context.signal);
          context.log(`${device} is erased`);
        },
      },
      {
        name: 'forget',
        async run(context, params, state) {
          await unmount(params, state, context.signal);
          await driver.forgetMount(mountOf(params, state));
          context.log(`directory '${params.name}' is forgotten`);
        },
      },
    ],
    afterCrash: 'resume',
    cancellable: false,
  };
}

/**
 * The device of the directory: by its mount, its file system, or its partition when the file system is gone. `wrong-state` when there
 * are copies of the file system, and nothing tells which is the one.
 */
async function deviceOf(
  { disks }: DiskKindParts,
  mount: DirectoryMount,
  signal: AbortSignal,
): Promise<FoundDevice | undefined> {
  const { disks: all } = await disks.driver.survey(signal);
  const devices = all.flatMap((disk) => [disk, ...disk.children.filter(({ type }) => type === 'part')]);
  const known = devicesOf(devices, mount).map(({ path }) => path);
  const bearers = known.length > 0 ? known : await bearersOf(disks.driver, devices, mount.uuid, signal);
  if (bearers.length > 1)
    throw new AppError(
      'wrong-state',
      `directory '${mount.name}' may be on any of ${listed(bearers)}: disconnect the copies of its file system`,
    );
  if (bearers[0] !== undefined) return await disks.find(bearers[0], signal);
  if (mount.partition === '') return undefined;
  for (const disk of all) {
    const table = await disks.driver.table(disk.path, signal);
    const own = table?.partitions.find(({ guid }) => guid === mount.partition);
    if (own) return await disks.find(own.path, signal);
  }
  return undefined;
}

/** Devices with the file system, by a look at each: the tools' database may not know. */
async function bearersOf(
  driver: DiskDriver,
  devices: readonly BlockDevice[],
  uuid: string,
  signal: AbortSignal,
): Promise<string[]> {
  const paths = devices.map(({ path }) => path);
  const signatures = await driver.signatures(paths, signal);
  return signatures.filter((one) => one.uuid === uuid).map(({ device }) => device);
}

/** The file system, and the partition table when there was nothing else in it. */
async function eraseDirectory(
  { disks }: DiskKindParts,
  { disk, device, signatures, uses, empty }: FoundDevice,
  uuid: string,
  signal: AbortSignal,
): Promise<void> {
  const own = empty || device.uuid === uuid || signatures.some((one) => one.uuid === uuid);
  if (uses.length > 0 || !own)
    throw new AppError(
      'busy',
      `${device.path} is not erased: ${uses.join('; ') || 'something else is on it now'}`,
    );
  const isPart = device.path !== disk.path;
  await disks.driver.erase(device.path, isPart ? 'part' : 'disk', signal);
  const others = withAbove(disk).filter(({ path }) => path !== disk.path && path !== device.path);
  if (isPart && others.length === 0) await disks.driver.erase(disk.path, 'disk', signal);
}
