// What the pages and dialogs about storages read: how they are configured, and the types that there are.
import type { StorageType } from '../../../server/contract/storage-types.ts';
import { api } from '../../api/client.ts';
import { createQuery, type Query } from '../../api/query.ts';
import type { StorageConfig } from '../../forms/storage-form.ts';
import { live } from '../../live/store.ts';
import { onlineNodes } from '../create-guest/new-guest.ts';

/** How often any storage was configured since the page was opened. */
function configuredTimes(): number {
  return Object.entries(live.configChanges)
    .filter(([path]) => path.startsWith('/storage/'))
    .reduce((sum, [, times]) => sum + times, 0);
}

/** All configured storages that may be seen, by name; read again when one of them changes. */
export function createStorageConfigs(): Query<StorageConfig[]> {
  return createQuery(
    () => live.loaded && { revision: configuredTimes() },
    async () => {
      const all = await api('GET /storage', {});
      return all.sort((a, b) => a.storage.localeCompare(b.storage, undefined, { numeric: true }));
    },
  );
}

/** The node that is asked for what is the same on all of them. */
export const anyNode = (): string => onlineNodes()[0] ?? '';

export function createStorageTypes(): Query<StorageType[]> {
  return createQuery(
    () => anyNode() !== '' && { node: anyNode() },
    (from) => api('GET /nodes/{node}/storage-types', from),
  );
}
