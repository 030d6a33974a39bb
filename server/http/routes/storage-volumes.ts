// Routes of single volumes: notes and protection, copies and moves, orphans and whose they become.
import type { VolumeInfo } from '../../../storage-plugins/plugin.ts';
import { fileContents } from '../../../storage-plugins/volume-names.ts';
import {
  adoptVolume,
  copyVolume,
  copyVolumeTo,
  listOrphans,
  updateVolume,
} from '../../contract/storage-volumes.ts';
import { AppError, invalidInput } from '../../core/errors.ts';
import { randomName, splitVolumeId } from '../../core/ids.ts';
import { quietContext } from '../../core/work-context.ts';
import { bareName, ownerOf } from '../../guests/volume-names.ts';
import { requestedLimitKib } from '../../storage/bandwidth-limits.ts';
import { readBackupVolume, requireProtectable } from '../../storage/stored-backups.ts';
import { maySeeVolume } from '../../storage/volumes.ts';
import type { VolumeAdoptParams } from '../../tasks/kinds/volume-adopt.ts';
import type { VolumeCopyParams } from '../../tasks/kinds/volume-copy-plan.ts';
import { type Caller, type Route, route } from '../route.ts';
import type { StorageRouteParts } from './storage.ts';
import { denied, readVolid, requireSight } from './storage-content.ts';

type CopyWish = Omit<VolumeCopyParams, 'source' | 'limitKib' | 'key'> & {
  readonly limitKib: number | undefined;
};

export function storageVolumeRoutes(parts: StorageRouteParts): Route[] {
  const { storages, tasks, orphans } = parts;
  /** The volume of a request, as far as its asker may see it. */
  const seen = async (
    caller: Caller,
    given: { volume: string; storage?: string | undefined },
    signal: AbortSignal,
  ): Promise<{ volid: string; storage: string; info: VolumeInfo }> => {
    const { volid, storage } = readVolid(given);
    requireSight(caller, storage);
    const info = await storages.volume(quietContext(signal), volid);
    if (!maySeeVolume(caller, storage, info)) throw denied(storage);
    return { volid, storage, info };
  };
  const copy = async (
    caller: Caller,
    source: { volid: string; storage: string; info: VolumeInfo },
    wish: CopyWish,
  ) => {
    // Said at once, and again when the task has its locks.
    if (wish.remove) storages.requireUnused(source.volid);
    if (!(fileContents as readonly string[]).includes(source.info.content))
      storages.requireClosed(source.volid);
    const both = [source.storage, wish.storage];
    const given: VolumeCopyParams = {
      ...wish,
      source: source.volid,
      administers: caller.may(`/storage/${wish.storage}`, 'Datastore.Allocate'),
      limitKib: requestedLimitKib(
        storages.limitKib(wish.remove ? 'move' : 'clone', both),
        wish.limitKib,
        both.every((id) => caller.may(`/storage/${id}`, 'Datastore.Allocate')),
      ),
      key: randomName(),
    };
    return await tasks.start('volcopy', given, { requester: caller.requester });
  };

  return [
    route(updateVolume, async ({ params, caller, signal }) => {
      const { volid, storage, info } = await seen(caller, params, signal);
      const { notes, protected: isProtected } = params;
      // What protects a volume from those who may remove it is theirs to say.
      // Backups can be removed by who may see them, so that is enough; but their number is limited.
      if (info.content === 'backup') {
        const administers = caller.may(`/storage/${storage}`, 'Datastore.Allocate');
        if (isProtected) await requireProtectable(storages, quietContext(signal), volid, administers);
      } else if (isProtected !== undefined) requireOn(caller, storage, ['Datastore.Allocate']);
      else requireOn(caller, storage, ['Datastore.AllocateSpace', 'Datastore.AllocateTemplate']);
      await storages.annotate(quietContext(signal), volid, { notes, protected: isProtected });
      return null;
    }),
    route(copyVolumeTo, async ({ params, caller, signal }) => {
      if (params.target_node !== undefined && params.target_node !== params.node)
        throw new AppError('unsupported', `volumes are copied on this node, '${params.node}'`, {
          fields: { target_node: `only '${params.node}'` },
        });
      const source = await seen(caller, params, signal);
      return await copy(caller, source, { ...readTarget(params.target, source.info), remove: false });
    }),
    route(copyVolume, async ({ params, caller, signal }) => {
      const { target, name, format, vmid, bwlimit, delete: remove = false } = params;
      const source = await seen(caller, params, signal);
      const { content } = source.info;
      if (remove) requireOn(caller, source.storage, ['Datastore.Allocate']);
      const isFile = (fileContents as readonly string[]).includes(content);
      if (content === 'snippets') requireOn(caller, target, ['Datastore.Allocate']);
      else {
        const isTemplate = isFile && content !== 'backup';
        requireOn(caller, target, [isTemplate ? 'Datastore.AllocateTemplate' : 'Datastore.AllocateSpace']);
      }
      if (content === 'backup' && !isOfSameGuest(source.volid, name))
        requireOn(caller, target, ['Datastore.Allocate']);
      const owner = vmid ?? source.info.vmid;
      if (!isFile && owner !== undefined && !caller.may(`/vms/${owner}`, 'VM.Config.Disk'))
        throw new AppError('forbidden', `Permission check failed (/vms/${owner}, VM.Config.Disk)`);
      return await copy(caller, source, {
        ...{ storage: target, remove, limitKib: bwlimit },
        ...(name === undefined ? {} : { name }),
        ...(format === undefined ? {} : { format }),
        ...(vmid === undefined ? {} : { vmid }),
      });
    }),
    route(listOrphans, async ({ params, caller, signal }) => {
      const { storage, vmid } = params;
      const found = await orphans(quietContext(signal), storage, vmid);
      return found
        .filter(({ info }) => maySeeVolume(caller, storage, info))
        .map(({ info, reason }) => ({
          ...{ volid: `${storage}:${info.name}`, content: info.content, format: info.format, reason },
          ...{ size: info.sizeBytes, used: info.usedBytes, ctime: info.createdAt },
          ...(info.vmid === undefined ? {} : { vmid: info.vmid }),
          ...(info.notes === undefined ? {} : { notes: info.notes }),
          ...(info.protected ? { protected: 1 as const } : {}),
        }));
    }),
    route(adoptVolume, async ({ params, caller, signal }) => {
      const { volid, info } = await seen(caller, params, signal);
      const { vmid } = info;
      if (vmid === undefined) throw invalidInput({ volume: 'bears the number of no guest' });
      if (!caller.may(`/vms/${vmid}`, 'VM.Config.Disk'))
        throw new AppError('forbidden', `Permission check failed (/vms/${vmid}, VM.Config.Disk)`);
      const given: VolumeAdoptParams = { volid, vmid };
      return await tasks.start('voladopt', given, { requester: caller.requester });
    }),
  ];
}

