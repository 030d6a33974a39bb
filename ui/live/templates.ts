// Templates in the making: which task makes which, also when another page is looked at.
import { createSignal } from 'solid-js';
import type { TaskItem } from '../../server/contract/tasks.ts';
import { api } from '../api/client.ts';
import { isActive } from './state.ts';
import { live, runningTasks } from './store.ts';
import { watchTask } from './watched.ts';

interface Making {
  readonly upid: string;
  readonly storage: string;
}

/** By `node template`. */
const [makings, setMakings] = createSignal<Readonly<Record<string, Making>>>({});

/** Builds or downloads a template into a storage. */
export async function makeTemplate(node: string, storage: string, template: string): Promise<void> {
  const upid = await api('POST /nodes/{node}/aplinfo', { node, storage, template });
  watchTask(upid);
  setMakings((all) => ({ ...all, [`${node} ${template}`]: { upid, storage } }));
}

/** The making that was asked for here, going on or ended. */
function makingOf(node: string, template: string): Making | undefined {
  return makings()[`${node} ${template}`];
}

/** The task that makes a template now, or made it last; also one that was started elsewhere, as long as it runs. */
export function makingTask(node: string, template: string): TaskItem | undefined {
  const own = makingOf(node, template);
  const task = own && live.tasks[own.upid];
  if (task && isActive(task)) return task;
  return runningTasks().find((one) => one.node === node && one.description.includes(template)) ?? task;
}
