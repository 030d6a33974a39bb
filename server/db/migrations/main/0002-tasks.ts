// Schema 2 of the main file: tasks, their steps, their logs. Frozen.
import type { Migration } from '../../migrate.ts';

export const tasks: Migration = {
  name: 'tasks',
  sql: `
    CREATE TABLE tasks (
      id INTEGER PRIMARY KEY,
      upid TEXT NOT NULL UNIQUE,
      node TEXT NOT NULL,
      type TEXT NOT NULL,
      object_id TEXT NOT NULL,
      requester TEXT NOT NULL,
      parent TEXT,
      description TEXT NOT NULL,
      cancellable INTEGER NOT NULL,
      params TEXT NOT NULL,
      -- What the steps returned so far, merged.
      step_state TEXT NOT NULL DEFAULT '{}',
      state TEXT NOT NULL,
      progress REAL,
      created_at INTEGER NOT NULL,
      started_at INTEGER,
      ended_at INTEGER,
      exit_status TEXT,
      error_code TEXT,
      waiting_for TEXT,
      warnings INTEGER NOT NULL DEFAULT 0,
      log_lines INTEGER NOT NULL DEFAULT 0,
      -- Set while the task undoes its steps: how it ends when that is done.
      unwinding_to TEXT
    ) STRICT;
    CREATE INDEX tasks_by_time ON tasks (created_at);
    CREATE INDEX tasks_by_object ON tasks (object_id, created_at);
    CREATE INDEX tasks_by_type ON tasks (type, created_at);
    CREATE INDEX tasks_by_requester ON tasks (requester, created_at);
    CREATE INDEX tasks_active ON tasks (created_at) WHERE ended_at IS NULL;
    CREATE INDEX tasks_failed ON tasks (created_at) WHERE state NOT IN ('ok', 'warnings');

    CREATE TABLE task_steps (
      task_id INTEGER NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
      number INTEGER NOT NULL,
      name TEXT NOT NULL,
      -- begun, done, undone, undo-failed
      status TEXT NOT NULL,
      PRIMARY KEY (task_id, number)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE task_log (
      task_id INTEGER NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
      number INTEGER NOT NULL,
      text TEXT NOT NULL,
      PRIMARY KEY (task_id, number)
    ) STRICT, WITHOUT ROWID;
  `,
};