/** Under the name of another guest's backup it would be taken for that when somebody restores. */
function isOfSameGuest(volid: string, name: string | undefined): boolean {
  if (name === undefined) return true;
  const [source, copy] = [readBackupVolume(volid), readBackupVolume(`backup/${name}`)];
  return source?.vmid === copy?.vmid && source?.kind === copy?.kind;
}

/** One of the privileges, or the administration of the storage, is enough. */
function requireOn(
  caller: Caller,
  storage: string,
  privileges: readonly ('Datastore.Allocate' | 'Datastore.AllocateSpace' | 'Datastore.AllocateTemplate')[],
): void {
  const all = ['Datastore.Allocate', ...privileges] as const;
  if (!all.some((privilege) => caller.may(`/storage/${storage}`, privilege)))
    throw denied(storage, privileges.join('|'));
}

/** What a whole volume id says of the copy that is to bear it. */
function readTarget(volid: string, source: VolumeInfo): Omit<CopyWish, 'remove'> {
  const split = splitVolumeId(volid);
  if (!split) throw invalidInput({ target: 'write storage:name' });
  const { storage, name } = split;
  if ((fileContents as readonly string[]).includes(source.content)) {
    const [content, fileName, ...rest] = name.split('/');
    if (content !== source.content || fileName === undefined || rest.length > 0)
      throw invalidInput({ target: `write storage:${source.content}/name, as the source is named` });
    return { storage, name: fileName, limitKib: undefined };
  }
  const vmid = ownerOf(volid);
  if (vmid === undefined) throw invalidInput({ target: 'is not the name of a disk: write vm-<vmid>-...' });
  const format = (['raw', 'qcow2', 'vmdk'] as const).find((one) => name.endsWith(`.${one}`));
  const wish = format === undefined ? {} : { format };
  return { storage, vmid, name: bareName(name), ...wish, limitKib: undefined };
}
