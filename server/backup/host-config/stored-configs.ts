// Backups of the configuration as they lie on storages: listed, read, and removed when there are too many.

import {
  type ConfigArchiveName,
  parseConfigArchiveName,
} from '../../../storage-plugins/backup-names/config-name.ts';
import type { VolumeInfo } from '../../../storage-plugins/plugin.ts';
import { AppError, asAppError, hasCode, invalidInput } from '../../core/errors.ts';
import { splitVolumeId } from '../../core/ids.ts';
import type { WorkContext } from '../../core/work-context.ts';
import { contentsOf, isDisabled, isForNode } from '../../storage/storage-config.ts';
import type { StorageService } from '../../storage/storage-service.ts';
import { markBackups } from '../retention/mark-backups.ts';
import { type ArchivedConfig, readConfigArchive } from './config-archive.ts';

export interface StoredConfig extends ConfigArchiveName {
  readonly volid: string;
  readonly storage: string;
  readonly sizeBytes: number;
  readonly protected: boolean;
  readonly notes: string | undefined;
}

type ConfigStorages = Pick<StorageService, 'storage' | 'configs'>;

/** So many stay of a node on a storage, and the newest of so many days: changes of one busy day push nothing else out. */
export const keptConfigs = 30;
const mostBytes = 64 * 1024 ** 2;

/** Storages of this node that hold backups. */
export function configTargets(storages: Pick<StorageService, 'configs'>, node: string): string[] {
  return storages
    .configs()
    .filter((one) => contentsOf(one).includes('backup') && !isDisabled(one) && isForNode(one, node))
    .map(({ id }) => id);
}

/** Those on one storage, the newest first. */
export async function listStoredConfigs(
  storages: Pick<StorageService, 'storage'>,
  context: WorkContext,
  id: string,
): Promise<StoredConfig[]> {
  const found = await storages.storage(id).list(context, { contents: ['backup'] });
  return found.flatMap((info) => storedConfig(id, info) ?? []).sort((a, b) => b.atMs - a.atMs);
}

function storedConfig(storage: string, info: VolumeInfo): StoredConfig | undefined {
  const name = parseConfigArchiveName(info.name.replace(/^backup\//, ''));
  if (!name) return undefined;
  return {
    ...{ ...name, storage, volid: `${storage}:${info.name}`, sizeBytes: info.sizeBytes },
    ...{ protected: info.protected === true, notes: info.notes },
  };
}

/** Those on all storages, and which of them did not answer. Never rejects. */
export async function listAllConfigs(
  storages: ConfigStorages,
  context: WorkContext,
  node: string,
): Promise<{
  readonly backups: readonly StoredConfig[];
  readonly problems: readonly { readonly storage: string; readonly problem: string }[];
}> {
  const problems: { storage: string; problem: string }[] = [];
  const lists = await Promise.all(
    configTargets(storages, node).map(async (storage) => {
      try {
        return await listStoredConfigs(storages, context, storage);
      } catch (error) {
        problems.push({ storage, problem: asAppError(error).message });
        return [];
      }
    }),
  );
  return { backups: lists.flat().sort((a, b) => b.atMs - a.atMs), problems };
}

/** Reads one by its volume id; `invalid-input` for what is none, or a damaged one. */
export async function readStoredConfig(
  storages: Pick<StorageService, 'storage'>,
  context: WorkContext,
  volid: string,
): Promise<ArchivedConfig> {
  const at = splitVolumeId(volid);
  const fileName = at?.name.replace(/^backup\//, '') ?? '';
  if (!at?.name.startsWith('backup/') || !parseConfigArchiveName(fileName))
    throw invalidInput({ volume: 'is no backup of a configuration' });
  const source = await storages.storage(at.storage).exportStream(context, at.name);
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of source) {
    bytes += (piece as Uint8Array).length;
    if (bytes > mostBytes) {
      source.destroy();
      throw new AppError('invalid-input', 'this is no backup of a configuration: it is too large');
    }
    pieces.push(piece as Uint8Array);
  }
  return await readConfigArchive(Buffer.concat(pieces));
}

/** Removes the oldest of a node's on a storage; protected ones stay and do not count. Logs each; answers how many. */
export async function pruneConfigs(
  storages: Pick<StorageService, 'storage'>,
  context: WorkContext,
  id: string,
  node: string,
  zone: string,
): Promise<number> {
  const own = (await listStoredConfigs(storages, context, id)).filter((one) => one.node === node);
  // To the rules of retention they are backups of one guest.
  const asGuest = { standard: true, kind: 'config', vmid: 0 } as const;
  const marked = markBackups(
    own.map((one) => ({ ...one, ...asGuest })),
    { 'keep-last': keptConfigs, 'keep-daily': keptConfigs },
    zone,
  );
  let removed = 0;
  for (const { backup } of marked.filter(({ mark }) => mark === 'remove')) {
    try {
      await storages.storage(id).remove(context, backup.volid.slice(id.length + 1));
      context.log(`removed '${backup.volid}'`);
      removed += 1;
    } catch (error) {
      // Protected meanwhile.
      if (!hasCode(error, 'wrong-state')) throw error;
    }
  }
  return removed;
}
