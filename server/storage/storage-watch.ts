// What is done for all storages again and again: measured, cleaned of what lost processes left, and of templates nobody uses.
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import type { OpenStorages } from './open-storages.ts';
import type { StorageConfigs } from './storage-configs.ts';
import type { StorageStatuses } from './storage-statuses.ts';
import { sweepStorage } from './storage-sweep.ts';
import { dayMs } from './template-sweep.ts';

export interface WatchParts {
  readonly configs: StorageConfigs;
  readonly opened: OpenStorages;
  readonly statuses: StorageStatuses;
  readonly sweepTemplates: () => Promise<unknown>;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface WatchOptions {
  /** Milliseconds; 10,000. */
  readonly everyMs?: number;
  /** Texts that mention imports which are to stay: those of tasks that have not ended. */
  readonly keep?: () => readonly string[];
}

/** Until `signal` aborts; waits for no storage. Never rejects. */
export async function watchStorages(
  { configs, opened, statuses, sweepTemplates, clock, log }: WatchParts,
  { everyMs = 10_000, keep = () => [] }: WatchOptions,
  signal: AbortSignal,
): Promise<void> {
  let sweptAt = clock.now();
  while (!signal.aborted) {
    if (clock.now() - sweptAt >= dayMs) {
      sweptAt = clock.now();
      void sweepTemplates();
    }
    for (const config of configs.all()) {
      if (opened.refusal(config) === undefined) void statuses.refresh(config, true);
      void opened.sweepLost(config, (held) =>
        sweepStorage({ opened, log }, config, () => [...held, ...keep()]),
      );
    }
    await clock.sleep(everyMs, signal).catch(() => {});
  }
}
