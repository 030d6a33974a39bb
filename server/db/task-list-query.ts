// The one query behind lists of tasks, with all their filters.
import type { Db } from './database.ts';
import { type TaskRow, taskColumns } from './tasks-table.ts';

/** Every filter that is there must hold. Times are milliseconds since the epoch, both ends included. */
export interface TaskFilter {
  /** `active`: not ended; `archive`: ended. Default `all`. */
  readonly source?: 'active' | 'archive' | 'all' | undefined;
  /** The object in the UPID, usually the vmid. */
  readonly objectId?: string | undefined;
  readonly type?: string | undefined;
  /** Part of the requester's name, in any case. */
  readonly userPart?: string | undefined;
  /** Only this user's own, by whichever of its tokens: `name@realm`. */
  readonly owner?: string | undefined;
  readonly parent?: string | undefined;
  readonly createdFrom?: number | undefined;
  readonly createdUntil?: number | undefined;
  /** Ended tasks that neither went well nor ended with warnings, and all that run. */
  readonly errorsOnly?: boolean | undefined;
  /** Ended tasks with one of these outcomes. */
  readonly outcomes?: readonly ('ok' | 'warning' | 'error' | 'unknown')[] | undefined;
  readonly start?: number | undefined;
  /** Default: all. */
  readonly limit?: number | undefined;
}

const outcomeConditions = {
  ok: "state = 'ok'",
  warning: "state = 'warnings'",
  error: "state IN ('failed', 'cancelled', 'interrupted')",
  unknown: '0',
} as const;

export type TaskListQuery = (filter: TaskFilter) => { readonly rows: TaskRow[]; readonly total: number };

/** Newest first; `total` counts what the filters leave, before `start` and `limit`. */
export function taskListQuery(db: Db): TaskListQuery {
  return (filter) => {
    const { where, values } = conditions(filter);
    const rows = db
      .prepare<unknown[], TaskRow & { total: number }>(
        `SELECT ${taskColumns}, (SELECT count(*) FROM tasks ${where}) AS total FROM tasks ${where}
         ORDER BY created_at DESC, id DESC LIMIT ? OFFSET ?`,
      )
      .all(...values, ...values, filter.limit ?? -1, filter.start ?? 0);
    const first = rows[0];
    if (first) return { rows, total: first.total };
    // Past the end, or a limit of 0: the count rides on rows, so it is asked for alone.
    const counted = db
      .prepare<unknown[], { total: number }>(`SELECT count(*) AS total FROM tasks ${where}`)
      .get(...values);
    return { rows, total: counted?.total ?? 0 };
  };
}

function conditions(filter: TaskFilter): { where: string; values: unknown[] } {
  const parts: string[] = [];
  const values: unknown[] = [];
  const equal = (column: string, value: string | undefined) => {
    if (value === undefined) return;
    parts.push(`${column} = ?`);
    values.push(value);
  };
  if (filter.source === 'active') parts.push('ended_at IS NULL');
  if (filter.source === 'archive') parts.push('ended_at IS NOT NULL');
  equal('object_id', filter.objectId);
  equal('type', filter.type);
  equal('parent', filter.parent);
  if (filter.userPart !== undefined) {
    parts.push('instr(lower(requester), lower(?)) > 0');
    values.push(filter.userPart);
  }
  if (filter.owner !== undefined) {
    // `!` sorts just before `"`: everything from `name@realm!` up to there is one of its tokens.
    parts.push('(requester = ? OR (requester > ? AND requester < ?))');
    values.push(filter.owner, `${filter.owner}!`, `${filter.owner}"`);
  }
  if (filter.createdFrom !== undefined) {
    parts.push('created_at >= ?');
    values.push(filter.createdFrom);
  }
  if (filter.createdUntil !== undefined) {
    parts.push('created_at <= ?');
    values.push(filter.createdUntil);
  }
  if (filter.errorsOnly) parts.push("state NOT IN ('ok', 'warnings')");
  if (filter.outcomes !== undefined) {
    const any = [...new Set(filter.outcomes)].map((outcome) => outcomeConditions[outcome]);
    parts.push(any.length === 0 ? '0' : `(${any.join(' OR ')})`);
  }
  return { where: parts.length === 0 ? '' : `WHERE ${parts.join(' AND ')}`, values };
}
