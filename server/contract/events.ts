// The event stream `/cluster/events`: what every UI and subscriber gets, over SSE and WebSocket alike.
import type { ResourceItem } from './resources.ts';
import type { TaskItem } from './tasks.ts';

/**
 * One event. `seq` grows by one with each event of a daemon's life and never repeats across restarts.
 * A client that reconnects with the last `seq` it saw (header `Last-Event-ID`, or `?since=`) gets what it missed, or
 * one `reset` when that is no longer kept: then it reads the lists again.
 */
export type CroftEvent =
  | { readonly seq: number; readonly type: 'reset' }
  | { readonly seq: number; readonly type: 'resource'; readonly resource: ResourceItem }
  | { readonly seq: number; readonly type: 'resource-gone'; readonly id: string }
  | { readonly seq: number; readonly type: 'task'; readonly task: TaskItem }
  | {
      readonly seq: number;
      readonly type: 'task-log';
      readonly upid: string;
      /** How many lines of the log came before these. */
      readonly from: number;
      readonly lines: readonly string[];
    }
  /** A configuration changed: whoever shows it reads it again. `path` as in permissions: `/vms/100`, `/storage/local`. */
  | { readonly seq: number; readonly type: 'config'; readonly path: string };

export type CroftEventBody = CroftEvent extends infer E
  ? E extends CroftEvent
    ? Omit<E, 'seq'>
    : never
  : never;
