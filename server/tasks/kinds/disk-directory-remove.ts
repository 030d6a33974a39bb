// Task `dirremove`: a disk that is mounted as a directory is unmounted for good, and erased if that is wanted.
import { AppError } from '../../core/errors.ts';
import type { DirectoryMount, FileSystemType } from '../../disks/disk-driver.ts';
import type { FoundDevice } from '../../disks/disk-service.ts';
import { listed, withAbove } from '../../disks/disk-uses.ts';
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
    const files =
      params.cleanupDisks && !params.withVolumes ? await driver.someFiles(mount, fewFiles + 1) : [];
    if (files.length > 0)
      throw new AppError(
        'wrong-state',
        `${what} holds files (${listed(files, fewFiles)}): remove them first, or give 'with-volumes' to lose them`,
      );
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
        async run({ signal }, { name }) {
          const mount = await disks.directory(name);
          const found = await deviceOf(parts, mount, signal);
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
          const mount = mountOf(params, state);
          await driver.unmount(mount, context.signal);
          context.log(`${mount.path} is unmounted`);
        },
      },
      {
        name: 'erase',
        async run(context, { cleanupDisks }, { device, hardware, uuid = '' }) {
          if (!cleanupDisks) return;
          if (device === undefined || hardware === undefined)
            return context.warn('its disk is not connected, or was erased: nothing more is erased');
          const found = await disks.find(device, context.signal).catch((error: unknown) => {
            // The partition may be gone already, with its table.
            if (error instanceof AppError && error.code === 'invalid-input') return undefined;
            throw error;
          });
          if (found?.hardware !== hardware) return context.log(`${device} is there no more`);
          await eraseDirectory(parts, found, uuid, context.signal);
          context.log(`${device} is erased`);
        },
      },
      removeStoragesStep(parts),
      {
        name: 'forget',
        async run(context, params, state) {
          await driver.forgetMount(mountOf(params, state));
          context.log(`directory '${params.name}' is forgotten`);
        },
      },
    ],
    afterCrash: 'resume',
    cancellable: false,
  };
}

/** The device of the directory: by its mount, its file system, or its partition when the file system is gone. */
async function deviceOf(
  { disks }: DiskKindParts,
  mount: DirectoryMount,
  signal: AbortSignal,
): Promise<FoundDevice | undefined> {
  const { disks: all } = await disks.driver.survey(signal);
  const devices = all.flatMap((disk) => [disk, ...disk.children.filter(({ type }) => type === 'part')]);
  const known = devices.find(
    ({ mountpoints, uuid }) => mountpoints.includes(mount.path) || (uuid !== '' && uuid === mount.uuid),
  );
  if (known) return await disks.find(known.path, signal);
  const signatures = await disks.driver.signatures(
    devices.map(({ path }) => path),
    signal,
  );
  const marked = signatures.find(({ uuid }) => uuid === mount.uuid);
  if (marked) return await disks.find(marked.device, signal);
  if (mount.partition === '') return undefined;
  for (const disk of all) {
    const table = await disks.driver.table(disk.path, signal);
    const own = table?.partitions.find(({ guid }) => guid === mount.partition);
    if (own) return await disks.find(own.path, signal);
  }
  return undefined;
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
