// The task store: lists under every filter against a naive model, speed with many tasks, pruning.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { newTaskDatabase } from '../../test/fixtures/task-runner-world.ts';
import { systemClock } from '../core/clock.ts';
import type { TaskRecord, TaskState } from './task.ts';
import { taskItem } from './task-item.ts';
import { pruneTasks } from './task-retention.ts';
import { createTaskStore, type TaskFilter, type TaskStore } from './task-store.ts';

const states: TaskState[] = ['queued', 'running', 'ok', 'warnings', 'failed', 'cancelled', 'interrupted'];

function add(store: TaskStore, number: number, record: Partial<TaskRecord> = {}): TaskRecord {
  const full: TaskRecord = {
    upid: `UPID:pve1:00000001:${number.toString(16).padStart(8, '0')}:00000001:demo:100:root@pam:`,
    node: 'pve1',
    type: 'demo',
    objectId: '100',
    requester: 'root@pam',
    parent: undefined,
    description: 'Demo',
    cancellable: false,
    state: 'ok',
    progress: undefined,
    createdAt: number,
    startedAt: number,
    endedAt: number + 1,
    exitStatus: 'OK',
    errorCode: undefined,
    waitingFor: undefined,
    warnings: 0,
    ...record,
  };
  const id = store.create({ ...full, paramsJson: '{}' });
  store.commit(
    {
      id,
      record: full,
      stateJson: '{}',
      unwindingTo: undefined,
      steps: [{ number: 0, name: 'one', status: 'done' }],
      newLines: [
        { number: 1, text: `task ${number}` },
        { number: 2, text: 'TASK OK' },
      ],
      logLines: 2,
    },
    true,
  );
  return full;
}

const running = { endedAt: undefined, exitStatus: undefined };
const recordArbitrary = fc.record({
  type: fc.constantFrom('qmstart', 'qmstop'),
  objectId: fc.constantFrom('', '100', '101'),
  requester: fc.constantFrom('root@pam', 'root@pam!ci', 'root@pamela', 'Ann@pve'),
  state: fc.constantFrom(...states),
  createdAt: fc.integer({ min: 1, max: 20 }),
});
const filterArbitrary: fc.Arbitrary<TaskFilter> = fc.record(
  {
    source: fc.constantFrom('active', 'archive', 'all'),
    objectId: fc.constantFrom('100', '102'),
    type: fc.constantFrom('qmstart', 'qmst'),
    userPart: fc.constantFrom('ROOT', 'ann', '%', ''),
    owner: fc.constantFrom('root@pam', 'Ann@pve', 'root'),
    createdFrom: fc.integer({ min: 1, max: 20 }),
    createdUntil: fc.integer({ min: 1, max: 20 }),
    errorsOnly: fc.boolean(),
    outcomes: fc.subarray(['ok', 'warning', 'error', 'unknown'] as const),
    start: fc.nat(5),
    limit: fc.nat(5),
  },
  { requiredKeys: [] },
);

function outcomeOf(state: TaskState): 'ok' | 'warning' | 'error' | undefined {
  if (state === 'ok') return 'ok';
  if (state === 'warnings') return 'warning';
  return state === 'queued' || state === 'running' ? undefined : 'error';
}

/** What the filters say, in the most naive way. */
function passes(task: TaskRecord, filter: TaskFilter): boolean {
  const outcome = outcomeOf(task.state);
  const isOwner = task.requester === filter.owner || task.requester.startsWith(`${filter.owner}!`);
  return (
    (filter.source !== 'active' || outcome === undefined) &&
    (filter.source !== 'archive' || outcome !== undefined) &&
    (filter.objectId === undefined || task.objectId === filter.objectId) &&
    (filter.type === undefined || task.type === filter.type) &&
    (filter.userPart === undefined || task.requester.toLowerCase().includes(filter.userPart.toLowerCase())) &&
    (filter.owner === undefined || isOwner) &&
    (filter.createdFrom === undefined || task.createdAt >= filter.createdFrom) &&
    (filter.createdUntil === undefined || task.createdAt <= filter.createdUntil) &&
    (!filter.errorsOnly || outcome === undefined || outcome === 'error') &&
    (filter.outcomes === undefined || (outcome !== undefined && filter.outcomes.includes(outcome)))
  );
}

