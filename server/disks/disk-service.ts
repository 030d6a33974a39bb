// What the node's disks hold and who uses them, for routes and tasks; and what may be done to them now.
import type { DiskContents, DiskDirectory, LvmGroup, ThinPool } from '../contract/node-disk-changes.ts';
import { flag } from '../contract/reply.ts';
import { AppError, invalidInput, notFound } from '../core/errors.ts';
import type { BlockDevice } from '../node/block-devices.ts';
import type { DirectoryMount, DiskDriver, Signature, Survey, VolumeGroup } from './disk-driver.ts';
import { hardwareOf, identityOf } from './disk-identity.ts';
import { isData, lossesOf } from './disk-losses.ts';
import { devicesOf, isBelow, type StoragePlace, type UseContext, usesOf, withAbove } from './disk-uses.ts';

export interface DiskServiceParts {
  readonly driver: DiskDriver;
  storages(): StoragePlace[];
  /** As they are written in configurations: links are followed here. */
  guestPaths(): UseContext['guestPaths'];
}

/** A disk or partition as somebody found it. */
export interface FoundDevice {
  /** The disk; itself, or the one that the partition is of. */
  readonly disk: BlockDevice;
  readonly device: BlockDevice;
  readonly signatures: readonly Signature[];
  readonly survey: Survey;
  readonly identity: string;
  readonly hardware: string;
  readonly uses: readonly string[];
  readonly losses: readonly string[];
  /** There is nothing on it but perhaps an empty partition table. */
  readonly empty: boolean;
}

interface Places {
  readonly storages: readonly StoragePlace[];
  /** Guests with such a folder or device. */
  readonly guests: readonly string[];
}

export interface DiskService {
  readonly driver: DiskDriver;
  /** A disk or partition of this node by any of its paths; `not-found` naming the field `parameter`. */
  find(path: string, signal: AbortSignal, parameter?: string): Promise<FoundDevice>;
  /** As `find`, and `wrong-state` when it is not what was expected: the identity, or only its hardware. */
  findExpected(
    path: string,
    expected: { readonly identity?: string | undefined; readonly hardware?: string | undefined },
    signal: AbortSignal,
    parameter?: string,
  ): Promise<FoundDevice>;
  contents(path: string, signal: AbortSignal): Promise<DiskContents>;
  directories(signal: AbortSignal): Promise<DiskDirectory[]>;
  /** `not-found`. */
  directory(name: string): Promise<DirectoryMount>;
  groups(signal: AbortSignal): Promise<LvmGroup[]>;
  /** `not-found`. */
  group(name: string, signal: AbortSignal): Promise<VolumeGroup>;
  pools(signal: AbortSignal): Promise<ThinPool[]>;
  /** Group by path of each device that is LVM's; empty: in none. */
  groupNames(signal: AbortSignal): Promise<Map<string, string>>;
  /** What lies in the folder. */
  placesBelow(folder: string): Places;
  storagesOnGroup(group: string): StoragePlace[];
}

