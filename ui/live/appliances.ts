// What every reachable node says of itself as an appliance: read once, and again when something on it changed.
import { createEffect, createMemo, mapArray, onCleanup } from 'solid-js';
import { createStore, reconcile } from 'solid-js/store';
import type { ApplianceStatus } from '../../server/contract/appliance.ts';
import { api } from '../api/client.ts';
import { type ApiError, asApiError } from '../api/errors.ts';
import { connectionState, live, nodes } from './store.ts';

interface Reading {
  readonly status?: ApplianceStatus;
  readonly error?: ApiError | undefined;
}

const [readings, setReadings] = createStore<Record<string, Reading | undefined>>({});

/** The last reading; kept while the node is away. */
export function applianceOf(node: string): ApplianceStatus | undefined {
  return readings[node]?.status;
}

/** Why the last reading failed, if it did. */
export function applianceError(node: string): ApiError | undefined {
  return readings[node]?.error;
}

/** All readings by node. */
export function appliances(): Readonly<Record<string, ApplianceStatus>> {
  return Object.fromEntries(
    Object.entries(readings).flatMap(([node, reading]) => (reading?.status ? [[node, reading.status]] : [])),
  );
}

/** The nodes that run from a medium and forget everything. */
export function liveNodes(): string[] {
  return nodes()
    .map((one) => one.node)
    .filter((node) => applianceOf(node)?.mode === 'live')
    .sort();
}

export async function readAppliance(node: string): Promise<void> {
  try {
    const status = await api('GET /nodes/{node}/appliance', { node });
    // As a whole: what is not in the answer any more must go.
    setReadings(node, reconcile<Reading, Reading | undefined>({ status }));
  } catch (thrown) {
    setReadings(node, (before) => ({ ...before, error: asApiError(thrown) }));
  }
}

/** Called once by the shell. A node is read when it is there, when the connection is back, when a task on it ended. */
export function followAppliances(): void {
  const online = createMemo(
    () =>
      nodes()
        .filter((one) => one.status === 'online')
        .map((one) => one.node)
        .sort(),
    [],
    { equals: (a, b) => a.join() === b.join() },
  );
  /** The newest ended task of each node that is not about a guest: those are many, and change nothing here. */
  const newest = createMemo(() => {
    const ends: Record<string, number> = {};
    for (const task of Object.values(live.tasks))
      if (task?.endtime !== undefined && !/^\d+$/.test(task.id))
        ends[task.node] = Math.max(ends[task.node] ?? 0, task.endtime);
    return ends;
  });
  const followers = mapArray(online, (node) => {
    const changed = createMemo(() => `${newest()[node]} ${live.configChanges[`/nodes/${node}`]}`);
    createEffect(() => {
      changed();
      if (connectionState() === 'live') void readAppliance(node);
    });
  });
  createEffect(followers);
  // Whoever logs in next may see other things.
  onCleanup(() => setReadings(reconcile({})));
}
