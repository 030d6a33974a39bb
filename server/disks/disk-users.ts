// Which storages and guests of this node stand on devices and folders of it, from their configurations.
import type { ClusterStore } from '../cluster/cluster-store.ts';
import { guestLabel } from '../guests/config/guest-document.ts';
import { listGuests } from '../guests/guest-documents.ts';
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

/** Devices and folders of the host that guests name in their configuration, wanted or in force. */
export function guestPaths(store: ClusterStore): UseContext['guestPaths'][number][] {
  return listGuests(store).flatMap(({ kind, vmid, config, running }) => {
    const values = [...Object.values(config), ...Object.values(running ?? {})];
    const paths = values.filter((value) => typeof value === 'string').flatMap(pathsIn);
    return [...new Set(paths)].map((path) => ({ guest: guestLabel(kind, vmid), path }));
  });
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
