// Deletes old tasks, a few at a time, so that the daemon never stands still for it.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../core/clock.ts';
import { asAppError } from '../core/errors.ts';
import type { TaskLogger } from './task-run.ts';
import type { TaskStore } from './task-store.ts';

export interface RetentionOptions {
  readonly store: TaskStore;
  readonly clock: Clock;
  readonly log: TaskLogger;
  /** Ended tasks older than this go; default 180. */
  readonly days?: number;
  /** The newest so many stay; default 10,000. */
  readonly keep?: number;
}

const batch = 100;
const pauseMs = 3600_000;
const dayMs = 86_400_000;

/** Deletes what is too old or too many now; returns how many went. */
export async function pruneTasks(options: RetentionOptions, signal?: AbortSignal): Promise<number> {
  const { store, clock, days = 180, keep = 10_000 } = options;
  const before = clock.now() - days * dayMs;
  for (let total = 0; ; ) {
    const count = store.prune({ before, keep, batch });
    total += count;
    if (count < batch || signal?.aborted) return total;
    await nextTurn();
  }
}

/** Prunes now and every hour, until the signal aborts. */
export async function keepPruningTasks(options: RetentionOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await pruneTasks(options, signal);
    } catch (error) {
      options.log.warn({ detail: asAppError(error).detail }, 'old tasks could not be deleted');
    }
    await options.clock.sleep(pauseMs, signal).catch(() => {});
  }
}
