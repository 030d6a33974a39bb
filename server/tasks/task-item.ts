// A task's record as the API shows it.
import type { TaskItem } from '../contract/tasks.ts';
import { isEnded, type TaskRecord } from './task.ts';
import { readUpid } from './upid.ts';

/** The list entry of a record. */
export function taskItem(record: TaskRecord): TaskItem {
  const { upid, state, waitingFor, progress, bytes, endedAt, exitStatus } = record;
  const parts = readUpid(upid);
  return {
    upid,
    node: record.node,
    pid: parts?.pid ?? 0,
    pstart: parts?.pstart ?? 0,
    starttime: Math.floor(record.createdAt / 1000),
    ...(endedAt === undefined ? {} : { endtime: Math.floor(endedAt / 1000) }),
    type: record.type,
    id: record.objectId,
    user: record.requester,
    ...(exitStatus === undefined ? {} : { status: exitStatus }),
    state,
    ...(waitingFor === undefined ? {} : { waitingFor }),
    ...(progress === undefined ? {} : { progress }),
    ...(bytes === undefined || endedAt !== undefined ? {} : { bytes }),
    description: record.description,
    cancellable: canBeCancelled(record),
  };
}

function canBeCancelled(record: TaskRecord): boolean {
  if (isEnded(record) || record.state === 'cancelling') return false;
  return record.cancellable || record.state === 'queued' || record.state === 'waiting-for-lock';
}
