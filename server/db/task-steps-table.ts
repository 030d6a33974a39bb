// Queries of the table `task_steps`: which steps a task has begun, and how far each is.
import type { Db } from './database.ts';

/** `undo-failed`: what the step did may still be there. */
export type StepStatus = 'begun' | 'done' | 'undone' | 'undo-failed';

export interface StepRow {
  readonly number: number;
  readonly name: string;
  readonly status: StepStatus;
}

export interface TaskStepsTable {
  put(taskId: number, step: StepRow): void;
  of(taskId: number): StepRow[];
}

export function taskStepsTable(db: Db): TaskStepsTable {
  const put = db.prepare<[number, number, string, string]>(
    `INSERT INTO task_steps (task_id, number, name, status) VALUES (?, ?, ?, ?)
     ON CONFLICT (task_id, number) DO UPDATE SET status = excluded.status`,
  );
  const of = db.prepare<[number], StepRow>(
    'SELECT number, name, status FROM task_steps WHERE task_id = ? ORDER BY number',
  );
  return {
    put: (taskId, step) => void put.run(taskId, step.number, step.name, step.status),
    of: (taskId) => of.all(taskId),
  };
}
