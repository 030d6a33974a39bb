// What an order gets beside its own parameters while it is carried out.
import type { WorkerProgress } from './worker-orders.ts';

export interface Work {
  /** Aborted when the worker is to end: connections close at once, the process is killed soon. */
  readonly signal: AbortSignal;
  /** Empty, the worker's alone: for sockets. */
  readonly folder: string;
  /** For the task's log. */
  log(line: string): void;
  /** What was ordered is there to be used (`serve-vma`). */
  ready(): void;
  /** How far it is: asked twice a second from now on, and at the end. */
  watch(progress: () => WorkerProgress): void;
}
