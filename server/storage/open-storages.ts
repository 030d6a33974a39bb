// The storages of this node in use: one guarded storage for each configuration, opened on demand and again after a change.
import type { Storage } from '../../storage-plugins/plugin.ts';
import type { PluginRegistry } from '../../storage-plugins/registry.ts';
import type { Clock } from '../core/clock.ts';
import { AppError, asAppError } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';
import { quietContext } from '../core/work-context.ts';
import { Circuit } from './circuit.ts';
import { guardStorage } from './guarded-storage.ts';
import { isProcessStorage, type ProcessControl } from './isolation/storage-process.ts';
import { followImports } from './open-imports.ts';
import { isDisabled, isForNode, type StorageConfig } from './storage-config.ts';

export interface OpenStoragesParts {
  readonly plugins: PluginRegistry;
  readonly node: string;
  readonly clock: Clock;
  /** Milliseconds for which a storage that failed is left alone. */
  readonly openCircuitMs: number;
  /** Shortens every time limit, for tests. */
  readonly callLimitMs?: number | undefined;
  readonly log: Logger;
  /** Makes usable what the storage lies on: another storage. Rejects when that cannot be used. */
  readonly activateBase?: ((config: StorageConfig) => Promise<void>) | undefined;
}

/** State of a storage's circuit breaker. Times in milliseconds since the epoch. */
export type CircuitState = Circuit['open'];

interface Opened {
  readonly version: number;
  readonly storage: Storage;
  readonly circuit: Circuit;
  readonly process: ProcessControl | undefined;
}

export class OpenStorages {
  readonly #parts: OpenStoragesParts;
  readonly #opened = new Map<string, Opened>();
  /** Earlier lives that are being ended: the next one is activated after that. */
  readonly #ending = new Map<string, Promise<void>>();
  /** By id: for how many lost processes of each life what they had left was swept. */
  readonly #lives = new Map<string, Map<ProcessControl, number>>();
  readonly #sweeping = new Set<string>();
  /** By id: imports that somebody holds. */
  readonly #imports = new Map<string, Set<string>>();

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

  /** While its circuit breaker keeps callers away: since when, and when the next call is let through. */
  circuit(config: StorageConfig): CircuitState {
    return this.#opened.get(config.id)?.circuit.open;
  }

  /**
   * Does `sweep`, which is told the imports to keep and answers whether it worked, when the storage has lost processes since that was
   * done last. Only while the storage can be used and no other process of it runs than the present one, which knows its own work.
   */
  async sweepLost(
    config: StorageConfig,
    sweep: (held: readonly string[]) => Promise<boolean>,
  ): Promise<void> {
    const open = this.#opened.get(config.id);
    const lives = this.#lives.get(config.id);
    if (!open?.process || !lives || open.circuit.problem !== undefined) return;
    if (this.#ending.has(config.id) || this.#sweeping.has(config.id)) return;
    const all = [...lives.keys()].map((life) => ({ life, lost: life.lost }));
    if (all.every(({ life, lost }) => lost === lives.get(life))) return;
    if (all.some(({ life }) => life !== open.process && life.runs)) return;
    this.#sweeping.add(config.id);
    const held = [...(this.#imports.get(config.id) ?? [])];
    try {
      if (!(await sweep(held))) return;
    } finally {
      this.#sweeping.delete(config.id);
    }
    for (const { life, lost } of all) {
      if (life === open.process) lives.set(life, lost);
      else lives.delete(life);
    }
  }

  /**
   * Closes what is open of it: its configuration changed. What `activate` made stays, unless `deactivate` is asked for, and what is under
   * way is done to its end.
   */
  forget(id: string): void {
    this.#opened.get(id)?.process?.retire();
    this.#opened.delete(id);
  }

  /**
   * Takes away from this node what `activate` made of the storage as it was configured, and closes it. Bounded in time; that it did not
   * work is logged, not thrown.
   */
  async deactivate(config: StorageConfig): Promise<void> {
    if (this.refusal(config) !== undefined) return this.forget(config.id);
    const open = this.#opened.get(config.id);
    const isSame = open?.version === config.version;
    this.#opened.delete(config.id);
    if (!isSame) open?.process?.end();
    const earlier = this.#ending.get(config.id);
    const ending = (async () => {
      await earlier;
      await this.#end(config.id, () => (isSame ? open : this.#make(config)));
    })();
    this.#ending.set(config.id, ending);
    await ending;
    if (this.#ending.get(config.id) === ending) this.#ending.delete(config.id);
  }

  /** Activates a storage that is not stored yet. When it cannot be used nothing of it stays. */
  async tryOut(config: StorageConfig): Promise<void> {
    const opened = this.#make(config);
    try {
      await opened.storage.activate(quietContext());
    } catch (error) {
      await this.#end(config.id, () => opened);
      throw error;
    }
    opened.process?.end();
  }

  close(): void {
    for (const { process } of this.#opened.values()) process?.end();
    this.#opened.clear();
  }

  /** Never rejects. `open` throws when its plugin does not take any more what it took once. */
  async #end(id: string, open: () => Opened): Promise<void> {
    let opened: Opened | undefined;
    try {
      opened = open();
      await opened.storage.deactivate(quietContext());
    } catch (error) {
      const problem = asAppError(error).message;
      this.#parts.log.warn({ storage: id, problem }, 'storage was not deactivated');
    }
    opened?.process?.end();
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
    const { plugins, clock, openCircuitMs, callLimitMs, activateBase } = this.#parts;
    const circuit = new Circuit(config.id, clock, openCircuitMs);
    const plugin = plugins.get(config.type);
    const plain = plugin.open(config.id, config.options);
    const process = isProcessStorage(plain) ? plain : undefined;
    // Others than those in folders have programs do their work, which hold nothing of the daemon's.
    const holdsThreads = !process && plugin.declaration.options.some(({ type }) => type === 'path');
    const held = this.#imports.get(config.id) ?? new Set<string>();
    this.#imports.set(config.id, held);
    const guarded = guardStorage(plain, {
      ...{ circuit, clock, process, holdsThreads, limitMs: callLimitMs },
      beforeActivation: async () => {
        await this.#ending.get(config.id);
        await activateBase?.(config);
      },
    });
    if (process) this.#remember(config.id, process);
    return { version: config.version, storage: followImports(guarded, held), circuit, process };
  }

  #remember(id: string, process: ProcessControl): void {
    const lives = this.#lives.get(id) ?? new Map<ProcessControl, number>();
    for (const [life, swept] of lives) if (!life.runs && life.lost === swept) lives.delete(life);
    lives.set(process, 0);
    this.#lives.set(id, lives);
  }
}
