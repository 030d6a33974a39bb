// The reducer: order, overlap, loss and limits.
import { describe, expect, test } from 'vitest';
import type { ResourceItem } from '../../server/contract/resources.ts';
import type { TaskItem } from '../../server/contract/tasks.ts';
import { emptyState, type LiveEvent, type LiveState, reduce, reduceAll, resourcesIn } from './state.ts';

const guest = (vmid: number, status = 'stopped'): ResourceItem => ({
  id: `qemu/${vmid}`,
  type: 'qemu',
  node: 'a',
  vmid,
  status,
});
const task = (upid: string, more: Partial<TaskItem> = {}): TaskItem => ({
  upid,
  node: 'a',
  pid: 1,
  pstart: 1,
  starttime: 10,
  type: 'qmstart',
  id: '100',
  user: 'root@pam',
  state: 'running',
  description: 'VM 100 - Start',
  cancellable: true,
  ...more,
});
const run = (events: readonly LiveEvent[], from: LiveState = emptyState) => events.reduce(reduce, from);

describe('resources', () => {
  test('lists replace what was there; events change single lines', () => {
    const state = run([
      { type: 'lists', resources: [guest(100), guest(101)], tasks: [] },
      { seq: 5, type: 'resource', resource: guest(100, 'running') },
      { seq: 6, type: 'resource-gone', id: 'qemu/101' },
    ]);
    expect(Object.keys(state.resources)).toEqual(['qemu/100']);
    expect(state.resources['qemu/100']?.status).toBe('running');
    expect(state.seq).toBe(6);
    expect(state.loaded).toBe(true);
    const again = reduce(state, { type: 'lists', resources: [guest(7)], tasks: [] });
    expect(Object.keys(again.resources)).toEqual(['qemu/7']);
  });

  test('an event that was already taken in changes nothing', () => {
    const state = run([{ seq: 5, type: 'resource', resource: guest(100, 'running') }]);
    expect(reduce(state, { seq: 5, type: 'resource', resource: guest(100, 'stopped') })).toBe(state);
    expect(reduce(state, { seq: 4, type: 'resource-gone', id: 'qemu/100' })).toBe(state);
  });

  test('the reducer does not write into the state it was given', () => {
    const state = Object.freeze({ ...emptyState, resources: Object.freeze({ 'qemu/1': guest(1) }) });
    reduce(state, { seq: 1, type: 'resource', resource: guest(2) });
    reduce(state, { seq: 1, type: 'resource-gone', id: 'qemu/1' });
    expect(Object.keys(state.resources)).toEqual(['qemu/1']);
  });

  test('reset asks for the lists and takes the new count, even a lower one', () => {
    const state = run([
      { type: 'lists', resources: [guest(100)], tasks: [] },
      { seq: 900, type: 'resource', resource: guest(100, 'running') },
      { seq: 3, type: 'reset' },
    ]);
    expect(state.needsReload).toBe(true);
    expect(state.seq).toBe(3);
    expect(state.resources['qemu/100']?.status).toBe('running');
    const read = reduce(state, { type: 'lists', resources: [], tasks: [] });
    expect(read.needsReload).toBe(false);
    expect(reduce(read, { seq: 4, type: 'resource', resource: guest(1) }).resources['qemu/1']).toBeDefined();
  });
});

describe('tasks', () => {
  test('a task that ends is counted once, for its node and its object', () => {
    const done = task('U1', { endtime: 20, status: 'OK', state: 'ok' });
    const state = run([
      { seq: 1, type: 'task', task: task('U1') },
      { seq: 2, type: 'task', task: done },
      { seq: 3, type: 'task', task: done },
    ]);
    expect(state.tasksEnded).toEqual({ a: 1, 'a/100': 1 });
  });

  test('a task that ended while the connection was lost is counted when the lists come', () => {
    const state = run([
      { type: 'lists', resources: [], tasks: [task('U1')] },
      { type: 'lists', resources: [], tasks: [task('U1', { endtime: 20, state: 'ok' })] },
    ]);
    expect(state.tasksEnded['a/100']).toBe(1);
  });

  test('old ended tasks are forgotten, running ones never', () => {
    const events: LiveEvent[] = [{ seq: 1, type: 'task', task: task('running') }];
    for (let i = 0; i < 600; i += 1)
      events.push({ seq: i + 2, type: 'task', task: task(`U${i}`, { endtime: i, state: 'ok' }) });
    const state = run(events);
    expect(Object.keys(state.tasks)).toHaveLength(500);
    expect(state.tasks['running']).toBeDefined();
    expect(state.tasks['U0']).toBeUndefined();
    expect(state.tasks['U599']).toBeDefined();
  });
});

