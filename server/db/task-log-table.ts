// Queries of the table `task_log`.
import type { Db } from './database.ts';

export interface LogRow {
  /** From 1. */
  readonly number: number;
  readonly text: string;
}

export interface TaskLogTable {
  append(taskId: number, lines: readonly LogRow[]): void;
  /** Lines after the first `skip`, at most `limit`; a negative limit means all. */
  read(taskId: number, skip: number, limit: number): LogRow[];
}

export function taskLogTable(db: Db): TaskLogTable {
  const append = db.prepare<[number, number, string]>(
    'INSERT INTO task_log (task_id, number, text) VALUES (?, ?, ?)',
  );
  const read = db.prepare<[number, number, number], LogRow>(
    'SELECT number, text FROM task_log WHERE task_id = ? AND number > ? ORDER BY number LIMIT ?',
  );
  return {
    append: (taskId, lines) => {
      for (const line of lines) append.run(taskId, line.number, line.text);
    },
    read: (taskId, skip, limit) => read.all(taskId, skip, limit),
  };
}