test('lists are what their filters say, in order, with the total', () => {
  fc.assert(
    fc.property(fc.array(recordArbitrary, { maxLength: 15 }), filterArbitrary, (records, filter) => {
      const db = newTaskDatabase();
      const store = createTaskStore(db);
      const all = records.map((record, number) =>
        add(store, number, outcomeOf(record.state) === undefined ? { ...record, ...running } : record),
      );
      const matching = all
        .map((task, number) => ({ task, number }))
        .filter(({ task }) => passes(task, filter))
        .sort((a, b) => b.task.createdAt - a.task.createdAt || b.number - a.number)
        .map(({ task }) => task);
      const from = filter.start ?? 0;
      expect(store.list(filter)).toEqual({
        tasks: matching.slice(from, filter.limit === undefined ? undefined : from + filter.limit),
        total: matching.length,
      });
      db.close();
    }),
    { numRuns: 150 },
  );
});

test('a log is read in parts', () => {
  const store = createTaskStore(newTaskDatabase());
  const { upid } = add(store, 1);
  expect(store.readLog(upid)).toEqual({
    lines: [
      { number: 1, text: 'task 1' },
      { number: 2, text: 'TASK OK' },
    ],
    total: 2,
  });
  expect(store.readLog(upid, { start: 1, limit: 5 })?.lines).toEqual([{ number: 2, text: 'TASK OK' }]);
  expect(store.readLog(upid, { limit: 0 })).toEqual({ lines: [], total: 2 });
  expect(store.readLog('UPID:nothing')).toBeUndefined();
});

test('with 10,000 tasks a page of any list takes moments', () => {
  const db = newTaskDatabase();
  const store = createTaskStore(db);
  db.transaction(() => {
    for (let i = 0; i < 10_000; i++) {
      add(store, i, { objectId: String(100 + (i % 500)), state: i % 50 === 0 ? 'failed' : 'ok' });
    }
  })();
  const filters: TaskFilter[] = [
    { source: 'archive', limit: 50 },
    { objectId: '123', limit: 50 },
    { errorsOnly: true, limit: 50 },
    { userPart: 'root', start: 9000, limit: 50 },
  ];
  const startedAt = performance.now();
  for (const filter of filters) expect(store.list(filter).tasks.length).toBeGreaterThan(0);
  // Generous, because machines are shared; without indexes the four would take longer than one of them here.
  expect(performance.now() - startedAt).toBeLessThan(500);
});

test('old ended tasks go, logs and steps with them; running and recent ones stay', async () => {
  const db = newTaskDatabase();
  const store = createTaskStore(db);
  const day = 86_400_000;
  const now = 1000 * day;
  for (let i = 0; i < 250; i++) add(store, i, { createdAt: now - 31 * day });
  add(store, 250, { createdAt: now - 31 * day, state: 'running', ...running });
  for (let i = 251; i < 300; i++) add(store, i, { createdAt: now - i });
  const log = { info: () => {}, warn: () => {}, error: () => {} };
  const options = { store, log, clock: { ...systemClock, now: () => now }, days: 30 };
  expect(await pruneTasks({ ...options, keep: 10_000 })).toBe(250);
  expect(store.list({}).total).toBe(50);
  expect(await pruneTasks({ ...options, keep: 10 })).toBe(39);
  expect(store.list({ source: 'archive' }).total).toBe(10);
  expect(store.list({ source: 'active' }).total).toBe(1);
  expect(db.prepare('SELECT count(*) n FROM task_log').get()).toEqual({ n: 22 });
  expect(db.prepare('SELECT count(*) n FROM task_steps').get()).toEqual({ n: 11 });
});

test('as an item of the API', () => {
  const store = createTaskStore(newTaskDatabase());
  const record = add(store, 1, { createdAt: 1_764_000_000_900, endedAt: 1_764_000_001_100 });
  expect(taskItem(record)).toEqual({
    upid: record.upid,
    node: 'pve1',
    pid: 1,
    pstart: 1,
    starttime: 1_764_000_000,
    endtime: 1_764_000_001,
    type: 'demo',
    id: '100',
    user: 'root@pam',
    status: 'OK',
    state: 'ok',
    description: 'Demo',
    cancellable: false,
  });
  const active = { ...record, ...running, state: 'running', cancellable: true, progress: 0.5 } as TaskRecord;
  expect(taskItem(active)).toMatchObject({ state: 'running', progress: 0.5, cancellable: true });
  expect(taskItem(active)).not.toHaveProperty('status');
  expect(taskItem(active)).not.toHaveProperty('endtime');
});
