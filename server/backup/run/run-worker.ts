// One order for a backup's worker, from a task's step: its words into the log, its end awaited.
import type { WorkContext } from '../../core/work-context.ts';
import { startBackupWorker, type WorkerHost } from '../worker/backup-worker.ts';
import type { WorkerOrder, WorkerProgress, WorkerResult } from '../worker/worker-orders.ts';

export interface OrderOptions {
  /** As `WorkerOptions` has it. */
  readonly ioPriority?: number | undefined;
  onProgress?(progress: WorkerProgress): void;
}

/** Rejects as a worker's `done`; whenever it settles, the process is gone, or can do no more harm. */
export type RunOrder = <Order extends WorkerOrder>(
  context: WorkContext,
  order: Order,
  options?: OrderOptions,
) => Promise<WorkerResult<Order>>;

/** By real workers: a process for each order. */
export function createOrderRunner(host: WorkerHost): RunOrder {
  return (context, order, options = {}) =>
    startBackupWorker(order, {
      ...{ ...options, host, signal: context.signal },
      onLog: (line) => context.log(line),
    }).done;
}
