// The configured storages in the ClusterStore: list, create, change, remove.
import type { PluginRegistry } from '../../storage-plugins/registry.ts';
import type { ClusterStore } from '../cluster/cluster-store.ts';
import { AppError, hasCode, invalidInput, notFound } from '../core/errors.ts';
import {
  changeOptions,
  checkNewOptions,
  checkStorageDigest,
  readStorageDocument,
  type StorageConfig,
} from './storage-config.ts';

export interface StorageChange {
  readonly set: Readonly<Record<string, unknown>>;
  readonly delete?: readonly string[] | undefined;
  readonly digest?: string | undefined;
}

export class StorageConfigs {
  readonly #store: ClusterStore;
  readonly #plugins: PluginRegistry;

  constructor(store: ClusterStore, plugins: PluginRegistry) {
    this.#store = store;
    this.#plugins = plugins;
  }

  all(): StorageConfig[] {
    return this.#store.list('storages').map(readStorageDocument);
  }

  find(id: string): StorageConfig | undefined {
    if (!isStorageId(id)) return undefined;
    const document = this.#store.read(`storages/${id}`);
    return document && readStorageDocument(document);
  }

  get(id: string): StorageConfig {
    const config = this.find(id);
    if (!config) throw notFound('storage', id);
    return config;
  }

  /** Checks a new storage without storing it. */
  plan(id: string, type: string, given: Readonly<Record<string, unknown>>): StorageConfig {
    if (!isStorageId(id)) throw invalidInput({ storage: 'not a valid storage ID' });
    if (this.find(id)) throw new AppError('already-exists', `storage ID '${id}' already defined`);
    const plugin = this.#plugins.get(type);
    const options = checkNewOptions(plugin.declaration, given);
    plugin.open(id, options);
    return { id, type, options, version: 0 };
  }

  async store(planned: StorageConfig): Promise<StorageConfig> {
    const { id, type, options, version } = planned;
    try {
      return readStorageDocument(await this.#store.write(`storages/${id}`, { type, ...options }, version));
    } catch (error) {
      if (hasCode(error, 'wrong-state') && version === 0)
        throw new AppError('already-exists', `storage ID '${id}' already defined`, { cause: error });
      throw error;
    }
  }

  /** Checks a change without storing it. */
  planUpdate(id: string, change: StorageChange): StorageConfig {
    const config = this.get(id);
    checkStorageDigest(config, change.digest);
    const plugin = this.#plugins.get(config.type);
    const options = changeOptions(plugin.declaration, config, {
      set: change.set,
      delete: change.delete ?? [],
    });
    plugin.open(id, options);
    return { ...config, options };
  }

  async remove(id: string): Promise<void> {
    await this.#store.delete(`storages/${id}`, this.get(id).version);
  }

  /** Calls back with the id after each change. Returns how to stop. */
  watch(listener: (id: string) => void): () => void {
    return this.#store.watch('storages', ({ key }) => listener(key.slice('storages/'.length)));
  }
}

function isStorageId(id: string): boolean {
  return /^[a-z][a-z0-9._-]{0,98}[a-z0-9]$/i.test(id);
}
