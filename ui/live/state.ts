// What the UI knows of the cluster, and the one pure function that brings it up to date.
import type { CroftEvent } from '../../server/contract/events.ts';
import type { ResourceItem } from '../../server/contract/resources.ts';
import type { TaskItem } from '../../server/contract/tasks.ts';

/** Lines of a task's log that somebody looks at. */
export interface FollowedLog {
  readonly lines: readonly string[];
  /** Lines were missed: the log has to be read again. */
  readonly gap: boolean;
}

export interface LiveState {
  /** The last event taken in; 0 before the first. */
  readonly seq: number;
  /** The lists have been read at least once. */
  readonly loaded: boolean;
  /** Events were lost: the lists have to be read again. */
  readonly needsReload: boolean;
  readonly resources: Readonly<Record<string, ResourceItem>>;
  readonly tasks: Readonly<Record<string, TaskItem>>;
  /** Only of tasks that are followed. */
  readonly logs: Readonly<Record<string, FollowedLog>>;
  /** How often the configuration at a path (`/vms/100`) changed since the page was opened. */
  readonly configChanges: Readonly<Record<string, number>>;
  /** How many tasks on an object ended since the page was opened, by `node` and by `node/id`. */
  readonly tasksEnded: Readonly<Record<string, number>>;
}

export const emptyState: LiveState = {
  seq: 0,
  loaded: false,
  needsReload: false,
  resources: {},
  tasks: {},
  logs: {},
  configChanges: {},
  tasksEnded: {},
};

/** What happens besides the daemon's events: lists were read, a log is opened or closed in the UI. */
export type LocalEvent =
  | {
      readonly type: 'lists';
      readonly resources: readonly ResourceItem[];
      readonly tasks: readonly TaskItem[];
    }
  | { readonly type: 'log-read'; readonly upid: string; readonly lines: readonly string[] }
  | { readonly type: 'log-closed'; readonly upid: string };

export type LiveEvent = CroftEvent | LocalEvent;

/** Ended tasks kept beyond this are forgotten, oldest first; running ones never. */
const keptTasks = 500;

/** The state after an event. Pure; returns the same object when nothing changed. */
export function reduce(state: LiveState, event: LiveEvent): LiveState {
  switch (event.type) {
    case 'lists':
      return {
        ...state,
        loaded: true,
        needsReload: false,
        resources: Object.fromEntries(event.resources.map((item) => [item.id, exactly(item)])),
        tasks: Object.fromEntries(event.tasks.map((task) => [task.upid, task])),
        // Tasks may have ended unseen: whoever watches them reads again.
        tasksEnded: bumpAll(state, event.tasks),
      };
    case 'log-read':
      return {
        ...state,
        logs: { ...state.logs, [event.upid]: { lines: event.lines, gap: false } },
      };
    case 'log-closed': {
      if (!(event.upid in state.logs)) return state;
      const { [event.upid]: _closed, ...logs } = state.logs;
      return { ...state, logs };
    }
  }
  // A replay after a reconnect may overlap what was already taken in.
  if (event.seq <= state.seq && event.type !== 'reset') return state;
  const next: LiveState = { ...state, seq: event.seq };
  switch (event.type) {
    case 'reset':
      return {
        ...next,
        needsReload: true,
        logs: Object.fromEntries(
          Object.entries(state.logs).map(([upid, log]) => [upid, { ...log, gap: true }]),
        ),
      };
    case 'resource':
      return { ...next, resources: { ...state.resources, [event.resource.id]: exactly(event.resource) } };
    case 'resource-gone': {
      if (!(event.id in state.resources)) return next;
      const { [event.id]: _gone, ...resources } = state.resources;
      return { ...next, resources };
    }
    case 'task':
      return takeTask(next, event.task);
    case 'task-log':
      return takeLog(next, event.upid, event.from, event.lines);
    case 'config':
      return {
        ...next,
        configChanges: {
          ...state.configChanges,
          [event.path]: (state.configChanges[event.path] ?? 0) + 1,
        },
      };
  }
}

