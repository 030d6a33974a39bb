// Steps that a disk's tasks have for storages: one is added on what was made, or those on what goes are removed first.
import { AppError } from '../../core/errors.ts';
import type { StorageConfig } from '../../storage/storage-config.ts';
import type { TaskStep } from '../task.ts';
import type { DiskKindParts } from './disk-target.ts';

/** A storage on what a task makes. */
export interface DiskStorage {
  readonly id: string;
  readonly type: 'dir' | 'lvm' | 'lvmthin';
  /** Where it lies: `path`, or `vgname` and `thinpool`; by these it is known to be the task's own. */
  readonly place: Readonly<Record<string, string>>;
  readonly options?: Readonly<Record<string, string>>;
}

/** Before anything is made: `already-exists`, or `unsupported` when this node has no such storages. */
export function checkNewStorage({ storages }: DiskKindParts, { id, type }: DiskStorage): void {
  if (storages.configs().some((config) => config.id === id))
    throw new AppError('already-exists', `name: a storage '${id}' exists already`);
  if (contentsOf(storages, type).length === 0)
    throw new AppError('unsupported', `add_storage: there are no storages of type '${type}' here`);
}

/** Adds `storageOf`, undefined for none; its undo removes only that. */
export function addStorageStep<P, S>(
  parts: DiskKindParts,
  storageOf: (params: P) => DiskStorage | undefined,
): TaskStep<P, S> {
  const { storages, node } = parts;
  const own = (wanted: DiskStorage) =>
    storages
      .configs()
      .find(
        (config) =>
          config.id === wanted.id &&
          config.type === wanted.type &&
          Object.entries(wanted.place).every(([key, value]) => config.options[key] === value),
      );
  return {
    name: 'add-storage',
    async run(context, params) {
      const wanted = storageOf(params);
      if (!wanted || own(wanted)) return;
      const { id, type, place, options } = wanted;
      const content = contentsOf(storages, type).join(',');
      await storages.create(id, type, { ...place, ...options, content, nodes: node });
      context.log(`storage '${id}' is there`);
    },
    async undo(_context, params) {
      const wanted = storageOf(params);
      if (wanted && own(wanted)) await storages.remove(wanted.id);
    },
  };
}

/** All kinds that the type holds. */
function contentsOf(storages: DiskKindParts['storages'], type: string): readonly string[] {
  const config: StorageConfig = { id: '', type, options: {}, version: 0 };
  return storages.declaration(config)?.contents ?? [];
}

/**
 * May what the storages lie on be taken away? `busy`, saying whose it is: a storage unless `removeToo`, and always a guest with
 * volumes there.
 */
export function requireUnusedStorages(
  parts: DiskKindParts,
  what: string,
  ids: readonly string[],
  removeToo: boolean,
): void {
  const guests = [...new Set(ids.flatMap((id) => parts.storageUsers(id)))];
  if (guests.length > 0)
    throw new AppError(
      'busy',
      `${what} is in use: ${guests.join(', ')} has volumes on storage ${ids.join(', ')}`,
      {
        data: { holders: guests },
      },
    );
  if (ids.length > 0 && !removeToo)
    throw new AppError(
      'busy',
      `${what} is in use: storage ${ids.join(', ')} lies on it; remove it first, or give 'cleanup-config'`,
      { data: { holders: ids } },
    );
}

/** Removes the storages that an earlier step wrote down. */
export function removeStoragesStep<P, S extends { storages: readonly string[] }>(
  parts: DiskKindParts,
): TaskStep<P, S> {
  return {
    name: 'remove-storages',
    async run(context, _params, { storages: ids = [] }) {
      for (const id of ids) {
        if (!parts.storages.configs().some((config) => config.id === id)) continue;
        await parts.storages.remove(id);
        context.log(`storage '${id}' is no longer configured`);
      }
    },
  };
}
