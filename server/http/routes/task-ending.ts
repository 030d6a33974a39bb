// Ending tasks for somebody: who may, and the shutdowns that a stop overrules.
import { hasCode } from '../../core/errors.ts';
import { isEnded, type TaskRecord } from '../../tasks/task.ts';
import type { TaskRunner } from '../../tasks/task-runner.ts';
import type { TaskStore } from '../../tasks/task-store.ts';
import type { Caller } from '../route.ts';

/** One's own, also when a token of one's began it, and with `Sys.Modify` on its node everybody's. */
export function mayEndTask(caller: Caller, record: Pick<TaskRecord, 'requester' | 'node'>): boolean {
  const own = record.requester.split('!', 1)[0] === caller.userid;
  return own || caller.may(`/nodes/${record.node}`, 'Sys.Modify');
}

/** Ends the guest's tasks of a type (`vzshutdown`, `qmshutdown`) that run or wait, as far as the caller may; others are left alone. */
export type OverruleShutdowns = (caller: Caller, type: string, vmid: number) => Promise<void>;

export function createOverruling(
  store: Pick<TaskStore, 'list'>,
  runner: Pick<TaskRunner, 'cancel'>,
): OverruleShutdowns {
  return async (caller, type, vmid) => {
    const { tasks } = store.list({ source: 'active', type, objectId: String(vmid) });
    for (const record of tasks) {
      if (record.type !== type || isEnded(record) || !mayEndTask(caller, record)) continue;
      await runner.cancel(record.upid).catch((error: unknown) => {
        // It ended meanwhile.
        if (!hasCode(error, 'not-found')) throw error;
      });
    }
  };
}
