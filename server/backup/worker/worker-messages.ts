// What the daemon and a worker tell each other. Passed by structured clone.
import type { PlainError } from '../../storage/isolation/messages.ts';
import type { WorkerOrder, WorkerProgress } from './worker-orders.ts';

export type ToWorker =
  /** The first message, once. `folder`: empty, the worker's alone, removed by the daemon. */
  { readonly kind: 'order'; readonly order: WorkerOrder; readonly folder: string } | { readonly kind: 'end' };

export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'progress'; readonly progress: WorkerProgress }
  | { readonly kind: 'log'; readonly line: string }
  /** The last message is one of these. */
  | { readonly kind: 'done'; readonly result: unknown }
  | { readonly kind: 'failed'; readonly error: PlainError };
