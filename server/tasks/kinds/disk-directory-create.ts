// Task `dircreate`: a file system on an empty disk or partition, mounted below /mnt/pve from now on.
import { randomUUID } from 'node:crypto';
import { AppError, hasCode } from '../../core/errors.ts';
import type { FileSystemType } from '../../disks/disk-driver.ts';
import type { FoundDevice } from '../../disks/disk-service.ts';
import type { TaskKind } from '../task.ts';
import { addStorageStep, checkNewStorage, type DiskStorage } from './disk-storage-steps.ts';
import {
  type DiskKindParts,
  type DiskTarget,
  diskLocks,
  findBegun,
  findTarget,
  requireEmpty,
} from './disk-target.ts';

export interface DirectoryCreateParams extends DiskTarget {
  readonly name: string;
  readonly fileSystem: FileSystemType;
  readonly addStorage: boolean;
}

interface DirectoryCreateState {
  /** Of the file system to be. */
  uuid: string;
  /** Of the partition to be, or of the one that was given; empty where the table has none. */
  partition: string;
  hadTable: boolean;
  whole: boolean;
}

export function directoryCreateKind(
  parts: DiskKindParts,
): TaskKind<DirectoryCreateParams, DirectoryCreateState> {
  const { driver } = parts.disks;
  const mountOf = (
    { name, fileSystem: type }: DirectoryCreateParams,
    { uuid = '', partition = '' }: Partial<DirectoryCreateState>,
  ) => driver.mountOf(name, { uuid, type, partition });
  const storageOf = (params: DirectoryCreateParams): DiskStorage => ({
    ...{ id: params.name, type: 'dir', options: { is_mountpoint: 'yes' } },
    place: { path: mountOf(params, {}).path },
  });
  /** The partition of the task; undefined when it is not there. */
  const ownPartition = async (
    params: DirectoryCreateParams,
    { whole, partition }: Readonly<Partial<DirectoryCreateState>>,
    signal: AbortSignal,
  ): Promise<FoundDevice | undefined> => {
    if (!whole) return await findBegun(parts, params, signal);
    // Looked at as a disk first: another one may have its name now.
    await findBegun(parts, params, signal);
    const table = await driver.table(params.device, signal);
    const path = table?.partitions.find(({ guid }) => guid === partition)?.path;
    return path === undefined ? undefined : await findBegun(parts, { ...params, device: path }, signal);
  };
  const requirePartition = async (...given: Parameters<typeof ownPartition>) => {
    const found = await ownPartition(...given);
    if (found) return found;
    throw new AppError('wrong-state', `${given[0].device}: the partition that was made on it is gone`);
  };

  return {
    type: 'dircreate',
    describe: ({ name, device }) => `Directory ${name} - Create on ${device}`,
    objectId: ({ name }) => name,
    locks: () => diskLocks,
    async check(params) {
      const { name, addStorage } = params;
      const mount = mountOf(params, {});
      const { path } = mount;
      const taken = (await driver.mounts()).some((mount) => mount.name === name);
      if (taken) throw new AppError('already-exists', `name: a directory '${name}' exists already`);
      const { storages } = parts.disks.placesBelow(path);
      if (storages.length > 0)
        throw new AppError('already-exists', `name: storage '${storages[0]?.id}' lies at ${path} already`);
      if ((await driver.space(mount)) !== undefined)
        throw new AppError('already-exists', `name: something else is mounted at ${path}`);
      if (addStorage) checkNewStorage(parts, storageOf(params));
      requireEmpty(await findTarget(parts, params, new AbortController().signal));
    },
    steps: [
      {
        name: 'choose',
        async run({ signal }, params) {
          const { disk, device } = await findBegun(parts, params, signal);
          const table = await driver.table(disk.path, signal);
          const whole = device.path === disk.path;
          const given = table?.partitions.find(({ path }) => path === device.path)?.guid ?? '';
          const partition = whole ? randomUUID().toUpperCase() : given;
          return { uuid: randomUUID(), partition, hadTable: table !== undefined, whole };
        },
      },
      {
        name: 'partition',
        async run(context, params, { partition = '', whole = false }) {
          if (!whole) return;
          await findBegun(parts, params, context.signal);
          const path = await driver.makePartition(params.device, partition, context.signal);
          context.log(`made the partition ${path}`);
        },
        async undo({ signal }, params, { partition = '', whole = false, hadTable = true }) {
          if (!whole) return;
          await findBegun(parts, params, signal);
          await driver.removePartition(params.device, partition, signal);
          const { empty } = await findBegun(parts, params, signal);
          if (!hadTable && empty) await driver.erase(params.device, 'disk', signal);
        },
      },
      {
        name: 'format',
        async run(context, params, state) {
          const { device, uses } = await requirePartition(params, state, context.signal);
          if (uses.length > 0) throw new AppError('busy', `${device.path} is in use: ${uses.join('; ')}`);
          context.log(`making a file system (${params.fileSystem}) on ${device.path}`);
          await driver.makeFileSystem(device.path, params.fileSystem, state.uuid ?? '', context.signal);
        },
        // The device was empty: whatever is on it now is of this task.
        async undo({ signal }, params, state) {
          const found = await ownPartition(params, state, signal);
          if (found && !found.empty) await driver.erase(found.device.path, 'part', signal);
        },
      },
      {
        name: 'mount',
        async run(context, params, state) {
          const mount = mountOf(params, state);
          await driver.mount(mount, context.signal).catch(async (error: unknown) => {
            // There are kernels that know quotas, but not those of this file system, which they then do not mount at all.
            if (!hasCode(error, 'command-failed')) throw error;
            const { device } = await requirePartition(params, state, context.signal);
            const plain = await driver.withoutQuotas(mount, device.path, context.signal);
            if (!plain) throw error;
            await driver.mount(plain, context.signal);
            context.warn(
              'without quotas, which the kernel of this node lacks: trees of containers in it have no limit',
            );
          });
          context.log(`mounted at ${mount.path}, and at every start from now on`);
        },
        async undo({ signal }, params, state) {
          const mount = mountOf(params, state);
          await driver.unmount(mount, signal);
          await driver.forgetMount(mount);
        },
      },
      addStorageStep(parts, (params) => (params.addStorage ? storageOf(params) : undefined)),
    ],
    afterCrash: 'unwind',
    cancellable: true,
  };
}
