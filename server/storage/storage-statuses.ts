// What lists show of storages: usage and problems, measured in the background so that a list never waits for a storage.
import type { StorageUsage } from '../../storage-plugins/plugin.ts';
import type { Clock } from '../core/clock.ts';
import { asAppError } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';
import { quietContext } from '../core/work-context.ts';
import type { OpenStorages } from './open-storages.ts';
import { type SpaceLevel, spaceLevel } from './space-alerts.ts';
import type { StorageConfig } from './storage-config.ts';

export interface Measured {
  readonly usage: StorageUsage | undefined;
  /** Why it cannot be used; undefined when it can. */
  readonly problem: string | undefined;
  /** How full it is, in levels. */
  readonly space?: SpaceLevel;
}

export interface StatusesParts {
  readonly opened: OpenStorages;
  readonly clock: Clock;
  readonly log: Logger;
  /** Age in milliseconds from which a usage is measured again when asked for. */
  readonly freshMs: number;
  /** Longest that a list waits for a storage that was never measured, in milliseconds. */
  readonly firstWaitMs: number;
  /** Called when something in it changed. */
  readonly changed: (id: string) => void;
}

interface Entry {
  readonly version: number;
  measured: Measured | undefined;
  at: number;
  running: Promise<void> | undefined;
}

export class StorageStatuses {
  readonly #parts: StatusesParts;
  readonly #entries = new Map<string, Entry>();

  constructor(parts: StatusesParts) {
    this.#parts = parts;
  }

  /** What is known, at once; undefined when nothing is. */
  known(config: StorageConfig): Measured | undefined {
    const refusal = this.#parts.opened.refusal(config);
    if (refusal !== undefined) return { usage: undefined, problem: refusal };
    const entry = this.#entries.get(config.id);
    return entry?.version === config.version ? entry.measured : undefined;
  }

  /** What is known, refreshed in the background when it is old; only the first time it waits, and not for long. */
  async get(config: StorageConfig): Promise<Measured> {
    const refusal = this.#parts.opened.refusal(config);
    if (refusal !== undefined) return { usage: undefined, problem: refusal };
    const refreshed = this.refresh(config);
    const known = this.known(config);
    if (known) return known;
    const wait = new AbortController();
    const { clock, firstWaitMs } = this.#parts;
    await Promise.race([refreshed, clock.sleep(firstWaitMs, wait.signal).catch(() => {})]);
    wait.abort();
    return this.known(config) ?? { usage: undefined, problem: 'the storage does not answer' };
  }

  /** Measures when the last measure is older than `freshMs`, or always with `force`; never rejects, never twice at once. */
  refresh(config: StorageConfig, force = false): Promise<void> {
    let entry = this.#entries.get(config.id);
    if (entry?.version !== config.version) {
      entry = {
        version: config.version,
        measured: undefined,
        at: Number.NEGATIVE_INFINITY,
        running: undefined,
      };
      this.#entries.set(config.id, entry);
    }
    if (entry.running) return entry.running;
    if (!force && this.#parts.clock.now() - entry.at < this.#parts.freshMs) return Promise.resolve();
    const target = entry;
    target.running = this.#measure(config, target).finally(() => {
      target.running = undefined;
    });
    return target.running;
  }

  async #measure(config: StorageConfig, entry: Entry): Promise<void> {
    const before = JSON.stringify(entry.measured);
    try {
      const usage = await this.#parts.opened.get(config).usage(quietContext());
      const used = usage.totalBytes === 0 ? 0 : usage.usedBytes / usage.totalBytes;
      const space = spaceLevel(used, entry.measured?.space);
      this.#tell(config.id, entry.measured, { usage, problem: undefined, space });
      entry.measured = { usage, problem: undefined, space };
    } catch (thrown) {
      const error = asAppError(thrown);
      const problem = this.#parts.opened.problem(config) ?? error.message;
      // The last sizes stay: a bar that jumps to nothing tells less than a bar with a warning.
      const { usage, space } = entry.measured ?? {};
      entry.measured = { usage, problem, ...(space === undefined ? {} : { space }) };
    }
    entry.at = this.#parts.clock.now();
    if (JSON.stringify(entry.measured) === before) return;
    if (entry.measured.problem !== undefined)
      this.#parts.log.warn({ storage: config.id, problem: entry.measured.problem }, 'storage cannot be used');
    this.#parts.changed(config.id);
  }

  /** What is news for whoever reads the log: fuller than before, and what its plugin warns of. */
  #tell(id: string, before: Measured | undefined, now: Measured): void {
    const { log } = this.#parts;
    const level = now.space ?? 0;
    if (level > (before?.space ?? 0)) log.warn({ storage: id, percent: level }, 'storage is filling up');
    const known = before?.usage?.warnings ?? [];
    for (const warning of now.usage?.warnings ?? [])
      if (!known.includes(warning)) log.warn({ storage: id, warning }, 'storage has a warning');
  }

  forget(id: string): void {
    this.#entries.delete(id);
  }
}
