// The backups on a storage: listed with what their names say, marked and removed by how many are to stay, how many may be protected.
import {
  type ArchiveKind,
  type ArchiveName,
  parseArchiveName,
} from '../../storage-plugins/backup-names/archive-name.ts';
import type { KeepOptions } from '../backup/retention/keep-options.ts';
import { type MarkedBackup, markBackups, type PrunableBackup } from '../backup/retention/mark-backups.ts';
import { AppError, asAppError, hasCode, invalidInput } from '../core/errors.ts';
import { splitVolumeId } from '../core/ids.ts';
import { readLocalZone } from '../core/local-zone.ts';
import type { WorkContext } from '../core/work-context.ts';
import type { StorageService } from './storage-service.ts';

/** How many backups of a guest may be protected where nothing is configured, by who does not administer the storage; as in the API. */
const mostProtected = 5;

/** A backup as it lies on a storage; fit for `markBackups`. */
export interface StoredBackup extends PrunableBackup {
  readonly volid: string;
  readonly kind: ArchiveKind | undefined;
  /** Seconds since the epoch, as the list of content has it. */
  readonly createdAt: number;
  readonly sizeBytes: number;
  readonly protected: boolean;
}

export interface BackupFilter {
  readonly vmid?: number | undefined;
  readonly type?: 'qemu' | 'lxc' | undefined;
}

/** What the name of a volume (`backup/vzdump-...`) or its id says; undefined for what is no backup. `zone`: the node's. */
export function readBackupVolume(volume: string, zone = readLocalZone()): ArchiveName | undefined {
  const name = /^backup\//.test(volume) ? volume : (splitVolumeId(volume)?.name ?? '');
  return name.startsWith('backup/') ? parseArchiveName(name.slice('backup/'.length), zone) : undefined;
}

/** The backups of a storage, of one guest or kind of guest, in the order of the list. */
export async function listBackups(
  storages: Pick<StorageService, 'storage'>,
  context: WorkContext,
  id: string,
  { vmid, type }: BackupFilter = {},
): Promise<StoredBackup[]> {
  const zone = readLocalZone();
  const filter = { contents: ['backup'] as const, ...(vmid === undefined ? {} : { vmid }) };
  const found = await storages.storage(id).list(context, filter);
  return found.flatMap((info) => {
    const name = readBackupVolume(info.name, zone);
    if (!name || (type !== undefined && name.kind !== type)) return [];
    const { standard, kind, vmid: owner, atMs } = name;
    return {
      ...{ volid: `${id}:${info.name}`, standard, kind, vmid: owner, atMs },
      ...{ createdAt: info.createdAt, sizeBytes: info.sizeBytes, protected: info.protected === true },
    };
  });
}

/** What pruning would do with each. Changes nothing. */
export async function markStoredBackups(
  storages: Pick<StorageService, 'storage'>,
  context: WorkContext,
  id: string,
  keep: KeepOptions,
  filter: BackupFilter = {},
): Promise<MarkedBackup<StoredBackup>[]> {
  return markBackups(await listBackups(storages, context, id, filter), keep, readLocalZone());
}

export interface Pruned {
  /** Volume ids. */
  readonly removed: readonly string[];
  /** What was to be removed and stayed, with the reason in words. */
  readonly failed: readonly { readonly volid: string; readonly problem: string }[];
}

/** Does the work while no task has to do with the backup; `busy`, naming it, when one has. */
export type WhileUnused = <T>(volid: string, work: () => Promise<T>) => Promise<T>;

/**
 * Removes what need not stay, the oldest first, and logs each. What a task or a guest uses, or was protected meanwhile stays and is told. Repeatable;
 * stops with the error when the storage does not answer or the work is cancelled: what was removed until then was to go.
 */
export async function pruneStoredBackups(
  storages: Pick<StorageService, 'storage' | 'requireUnused'>,
  context: WorkContext,
  id: string,
  keep: KeepOptions,
  filter: BackupFilter,
  whileUnused: WhileUnused,
): Promise<Pruned> {
  const marked = await markStoredBackups(storages, context, id, keep, filter);
  const removed: string[] = [];
  const failed: { volid: string; problem: string }[] = [];
  const goes = marked.filter(({ mark }) => mark === 'remove').map(({ backup }) => backup);
  for (const { volid } of goes.sort((a, b) => (a.atMs ?? 0) - (b.atMs ?? 0))) {
    if (context.signal.aborted) throw new AppError('cancelled', 'remove old backups: cancelled');
    try {
      await whileUnused(volid, async () => {
        storages.requireUnused(volid);
        await storages.storage(id).remove(context, volid.slice(id.length + 1));
      });
      removed.push(volid);
      context.log(`removed backup '${volid}'`);
    } catch (error) {
      if (!hasCode(error, 'wrong-state') && !hasCode(error, 'busy')) throw error;
      failed.push({ volid, problem: asAppError(error).message });
    }
  }
  return { removed, failed };
}

/**
 * May one more backup of the guest be protected? `wrong-state` when the storage's `max-protected-backups` are there already.
 * `administers`: the asker administers the storage, and without the option has no limit. VMs and containers are counted apart.
 */
export async function requireRoomForProtected(
  storages: Pick<StorageService, 'storage' | 'config'>,
  context: WorkContext,
  id: string,
  guest: { readonly vmid: number; readonly kind: ArchiveKind | undefined },
  administers: boolean,
): Promise<void> {
  const configured = storages.config(id).options['max-protected-backups'];
  const most = configured === undefined ? (administers ? -1 : mostProtected) : Number(configured);
  if (most < 0) return;
  const all = await listBackups(storages, context, id, { vmid: guest.vmid });
  const count = all.filter((one) => one.protected && one.kind === guest.kind).length;
  if (count >= most)
    throw new AppError(
      'wrong-state',
      `the number of protected backups per guest is limited to ${most} on storage '${id}'`,
      { data: { limit: most, found: count } },
    );
}

/** Before a backup is protected that is there: as `requireRoomForProtected`, unless it is protected already. */
export async function requireProtectable(
  storages: Pick<StorageService, 'storage' | 'config' | 'volume'>,
  context: WorkContext,
  volid: string,
  administers: boolean,
): Promise<void> {
  const name = readBackupVolume(volid);
  const id = splitVolumeId(volid)?.storage;
  if (!name || id === undefined) throw invalidInput({ volume: 'is not a backup' });
  if (name.vmid === undefined || (await storages.volume(context, volid)).protected) return;
  await requireRoomForProtected(storages, context, id, { vmid: name.vmid, kind: name.kind }, administers);
}
