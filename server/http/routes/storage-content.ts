// Routes of a node's storages: state, content, allocating and deleting volumes.
import type { Attachment } from '../../../storage-plugins/plugin.ts';
import {
  createVolume,
  deleteVolume,
  getStorageStatus,
  getVolume,
  listContent,
  listNodeStorage,
  listNodeStorages,
} from '../../contract/node-storage.ts';
import { readList } from '../../contract/params.ts';
import { AppError, invalidInput } from '../../core/errors.ts';
import { splitVolumeId } from '../../core/ids.ts';
import { quietContext } from '../../core/work-context.ts';
import type { StorageStatus } from '../../storage/storage-status.ts';
import { readBackupVolume } from '../../storage/stored-backups.ts';
import { maySeeVolume, readAllocationSize } from '../../storage/volumes.ts';
import type { ImgDeleteParams } from '../../tasks/kinds/img-delete.ts';
import { type Caller, type Route, route } from '../route.ts';
import { mayLookAt, type StorageRouteParts } from './storage.ts';

const below = [
  ...['status', 'content', 'upload', 'download-url', 'import-metadata', 'rrddata', 'prunebackups'],
  ...['copy-volume', 'adopt-volume', 'orphans'],
];

export function storageContentRoutes({ storages, tasks, proofs }: StorageRouteParts): Route[] {
  return [
    route(listNodeStorages, async ({ params, caller }) => {
      const found = await storages.statuses({
        content: params.content === undefined ? undefined : readList(params.content),
        enabledOnly: params.enabled,
        id: params.storage,
      });
      const visible = found.filter((status) => mayLookAt(caller, status.storage));
      if (!params.format) return visible;
      return visible.map((status) => {
        const supported = storages.imageFormats(status.storage);
        return { ...status, formats: { default: supported[0] ?? 'raw', supported: [...supported] } };
      });
    }),
    route(listNodeStorage, ({ params }) => {
      storages.config(params.storage);
      return below.map((subdir) => ({ subdir }));
    }),
    route(getStorageStatus, async ({ params }) => {
      const {
        storage: _storage,
        used_fraction: _fraction,
        ...status
      }: StorageStatus = await storages.status(params.storage);
      return status;
    }),
    route(listContent, async ({ params, caller, signal }) => {
      const { storage, content, vmid } = params;
      const found = await storages.content(quietContext(signal), storage, { content, vmid });
      return found
        .filter((volume) => maySeeVolume(caller, storage, volume))
        .map((volume) => {
          const isBackup = volume.content === 'backup' && volume.vmid !== undefined;
          const proof = isBackup ? proofs?.listed(volume.vmid, volume.volid) : undefined;
          return proof === undefined ? volume : { ...volume, proof };
        });
    }),
    route(createVolume, async ({ params, signal }) => {
      const { storage, vmid, filename, format, size } = params;
      const sizeBytes = readAllocationSize(size);
      return await storages.allocate(quietContext(signal), storage, { vmid, filename, format, sizeBytes });
    }),
    route(getVolume, async ({ params, caller, signal }) => {
      const { volid, storage } = readVolid(params);
      requireSight(caller, storage);
      const context = quietContext(signal);
      const info = await storages.volume(context, volid);
      if (!maySeeVolume(caller, storage, info)) throw denied(storage);
      const attachment = await storages.attach(context, volid);
      return {
        path: pathOf(attachment),
        format: info.format,
        size: info.sizeBytes,
        used: info.usedBytes,
        ...(info.notes === undefined ? {} : { notes: info.notes }),
        ...(info.protected ? { protected: 1 as const } : {}),
      };
    }),
    route(deleteVolume, async ({ params, caller }) => {
      const { volid, storage } = readVolid(params);
      requireMayDelete(caller, volid, storage);
      storages.resolve(volid);
      storages.requireUnused(volid);
      const given: ImgDeleteParams = { volid };
      const upid = await tasks.start('imgdel', given, { requester: caller.requester });
      if (params.delay === undefined) return upid;
      return (await endsWithin(tasks.wait(upid), params.delay * 1000)) ? null : upid;
    }),
  ];
}

/** Backups go also by who may back up their guest, and use the storage's space. */
function requireMayDelete(caller: Caller, volid: string, storage: string): void {
  if (caller.may(`/storage/${storage}`, 'Datastore.Allocate')) return;
  const backup = readBackupVolume(volid);
  if (!backup || !maySeeVolume(caller, storage, { content: 'backup', vmid: backup.vmid }))
    throw denied(storage, backup ? 'Datastore.AllocateSpace, VM.Backup' : 'Datastore.Allocate');
}

/** What clients show as a volume's path; of a tree of layers, the folder that is written to. */
function pathOf(attachment: Attachment): string {
  switch (attachment.kind) {
    case 'network':
      return attachment.name;
    case 'overlay':
      return attachment.upper;
    default:
      return attachment.path;
  }
}

/** Did it end in time? When it ended badly, its error is thrown. */
async function endsWithin(
  ended: ReturnType<StorageRouteParts['tasks']['wait']>,
  limitMs: number,
): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), limitMs);
  });
  const record = await Promise.race([ended, limit]).finally(() => clearTimeout(timer));
  if (!record) {
    ended.catch(() => {});
    return false;
  }
  if (record.state !== 'ok' && record.state !== 'warnings')
    throw new AppError(record.errorCode ?? 'internal', record.exitStatus ?? 'the task failed');
  return true;
}

/** The volume of a path: a whole volume id, or a name on the storage of the path. */
export function readVolid(params: { volume: string; storage?: string | undefined }): {
  volid: string;
  storage: string;
} {
  const split = splitVolumeId(params.volume);
  if (!split) {
    if (params.storage === undefined) throw invalidInput({ volume: 'write storage:name' });
    return { volid: `${params.storage}:${params.volume}`, storage: params.storage };
  }
  if (params.storage !== undefined && params.storage !== split.storage)
    throw invalidInput({ volume: `is not on storage '${params.storage}'` });
  return { volid: params.volume, storage: split.storage };
}

/** Who may not look at a storage does not learn what is on it, nor whether it exists. */
export function requireSight(caller: Caller, storage: string): void {
  if (!mayLookAt(caller, storage) && !caller.may(`/storage/${storage}`, 'Datastore.Allocate'))
    throw denied(storage);
}

export function denied(storage: string, privilege = 'Datastore.Audit|Datastore.AllocateSpace'): AppError {
  return new AppError('forbidden', `Permission check failed (/storage/${storage}, ${privilege})`);
}
