// Queries of the table `tasks`, but for its lists.
import type { Db } from './database.ts';

/** What lists and look-ups read. Times are milliseconds since the epoch. */
export interface TaskRow {
  readonly id: number;
  readonly upid: string;
  readonly node: string;
  readonly type: string;
  readonly object_id: string;
  readonly requester: string;
  readonly parent: string | null;
  readonly description: string;
  readonly cancellable: number;
  readonly state: string;
  readonly progress: number | null;
  readonly created_at: number;
  readonly started_at: number | null;
  readonly ended_at: number | null;
  readonly exit_status: string | null;
  readonly error_code: string | null;
  readonly waiting_for: string | null;
  readonly warnings: number;
  readonly log_lines: number;
}

/** With what is needed to go on with it or to undo it. */
export interface FullTaskRow extends TaskRow {
  readonly params: string;
  readonly step_state: string;
  readonly unwinding_to: string | null;
}

export type NewTaskRow = Pick<
  FullTaskRow,
  | 'upid'
  | 'node'
  | 'type'
  | 'object_id'
  | 'requester'
  | 'parent'
  | 'description'
  | 'cancellable'
  | 'params'
  | 'state'
  | 'created_at'
>;

/** What changes during a task's life. */
export type TaskRowUpdate = Pick<
  FullTaskRow,
  | 'id'
  | 'state'
  | 'progress'
  | 'started_at'
  | 'ended_at'
  | 'exit_status'
  | 'error_code'
  | 'waiting_for'
  | 'warnings'
  | 'log_lines'
  | 'step_state'
  | 'unwinding_to'
>;

/** The columns of a TaskRow. */
export const taskColumns =
  'id, upid, node, type, object_id, requester, parent, description, cancellable, state, progress, created_at, ' +
  'started_at, ended_at, exit_status, error_code, waiting_for, warnings, log_lines';

export interface TasksTable {
  insert(row: NewTaskRow): number;
  update(row: TaskRowUpdate): void;
  byUpid(upid: string): TaskRow | undefined;
  /** Those that have not ended, oldest first. */
  unended(): FullTaskRow[];
  /** Deletes up to `limit` ended tasks, oldest first, created before `before` or beyond the newest `keep`. */
  prune(before: number, keep: number, limit: number): number;
}

export function tasksTable(db: Db): TasksTable {
  const insert = db.prepare<[NewTaskRow]>(
    `INSERT INTO tasks (upid, node, type, object_id, requester, parent, description, cancellable, params, state, created_at)
     VALUES (@upid, @node, @type, @object_id, @requester, @parent, @description, @cancellable, @params, @state, @created_at)`,
  );
  const update = db.prepare<[TaskRowUpdate]>(
    `UPDATE tasks SET state = @state, progress = @progress, started_at = @started_at, ended_at = @ended_at,
       exit_status = @exit_status, error_code = @error_code, waiting_for = @waiting_for, warnings = @warnings,
       log_lines = @log_lines, step_state = @step_state, unwinding_to = @unwinding_to
     WHERE id = @id`,
  );
  const byUpid = db.prepare<[string], TaskRow>(`SELECT ${taskColumns} FROM tasks WHERE upid = ?`);
  const unended = db.prepare<[], FullTaskRow>(
    `SELECT ${taskColumns}, params, step_state, unwinding_to FROM tasks WHERE ended_at IS NULL ORDER BY id`,
  );
  const prune = db.prepare<[number, number, number]>(
    `DELETE FROM tasks WHERE id IN (
       SELECT id FROM tasks
       WHERE ended_at IS NOT NULL
         AND (created_at < ? OR id <= (SELECT id FROM tasks ORDER BY id DESC LIMIT 1 OFFSET ?))
       ORDER BY id LIMIT ?)`,
  );
  return {
    insert: (row) => Number(insert.run(row).lastInsertRowid),
    update: (row) => void update.run(row),
    byUpid: (upid) => byUpid.get(upid),
    unended: () => unended.all(),
    prune: (before, keep, limit) => prune.run(before, keep, limit).changes,
  };
}
