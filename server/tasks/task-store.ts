// The task store: records, steps and logs in SQLite, for the runner that writes them and the routes that show them.
import type { ErrorCode } from '../core/errors.ts';
import type { Db } from '../db/database.ts';
import { guarded } from '../db/database-error.ts';
import { relaxedWrite } from '../db/relaxed-write.ts';
import { type TaskFilter, taskListQuery } from '../db/task-list-query.ts';
import { taskLogTable } from '../db/task-log-table.ts';
import { type StepRow, taskStepsTable } from '../db/task-steps-table.ts';
import { type FullTaskRow, type TaskRow, tasksTable } from '../db/tasks-table.ts';
import type { TaskLogLine, TaskRecord, TaskState } from './task.ts';

export type { TaskFilter } from '../db/task-list-query.ts';
export type { StepRow, StepStatus } from '../db/task-steps-table.ts';

export type NewTask = Pick<
  TaskRecord,
  'upid' | 'node' | 'type' | 'objectId' | 'requester' | 'parent' | 'description' | 'cancellable' | 'createdAt'
> & { readonly paramsJson: string };

/** How a task that undoes its steps will end. */
export interface Ending {
  readonly state: 'failed' | 'cancelled' | 'interrupted';
  readonly exitStatus: string;
  readonly errorCode: ErrorCode | undefined;
}

/** A task that has not ended, with all that is needed to go on or to go back. */
export interface UnendedTask {
  readonly id: number;
  readonly record: TaskRecord;
  readonly paramsJson: string;
  readonly stateJson: string;
  readonly unwindingTo: Ending | undefined;
  readonly steps: readonly StepRow[];
  readonly logLines: number;
}

/** One commit of a task's life: its record as it is now, and what is new. */
export interface TaskCommit {
  readonly id: number;
  readonly record: TaskRecord;
  readonly stateJson: string;
  readonly unwindingTo: Ending | undefined;
  readonly steps: readonly StepRow[];
  readonly newLines: readonly TaskLogLine[];
  /** Number of the last line of the log. */
  readonly logLines: number;
}

/** All calls are synchronous and throw AppErrors. */
export interface TaskStore {
  /** Stores a queued task durably; returns its row id. */
  create(task: NewTask): number;
  /** All or nothing; without `durable` a power cut may lose it (a crash of the daemon does not). */
  commit(commit: TaskCommit, durable: boolean): void;
  read(upid: string): TaskRecord | undefined;
  /** Newest first; `total` is the count before `start` and `limit`. One query. */
  list(filter: TaskFilter): { readonly tasks: TaskRecord[]; readonly total: number };
  /** Lines after the first `start` (default 0), at most `limit` (default: all); undefined when there is no such task. */
  readLog(
    upid: string,
    range?: { readonly start?: number; readonly limit?: number },
  ): { readonly lines: TaskLogLine[]; readonly total: number } | undefined;
  /** Oldest first. */
  unended(): UnendedTask[];
  /** Their parameters and saved states: whatever they still work on is named in one of these texts. */
  unendedTexts(): string[];
  /** Deletes up to `batch` ended tasks created before `before` or beyond the newest `keep`, logs and all; returns how many. */
  prune(limits: { readonly before: number; readonly keep: number; readonly batch: number }): number;
}

/** The store over the main file (or a file in memory). */
export function createTaskStore(db: Db): TaskStore {
  const tasks = tasksTable(db);
  const steps = taskStepsTable(db);
  const log = taskLogTable(db);
  const list = taskListQuery(db);

  const write = (commit: TaskCommit) => {
    tasks.update(updateOf(commit));
    for (const step of commit.steps) steps.put(commit.id, step);
    log.append(commit.id, commit.newLines);
  };
  const writeDurably = db.transaction(write);

  return {
    create: (task) =>
      guarded('store a task', () =>
        tasks.insert({
          upid: task.upid,
          node: task.node,
          type: task.type,
          object_id: task.objectId,
          requester: task.requester,
          parent: task.parent ?? null,
          description: task.description,
          cancellable: task.cancellable ? 1 : 0,
          params: task.paramsJson,
          state: 'queued',
          created_at: task.createdAt,
        }),
      ),
    commit: (commit, durable) =>
      guarded('store a task', () => {
        if (durable) writeDurably.immediate(commit);
        else relaxedWrite(db, () => write(commit));
      }),
    read: (upid) =>
      guarded('read a task', () => {
        const row = tasks.byUpid(upid);
        return row && recordOf(row);
      }),
    list: (filter) =>
      guarded('list tasks', () => {
        const { rows, total } = list(filter);
        return { tasks: rows.map(recordOf), total };
      }),
    readLog: (upid, range = {}) =>
      guarded('read a task log', () => {
        const row = tasks.byUpid(upid);
        if (!row) return undefined;
        return { lines: log.read(row.id, range.start ?? 0, range.limit ?? -1), total: row.log_lines };
      }),
    unended: () =>
      guarded('read tasks', () =>
        tasks.unended().map((row) => ({ ...unendedOf(row), steps: steps.of(row.id) })),
      ),
    unendedTexts: () =>
      guarded('read tasks', () => tasks.unended().flatMap((row) => [row.params, row.step_state ?? ''])),
    prune: ({ before, keep, batch }) => guarded('delete old tasks', () => tasks.prune(before, keep, batch)),
  };
}

function recordOf(row: TaskRow): TaskRecord {
  return Object.freeze({
    upid: row.upid,
    node: row.node,
    type: row.type,
    objectId: row.object_id,
    requester: row.requester,
    parent: row.parent ?? undefined,
    description: row.description,
    cancellable: row.cancellable === 1,
    state: row.state as TaskState,
    progress: row.progress ?? undefined,
    createdAt: row.created_at,
    startedAt: row.started_at ?? undefined,
    endedAt: row.ended_at ?? undefined,
    exitStatus: row.exit_status ?? undefined,
    errorCode: (row.error_code ?? undefined) as ErrorCode | undefined,
    waitingFor: row.waiting_for ?? undefined,
    warnings: row.warnings,
  });
}

function unendedOf(row: FullTaskRow): Omit<UnendedTask, 'steps'> {
  return {
    id: row.id,
    record: recordOf(row),
    paramsJson: row.params,
    stateJson: row.step_state,
    unwindingTo: row.unwinding_to === null ? undefined : (JSON.parse(row.unwinding_to) as Ending),
    logLines: row.log_lines,
  };
}

function updateOf({ id, record, stateJson, unwindingTo, logLines }: TaskCommit) {
  return {
    id,
    state: record.state,
    progress: record.progress ?? null,
    started_at: record.startedAt ?? null,
    ended_at: record.endedAt ?? null,
    exit_status: record.exitStatus ?? null,
    error_code: record.errorCode ?? null,
    waiting_for: record.waitingFor ?? null,
    warnings: record.warnings,
    log_lines: logLines,
    step_state: stateJson,
    unwinding_to: unwindingTo === undefined ? null : JSON.stringify(unwindingTo),
  };
}
