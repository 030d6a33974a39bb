// The storages of this node in use: one guarded storage for each configuration, opened on demand and again after a change.
import type { Storage } from '../../storage-plugins/plugin.ts';
import type { PluginRegistry } from '../../storage-plugins/registry.ts';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { Circuit } from './circuit.ts';
import { guardStorage } from './guarded-storage.ts';
import { isDisabled, isForNode, type StorageConfig } from './storage-config.ts';

export interface OpenStoragesParts {
  readonly plugins: PluginRegistry;
  readonly node: string;
  readonly clock: Clock;
  /** Milliseconds for which a storage that failed is left alone. */
  readonly openCircuitMs: number;
  /** Shortens every time limit, for tests. */
  readonly callLimitMs?: number | undefined;
}

interface Opened {
  readonly version: number;
  readonly storage: Storage;
  readonly circuit: Circuit;
}

export class OpenStorages {
  readonly #parts: OpenStoragesParts;
  readonly #opened = new Map<string, Opened>();

  constructor(parts: OpenStoragesParts) {
    this.#parts = parts;
  }

  /** Why this node must not use it, by configuration; undefined when it may. */
  refusal(config: StorageConfig): string | undefined {
    if (isDisabled(config)) return `storage '${config.id}' is disabled`;
    if (!isForNode(config, this.#parts.node))
      return `storage '${config.id}' is not available on node '${this.#parts.node}'`;
    if (!this.#parts.plugins.has(config.type)) return `storage type '${config.type}' is not known here`;
    return undefined;
  }

  /** The storage, guarded; `unavailable` when configuration keeps this node from it. */
  get(config: StorageConfig): Storage {
    const refusal = this.refusal(config);
    if (refusal !== undefined) throw new AppError('unavailable', refusal);
    return this.#open(config).storage;
  }

  /** Why it cannot be used at the moment, as far as is known without asking it. */
  problem(config: StorageConfig): string | undefined {
    return this.#opened.get(config.id)?.circuit.problem;
  }

  /** Closes what is open of it: its configuration changed or is gone. */
  forget(id: string): void {
    this.#opened.delete(id);
  }

  /** A storage that is not stored yet, for a trial before it is. */
  trial(config: StorageConfig): Storage {
    return this.#make(config).storage;
  }

  #open(config: StorageConfig): Opened {
    let opened = this.#opened.get(config.id);
    if (!opened || opened.version !== config.version) {
      opened = this.#make(config);
      this.#opened.set(config.id, opened);
    }
    return opened;
  }

  #make(config: StorageConfig): Opened {
    const { plugins, clock, openCircuitMs, callLimitMs } = this.#parts;
    const circuit = new Circuit(config.id, clock, openCircuitMs);
    const plain = plugins.get(config.type).open(config.id, config.options);
    const storage = guardStorage(plain, { circuit, clock, limitMs: callLimitMs });
    return { version: config.version, storage, circuit };
  }
}
