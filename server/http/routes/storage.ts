// Routes of storages: their configuration below /storage, and their state and content below /nodes/{node}/storage.

import type { ProofStore } from '../../backup/proof/proof-store.ts';
import { getStorageRrdData } from '../../contract/node-storage.ts';
import { readList } from '../../contract/params.ts';
import {
  createStorage,
  deleteStorage,
  getStorage,
  listStorages,
  updateStorage,
} from '../../contract/storage.ts';
import { invalidInput } from '../../core/errors.ts';
import type { OrphanFinder } from '../../guests/orphan-finder.ts';
import type { ReadSeries } from '../../metrics/read-series.ts';
import type { AllowAddress } from '../../storage/address-guard.ts';
import { digestOf, renderConfig, type StorageConfig } from '../../storage/storage-config.ts';
import type { StorageService } from '../../storage/storage-service.ts';
import type { TaskRunner } from '../../tasks/task-runner.ts';
import { type Caller, type Route, route } from '../route.ts';
import { storageContentRoutes } from './storage-content.ts';
import { storageImportRoutes } from './storage-import.ts';
import { storagePruneRoutes } from './storage-prune.ts';
import { storageTransferRoutes } from './storage-transfer.ts';
import { storageVolumeRoutes } from './storage-volumes.ts';

export interface StorageRouteParts {
  readonly storages: StorageService;
  readonly tasks: Pick<TaskRunner, 'start' | 'wait'>;
  readonly orphans: OrphanFinder;
  /** What came of trying to restore backups; without it lists say nothing of that. */
  readonly proofs?: Pick<ProofStore, 'listed'>;
  /** Measurements, by series: `storage/pve1/local`. */
  readonly series: ReadSeries;
  /** For `query-url-metadata`; the same rule that downloads have. */
  readonly allowAddress?: AllowAddress;
}

/** All routes of storages; their task kinds are those of `storage-kinds.ts`. */
export function storageRoutes(parts: StorageRouteParts): Route[] {
  return [
    ...configRoutes(parts.storages),
    ...storageContentRoutes(parts),
    ...storageImportRoutes(parts),
    ...storagePruneRoutes(parts),
    ...storageTransferRoutes(parts),
    ...storageVolumeRoutes(parts),
    route(getStorageRrdData, ({ params }) => {
      parts.storages.config(params.storage);
      return parts.series(
        `storage/${params.node}/${params.storage}`,
        params.timeframe,
        params.cf ?? 'AVERAGE',
      );
    }),
  ];
}

function configRoutes(storages: StorageService): Route[] {
  const render = (config: StorageConfig) => renderConfig(config, storages.declaration(config));
  return [
    route(listStorages, ({ params, caller }) =>
      storages
        .configs(params.type)
        .filter((config) => mayLookAt(caller, config.id))
        .map((config) => ({ ...render(config), digest: digestOf(config) })),
    ),
    route(createStorage, async ({ params }) => {
      const { storage, type, ...options } = params;
      const created = await storages.create(storage, type, withOthers(options));
      return { storage, type: created.type };
    }),
    route(getStorage, ({ params }) => {
      const config = storages.config(params.storage);
      return { ...render(config), digest: digestOf(config) };
    }),
    route(updateStorage, async ({ params }) => {
      const { storage, digest, delete: deleted, ...set } = params;
      const updated = await storages.update(storage, {
        set: withOthers(set),
        delete: readList(deleted),
        digest,
      });
      return { storage, type: updated.type };
    }),
    route(deleteStorage, async ({ params }) => {
      await storages.remove(params.storage);
      return null;
    }),
  ];
}

/** The options with those of `plugin-options` among them. `invalid-input` for what is no JSON object, or given twice. */
function withOthers({
  'plugin-options': text,
  ...options
}: Readonly<Record<string, unknown>>): Record<string, unknown> {
  if (text === undefined) return options;
  const refuse = (rule: string) => invalidInput({ 'plugin-options': rule });
  let others: unknown;
  try {
    others = JSON.parse(String(text));
  } catch {
    throw refuse('is not JSON');
  }
  if (typeof others !== 'object' || others === null || Array.isArray(others))
    throw refuse('must be a JSON object');
  for (const [name, value] of Object.entries(others)) {
    if (!/^[a-z][a-z0-9_-]{0,63}$/i.test(name)) throw refuse('names are letters, digits, - and _');
    if (!['string', 'number', 'boolean'].includes(typeof value)) throw refuse(`'${name}' is no plain value`);
    if (Object.hasOwn(createStorage.params.shape, name)) throw refuse(`'${name}' is a parameter of its own`);
  }
  return { ...options, ...others };
}

/** The rule of lists: who may audit a storage or use its space sees it. */
export function mayLookAt(caller: Caller, storage: string): boolean {
  const path = `/storage/${storage}`;
  return caller.may(path, 'Datastore.Audit') || caller.may(path, 'Datastore.AllocateSpace');
}
