// Which tasks of a node's history are shown: the same filter asked of the daemon and of the tasks that are on the page. Pure.
import type { TaskItem } from '../../../server/contract/tasks.ts';

export const outcomes = ['', 'running', 'ok', 'warning', 'error'] as const;
export type Outcome = (typeof outcomes)[number];

export interface TaskFilter {
  /** Empty: all. */
  readonly outcome: Outcome;
  /** A part of the user's name. */
  readonly user: string;
  /** A guest's number; empty: all. */
  readonly vmid: string;
}

export const anyTask: TaskFilter = { outcome: '', user: '', vmid: '' };

/** What is no number of a guest is not asked for. */
function vmidOf(filter: TaskFilter): number | undefined {
  return /^[1-9]\d{2,8}$/.test(filter.vmid.trim()) ? Number(filter.vmid.trim()) : undefined;
}

/** As the parameters of `GET /nodes/{node}/tasks`. */
export function taskQuery(filter: TaskFilter) {
  const vmid = vmidOf(filter);
  const user = filter.user.trim();
  return {
    source: filter.outcome === 'running' ? ('active' as const) : ('all' as const),
    ...(filter.outcome === '' || filter.outcome === 'running' ? {} : { statusfilter: filter.outcome }),
    ...(user === '' ? {} : { userfilter: user }),
    ...(vmid === undefined ? {} : { vmid }),
  };
}

function outcomeOf(task: TaskItem): Outcome {
  if (task.endtime === undefined) return 'running';
  if (task.state === 'ok') return 'ok';
  return task.state === 'warnings' ? 'warning' : 'error';
}

export function matchesTask(task: TaskItem, filter: TaskFilter): boolean {
  const vmid = vmidOf(filter);
  return (
    (filter.outcome === '' || outcomeOf(task) === filter.outcome) &&
    task.user.toLowerCase().includes(filter.user.trim().toLowerCase()) &&
    (vmid === undefined || task.id === String(vmid))
  );
}

/** Both lists as one, newest first; a task that the page follows is newer than the one that was read. */
export function mergeTasks(
  followed: readonly TaskItem[],
  read: readonly TaskItem[],
  filter: TaskFilter,
): TaskItem[] {
  const all = new Map(read.map((task) => [task.upid, task]));
  for (const task of followed) all.set(task.upid, task);
  return [...all.values()]
    .filter((task) => matchesTask(task, filter))
    .sort((a, b) => b.starttime - a.starttime || (a.upid < b.upid ? 1 : -1));
}