/** Lists of resources that `reduceAll` made, and may write into. */
const own = new WeakSet<LiveState['resources']>();

/**
 * The state after events in their order: the same as `reduce` one by one, but it takes the state over, which nobody may
 * read any more. A burst of changes of resources, as with every measurement, is written into the list that it made
 * before: copying thousands of entries thirty times a second would keep a browser busy.
 */
export function reduceAll(state: LiveState, events: readonly LiveEvent[]): LiveState {
  let next = state;
  for (let i = 0; i < events.length; ) {
    const event = events[i]!;
    if (event.type !== 'resource') {
      next = reduce(next, event);
      i += 1;
      continue;
    }
    const changed: Record<string, ResourceItem> = {};
    let seq = next.seq;
    for (let one = events[i]; one?.type === 'resource'; one = events[i]) {
      if (one.seq > seq) {
        changed[one.resource.id] = exactly(one.resource);
        seq = one.seq;
      }
      i += 1;
    }
    if (seq === next.seq) continue;
    const resources = own.has(next.resources) ? next.resources : { ...next.resources };
    own.add(Object.assign(resources, changed));
    next = { ...next, seq, resources };
  }
  return next;
}

/** Which resources the events may have changed; undefined: all. Who knows need not look through thousands. */
export function resourcesIn(events: readonly LiveEvent[]): ReadonlySet<string> | undefined {
  const ids = new Set<string>();
  for (const event of events)
    if (event.type === 'lists') return undefined;
    else if (event.type === 'resource') ids.add(event.resource.id);
    else if (event.type === 'resource-gone') ids.add(event.id);
  return ids;
}

/** The API counts a paused guest as running; people want to see that it stands. */
function exactly(item: ResourceItem): ResourceItem {
  return item.qmpstatus === undefined ? item : { ...item, status: item.qmpstatus };
}

/** True while a task has not ended. */
export function isActive(task: Pick<TaskItem, 'endtime'>): boolean {
  return task.endtime === undefined;
}

function takeTask(state: LiveState, task: TaskItem): LiveState {
  const before = state.tasks[task.upid];
  const ended = !isActive(task) && (before === undefined || isActive(before));
  let tasks: Record<string, TaskItem> = { ...state.tasks, [task.upid]: task };
  const all = Object.values(tasks);
  if (all.length > keptTasks) {
    const old = all.filter((one) => !isActive(one)).sort((a, b) => (a.endtime ?? 0) - (b.endtime ?? 0));
    const dropped = new Set(old.slice(0, all.length - keptTasks).map((one) => one.upid));
    tasks = Object.fromEntries(Object.entries(tasks).filter(([upid]) => !dropped.has(upid)));
  }
  return { ...state, tasks, tasksEnded: ended ? bump(state.tasksEnded, task) : state.tasksEnded };
}

function takeLog(state: LiveState, upid: string, from: number, lines: readonly string[]): LiveState {
  const log = state.logs[upid];
  if (log === undefined || log.gap) return state;
  if (from > log.lines.length) return { ...state, logs: { ...state.logs, [upid]: { ...log, gap: true } } };
  const known = log.lines.length - from;
  if (known >= lines.length) return state;
  const merged = [...log.lines, ...lines.slice(known)];
  return { ...state, logs: { ...state.logs, [upid]: { lines: merged, gap: false } } };
}

function bump(counts: LiveState['tasksEnded'], task: TaskItem): Record<string, number> {
  const next = { ...counts, [task.node]: (counts[task.node] ?? 0) + 1 };
  if (task.id !== '') next[`${task.node}/${task.id}`] = (counts[`${task.node}/${task.id}`] ?? 0) + 1;
  return next;
}

function bumpAll(state: LiveState, tasks: readonly TaskItem[]): LiveState['tasksEnded'] {
  if (!state.loaded) return state.tasksEnded;
  let counts = state.tasksEnded;
  for (const task of tasks) {
    const before = state.tasks[task.upid];
    if (!isActive(task) && (before === undefined || isActive(before))) counts = bump(counts, task);
  }
  return counts;
}