describe('logs', () => {
  const opened = run([{ type: 'log-read', upid: 'U1', lines: ['a', 'b'] }]);

  test('lines are appended, and lines already read are not doubled', () => {
    const state = run(
      [
        { seq: 1, type: 'task-log', upid: 'U1', from: 1, lines: ['b', 'c'] },
        { seq: 2, type: 'task-log', upid: 'U1', from: 3, lines: ['d'] },
      ],
      opened,
    );
    expect(state.logs['U1']?.lines).toEqual(['a', 'b', 'c', 'd']);
  });

  test('missed lines mark a gap, and nothing is appended after it', () => {
    const state = run(
      [
        { seq: 1, type: 'task-log', upid: 'U1', from: 5, lines: ['f'] },
        { seq: 2, type: 'task-log', upid: 'U1', from: 2, lines: ['c'] },
      ],
      opened,
    );
    expect(state.logs['U1']).toEqual({ lines: ['a', 'b'], gap: true });
  });

  test('logs nobody follows are not kept', () => {
    const state = run(
      [
        { seq: 1, type: 'task-log', upid: 'U2', from: 0, lines: ['x'] },
        { type: 'log-closed', upid: 'U1' },
      ],
      opened,
    );
    expect(state.logs).toEqual({});
  });
});

test('changes of a configuration are counted by path', () => {
  const state = run([
    { seq: 1, type: 'config', path: '/vms/100' },
    { seq: 2, type: 'config', path: '/vms/100' },
    { seq: 3, type: 'config', path: '/storage/local' },
  ]);
  expect(state.configChanges).toEqual({ '/vms/100': 2, '/storage/local': 1 });
});

test('events taken together make the state that they make one by one', () => {
  const events: LiveEvent[] = [
    { type: 'lists', resources: [guest(100), guest(101)], tasks: [] },
    { seq: 5, type: 'resource', resource: guest(100, 'running') },
    { seq: 6, type: 'resource', resource: guest(102) },
    { seq: 6, type: 'resource', resource: guest(102, 'running') },
    { seq: 7, type: 'resource', resource: { ...guest(101, 'running'), qmpstatus: 'paused' } },
    { seq: 8, type: 'resource-gone', id: 'qemu/100' },
    { seq: 7, type: 'resource', resource: guest(100) },
    { seq: 9, type: 'task', task: task('A') },
    { seq: 10, type: 'resource', resource: guest(103) },
  ];
  const together = reduceAll(emptyState, events);
  expect(together).toEqual(run(events));
  expect(together.resources['qemu/101']?.status).toBe('paused');
  expect(Object.keys(together.resources).sort()).toEqual(['qemu/101', 'qemu/102', 'qemu/103']);
  expect(reduceAll(together, [{ seq: 10, type: 'resource', resource: guest(1) }])).toBe(together);
});

test('a burst is written into the list that was made for the one before, never into one that was given', () => {
  const given = run([{ type: 'lists', resources: [guest(1)], tasks: [] }]);
  const first = reduceAll(given, [{ seq: 1, type: 'resource', resource: guest(1, 'running') }]);
  expect(given.resources['qemu/1']?.status).toBe('stopped');
  const second = reduceAll(first, [{ seq: 2, type: 'resource', resource: guest(2) }]);
  expect(second.resources).toBe(first.resources);
  expect(Object.keys(second.resources)).toEqual(['qemu/1', 'qemu/2']);
  expect(second).not.toBe(first);
});

test('which resources events may have changed is told by the events; lists change all', () => {
  const events: LiveEvent[] = [
    { seq: 1, type: 'resource', resource: guest(1) },
    { seq: 2, type: 'resource-gone', id: 'qemu/2' },
    { seq: 3, type: 'task', task: task('a') },
  ];
  expect([...(resourcesIn(events) ?? [])]).toEqual(['qemu/1', 'qemu/2']);
  expect(resourcesIn([...events, { type: 'lists', resources: [], tasks: [] }])).toBeUndefined();
});
