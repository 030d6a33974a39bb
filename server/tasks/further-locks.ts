// Locks that a task takes for a moment, on top of those that it has from its beginning to its end.
import { AppError } from '../core/errors.ts';
import type { LockQueue } from './lock-queue.ts';
import type { LockRef, TaskRecord } from './task.ts';
import type { TaskJournal } from './task-journal.ts';

export interface FurtherLockParts {
  readonly locks: LockQueue;
  ancestorsOf(record: TaskRecord): Set<string>;
  waitText(lock: LockRef, holder: string, owner: string): string;
}

/**
 * Resolves with their release; what it waits for is told in the record meanwhile. Those that the task or its ancestors hold already are
 * not waited for. Rejects with `cancelled` when the signal aborts before, without `wait` with `busy` when one is not free.
 */
export async function takeFurtherLocks(
  { locks, ancestorsOf, waitText }: FurtherLockParts,
  journal: TaskJournal,
  wanted: readonly LockRef[],
  signal: AbortSignal,
  wait: boolean,
): Promise<() => void> {
  const { upid, description } = journal.record;
  const tell = (waitingFor: string | undefined) => {
    journal.change({ waitingFor });
    journal.commitIfPossible();
  };
  let waits = false;
  let inTheWay: string | undefined;
  const enough = new AbortController();
  try {
    return await locks.acquire({
      ...{ owner: upid, description, locks: wanted },
      signal: wait ? signal : AbortSignal.any([signal, enough.signal]),
      ancestors: ancestorsOf(journal.record).add(upid),
      onWait(lock, holder, owner) {
        const text = waitText(lock, holder, owner);
        if (!wait) {
          inTheWay = text;
          enough.abort();
          return;
        }
        waits = true;
        tell(text);
      },
    });
  } catch (error) {
    throw inTheWay === undefined || signal.aborted ? error : new AppError('busy', inTheWay);
  } finally {
    if (waits) tell(undefined);
  }
}