export function createDiskService({ driver, storages, guestPaths }: DiskServiceParts): DiskService {
  async function context(survey: Survey): Promise<UseContext> {
    const given = await Promise.all(
      guestPaths().map(async ({ guest, path }) => ({ guest, path: await driver.resolve(path) })),
    );
    const places = await Promise.all(
      storages().map(async (place) => ({
        ...place,
        paths: [...place.paths, ...(await Promise.all(place.paths.filter(isDevice).map(driver.resolve)))],
      })),
    );
    return { groups: survey.groups, mounts: await driver.mounts(), storages: places, guestPaths: given };
  }

  const find: DiskService['find'] = async (path, signal, parameter = 'disk') => {
    const wanted = await driver.resolve(path);
    const survey = await driver.survey(signal);
    for (const disk of survey.disks) {
      const device = [disk, ...disk.children.filter(({ type }) => type === 'part')].find(
        (one) => one.path === wanted,
      );
      if (!device) continue;
      const parts = device.children.filter(({ type }) => type === 'part');
      const signatures = await driver.signatures(
        [device, ...parts].map((one) => one.path),
        signal,
      );
      return {
        ...{ disk, device, signatures, survey },
        identity: identityOf(disk, device, signatures),
        hardware: hardwareOf(disk),
        uses: usesOf(disk, device, await context(survey)),
        losses: lossesOf(device, signatures, survey.groups),
        empty: parts.length === 0 && device.fsType === '' && !signatures.some(isData),
      };
    }
    throw invalidInput({ [parameter]: `'${path}' is not a disk or partition of this node` });
  };

  return {
    driver,
    find,
    async findExpected(path, { identity, hardware }, signal, parameter) {
      const found = await find(path, signal, parameter);
      const same =
        (identity === undefined || identity === found.identity) &&
        (hardware === undefined || hardware === found.hardware);
      if (same) return found;
      throw new AppError(
        'wrong-state',
        `${found.device.path} is not as it was when it was looked at: another disk has this name now, or it was changed. Look again`,
      );
    },
    async contents(path, signal) {
      const { disk, device, identity, uses, losses } = await find(path, signal);
      return {
        ...{ disk: device.path, model: disk.model, serial: disk.serial, size: device.sizeBytes },
        ...{ identity, uses: [...uses], losses: [...losses] },
      };
    },

    async directories(signal) {
      const { disks } = await driver.survey(signal);
      const devices = disks.flatMap(withAbove);
      return await Promise.all(
        (await driver.mounts()).map(async (mount): Promise<DiskDirectory> => {
          const space = await driver.space(mount);
          const [device] = devicesOf(devices, mount);
          return {
            ...{ name: mount.name, path: mount.path, type: mount.type, options: mount.options },
            device: device?.path ?? `/dev/disk/by-uuid/${mount.uuid}`,
            unitfile: mount.unitFile,
            mounted: flag(space !== undefined),
            ...(space ? { size: space.sizeBytes, avail: space.availableBytes } : {}),
            storages: below(storages(), mount.path),
            ...(space || device ? {} : { problem: 'its disk is not connected' }),
          };
        }),
      );
    },
    async directory(name) {
      const found = (await driver.mounts()).find((mount) => mount.name === name);
      if (!found) throw notFound('directory', name);
      return found;
    },

    async groups(signal) {
      return (await driver.survey(signal)).groups.map((group) => ({
        ...{ name: group.name, size: group.sizeBytes, free: group.freeBytes, leaf: 0 as const },
        children: group.devices.map(({ device, sizeBytes, freeBytes }) => ({
          ...{ name: device, size: sizeBytes, free: freeBytes, leaf: 1 as const },
        })),
        volumes: group.volumes.map(({ name, sizeBytes, type, pool, open }) => ({
          ...{ name, size: sizeBytes, type, open: flag(open) },
          ...(pool === '' ? {} : { pool }),
        })),
        storages: onGroup(storages(), group.name).map(({ id }) => id),
        partial: flag(group.partial),
      }));
    },
    async group(name, signal) {
      const found = (await driver.survey(signal)).groups.find((group) => group.name === name);
      if (!found) throw notFound('volume group', name);
      return found;
    },
    async pools(signal) {
      return (await driver.survey(signal)).groups.flatMap((group) =>
        group.volumes
          .filter(({ type }) => type === 'thin-pool')
          .map((pool) => ({
            ...{ lv: pool.name, vg: group.name, lv_size: pool.sizeBytes, used: pool.usedBytes },
            ...{ metadata_size: pool.metadataBytes, metadata_used: pool.metadataUsedBytes },
            volumes: group.volumes.filter((volume) => volume.pool === pool.name).map(({ name }) => name),
            storages: onGroup(storages(), group.name, pool.name).map(({ id }) => id),
          })),
      );
    },
    async groupNames(signal) {
      const { groups, spare } = await driver.survey(signal);
      return new Map([
        ...spare.map((device) => [device, ''] as const),
        ...groups.flatMap(({ name, devices }) => devices.map(({ device }) => [device, name] as const)),
      ]);
    },
    placesBelow: (folder) => ({
      storages: storages().filter(({ paths }) => paths.some((path) => isBelow(path, folder))),
      guests: [
        ...new Set(
          guestPaths()
            .filter(({ path }) => isBelow(path, folder))
            .map(({ guest }) => guest),
        ),
      ],
    }),
    storagesOnGroup: (group) => onGroup(storages(), group),
  };
}

function isDevice(path: string): boolean {
  return path.startsWith('/dev/');
}

function below(storages: readonly StoragePlace[], folder: string): string[] {
  return storages.filter(({ paths }) => paths.some((path) => isBelow(path, folder))).map(({ id }) => id);
}

function onGroup(storages: readonly StoragePlace[], group: string, pool?: string): StoragePlace[] {
  return storages.filter(
    ({ vgname, thinpool }) =>
      vgname === group && (pool === undefined || thinpool === undefined || thinpool === pool),
  );
}
