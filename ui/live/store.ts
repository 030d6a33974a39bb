// The live state as a Solid store: what every page reads. Fed only through the reducer, in batches.
import { batch, createSignal } from 'solid-js';
import { createStore, reconcile } from 'solid-js/store';
import type { ResourceItem } from '../../server/contract/resources.ts';
import type { TaskItem } from '../../server/contract/tasks.ts';
import { api } from '../api/client.ts';
import { type ConnectionState, connect, type EventSocket } from './connection.ts';
import { emptyState, isActive, type LiveEvent, type LiveState, reduceAll, resourcesIn } from './state.ts';

const [live, setLive] = createStore<LiveState>(structuredClone(emptyState));
const [connectionState, setConnectionState] = createSignal<ConnectionState>('connecting');

export { connectionState, live };

/** The reducer's own state: the store follows it. */
let current: LiveState = emptyState;
let waiting: LiveEvent[] = [];
let flushing = false;
/** Bursts are shown together, about once a frame; a timer and not a frame, because hidden pages have no frames. */
const batchMs = 16;

function take(events: readonly LiveEvent[]): void {
  waiting.push(...events);
  if (flushing) return;
  flushing = true;
  setTimeout(flush, current.loaded ? batchMs : 0);
}

function flush(): void {
  flushing = false;
  const events = waiting;
  waiting = [];
  const before = current;
  current = reduceAll(before, events);
  if (current !== before) batch(() => follow(before, current, resourcesIn(events)));
}

/** Writes into the store what differs. `changed`: the resources that do, as far as their state before is not known; all are compared when it is not said. */
function follow(before: LiveState, after: LiveState, changed?: Iterable<string>): void {
  setLive({ seq: after.seq, loaded: after.loaded, needsReload: after.needsReload });
  if (changed) for (const id of changed) write('resources', id, after.resources[id]);
  else followRecord('resources', before.resources, after.resources);
  if (before.tasks !== after.tasks) followRecord('tasks', before.tasks, after.tasks);
  if (before.logs !== after.logs) followRecord('logs', before.logs, after.logs);
  if (before.configChanges !== after.configChanges) setLive({ configChanges: after.configChanges });
  if (before.tasksEnded !== after.tasksEnded) setLive({ tasksEnded: after.tasksEnded });
}

type Records = 'resources' | 'tasks' | 'logs';

function followRecord<K extends Records>(name: K, before: LiveState[K], after: LiveState[K]): void {
  for (const key in before) if (!Object.hasOwn(after, key)) write(name, key, undefined);
  for (const key in after) if (before[key] !== after[key]) write(name, key, after[key]);
}

/** The store writes into what it holds, so it gets objects of its own; a log's lines are replaced as a whole. */
function write<K extends Records>(name: K, key: string, value: LiveState[K][string] | undefined): void {
  const set = setLive as unknown as (name: K, key: string, value: unknown) => void;
  const own = value && { ...value };
  set(name, key, own === undefined || name === 'logs' ? own : reconcile(own));
}

let connection: ReturnType<typeof connect> | undefined;

function openSocket(since: number | undefined): EventSocket {
  const url = new URL('/api2/json/cluster/events', location.href);
  url.protocol = url.protocol === 'http:' ? 'ws:' : 'wss:';
  if (since !== undefined) url.searchParams.set('since', String(since));
  const socket = new WebSocket(url);
  return socket as unknown as EventSocket;
}

/** Begins to follow the daemon; called when somebody has logged in. */
export function startLive(): void {
  stopLive();
  connection = connect({
    openSocket,
    readLists: async () => {
      const [resources, tasks] = await Promise.all([
        api('GET /cluster/resources', {}),
        api('GET /cluster/tasks', {}),
      ]);
      return { resources, tasks };
    },
    take,
    show: (state) => {
      setConnectionState(state);
      // A refused WebSocket does not say why; a call does, and an expired session ends at the log-in page.
      if (state === 'reconnecting') api('GET /version', {}).catch(() => {});
    },
    after: (ms, then) => {
      const timer = setTimeout(then, ms);
      return () => clearTimeout(timer);
    },
  });
}

export function stopLive(): void {
  connection?.close();
  connection = undefined;
  waiting = [];
  const before = current;
  current = emptyState;
  batch(() => follow(before, emptyState));
  setConnectionState('connecting');
}

/** Tries at once instead of waiting for the next attempt. */
export function reconnectNow(): void {
  connection?.retryNow();
}

if (typeof window !== 'undefined') window.addEventListener('online', reconnectNow);

const isThere = <T>(item: T | undefined): item is T => item !== undefined;

export function guests(): ResourceItem[] {
  return Object.values(live.resources).filter((one) => isThere(one) && one.vmid !== undefined);
}
export function nodes(): ResourceItem[] {
  return Object.values(live.resources).filter((one) => isThere(one) && one.type === 'node');
}
export function storages(): ResourceItem[] {
  return Object.values(live.resources).filter((one) => isThere(one) && one.type === 'storage');
}
export function guestOf(vmid: number): ResourceItem | undefined {
  return live.resources[`qemu/${vmid}`] ?? live.resources[`lxc/${vmid}`];
}
export function nodeOf(name: string): ResourceItem | undefined {
  return live.resources[`node/${name}`];
}

/** All known tasks, newest first. */
export function tasks(): TaskItem[] {
  return Object.values(live.tasks)
    .filter(isThere)
    .sort((a, b) => b.starttime - a.starttime || (a.upid < b.upid ? 1 : -1));
}
export function runningTasks(): TaskItem[] {
  return tasks().filter(isActive);
}

/** Grows when the configuration at the path changes, or a task on the object ends: pages read again then. */
export function revision(configPath: string, tasksOn: string): number {
  return (live.configChanges[configPath] ?? 0) + (live.tasksEnded[tasksOn] ?? 0) + (live.loaded ? 1 : 0);
}

/** Reads a task's log and keeps it current until `closeLog`. */
export async function openLog(node: string, upid: string): Promise<void> {
  const lines = await api('GET /nodes/{node}/tasks/{upid}/log', { node, upid, start: 0, limit: 50_000 });
  // An empty log is answered as one line that says so.
  const texts = lines.length === 1 && lines[0]?.t === 'no content' ? [] : lines.map((line) => line.t);
  take([{ type: 'log-read', upid, lines: texts }]);
}

export function closeLog(upid: string): void {
  take([{ type: 'log-closed', upid }]);
}
