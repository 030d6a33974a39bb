// Which storages and guests of this node stand on devices and folders of it, from their configurations.
import { devicePath } from '../../storage-plugins/blockdevice/device-names.ts';
import type { ClusterStore } from '../cluster/cluster-store.ts';
import { splitVolumeId } from '../core/ids.ts';
import { guestLabel } from '../guests/config/guest-document.ts';
import { listGuests } from '../guests/guest-documents.ts';
import { volumesOf } from '../guests/guest-volumes-in-use.ts';
import { isForNode, type StorageConfig } from '../storage/storage-config.ts';
import type { StoragePlace, UseContext } from './disk-uses.ts';

/** Where each storage lies that this node may use. */
export function storagePlaces(configs: readonly StorageConfig[], node: string): StoragePlace[] {
  return configs
    .filter((config) => isForNode(config, node))
    .map(({ id, options }) => ({
      id,
      vgname: textOf(options['vgname']),
      thinpool: textOf(options['thinpool']),
      paths: Object.values(options).filter((value): value is string => isPath(value)),
    }));
}

/**
 * Devices and folders of the host that guests have: named in their configuration, wanted or in force, or as volumes of storages whose
 * volumes are whole devices. The kernel does not keep others from writing to these.
 */
export function guestPaths(
  store: ClusterStore,
  configs: readonly StorageConfig[],
): UseContext['guestPaths'][number][] {
  const types = new Map(configs.map(({ id, type }) => [id, type]));
  return listGuests(store).flatMap((guest) => {
    const { kind, vmid, config, running } = guest;
    const values = [...Object.values(config), ...Object.values(running ?? {})];
    const paths = [
      ...values.filter((value) => typeof value === 'string').flatMap(pathsIn),
      ...[...volumesOf(guest)].flatMap((volume) => deviceOfVolume(volume, types)),
    ];
    return [...new Set(paths)].map((path) => ({ guest: guestLabel(kind, vmid), path }));
  });
}

/** LUNs of a target and devices of a SAN are called by udev's links; of a LUN its address comes first: `0.0.1.scsi-36001405...`. */
function deviceOfVolume(volume: string, types: ReadonlyMap<string, string>): string[] {
  const { storage = '', name = '' } = splitVolumeId(volume) ?? {};
  const type = types.get(storage);
  if (type === 'blockdevice') return [devicePath(name)];
  const lun = type === 'iscsi' ? /^\d+\.\d+\.\d+\.(scsi-.+)$/.exec(name)?.[1] : undefined;
  return lun === undefined ? [] : [devicePath(lun)];
}

/** `/dev/sdb,size=8G`, `file=/dev/sdb`, `/srv/data,mp=/data`. Of a container `mp=` is a path inside it. */
function pathsIn(value: string): string[] {
  return value
    .split(',')
    .map((part) => (part.startsWith('/') ? part : (/^(?:file|volume|path)=(\/.*)$/.exec(part)?.[1] ?? '')))
    .filter(isPath);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function isPath(value: unknown): boolean {
  return typeof value === 'string' && value.startsWith('/') && value.length > 1;
}
