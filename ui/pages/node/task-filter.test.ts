// The filter of a node's task history: the same for the daemon and for the page.
import { expect, test } from 'vitest';
import type { TaskItem } from '../../../server/contract/tasks.ts';
import { anyTask, matchesTask, mergeTasks, taskQuery } from './task-filter.ts';

const task = (upid: string, part: Partial<TaskItem> = {}): TaskItem => ({
  ...{ upid, node: 'a', pid: 1, pstart: 1, starttime: 10, endtime: 11, type: 'qmstart', id: '100' },
  ...{ user: 'root@pam', status: 'OK', state: 'ok', description: '', cancellable: false },
  ...part,
});
const { endtime: _ended, ...active } = task('r', { state: 'running' });

test('nothing is asked for that was not chosen', () => {
  expect(taskQuery(anyTask)).toEqual({ source: 'all' });
  expect(taskQuery({ outcome: 'error', user: ' anna ', vmid: '104' })).toEqual({
    source: 'all',
    statusfilter: 'error',
    userfilter: 'anna',
    vmid: 104,
  });
  expect(taskQuery({ outcome: 'running', user: '', vmid: '1; rm' })).toEqual({ source: 'active' });
});

test('a task matches by outcome, user and guest', () => {
  expect(matchesTask(active, { ...anyTask, outcome: 'running' })).toBe(true);
  expect(matchesTask(task('x'), { ...anyTask, outcome: 'running' })).toBe(false);
  for (const state of ['failed', 'cancelled', 'interrupted'])
    expect(matchesTask(task('x', { state }), { ...anyTask, outcome: 'error' }), state).toBe(true);
  expect(matchesTask(task('x', { state: 'warnings' }), { ...anyTask, outcome: 'warning' })).toBe(true);
  expect(matchesTask(task('x'), { ...anyTask, user: 'ROOT' })).toBe(true);
  expect(matchesTask(task('x'), { ...anyTask, user: 'anna' })).toBe(false);
  expect(matchesTask(task('x'), { ...anyTask, vmid: '101' })).toBe(false);
  // Half a number is not yet a filter.
  expect(matchesTask(task('x'), { ...anyTask, vmid: '10' })).toBe(true);
});

test('what the page follows stands in the place of what was read', () => {
  const merged = mergeTasks(
    [task('b', { state: 'failed' }), task('c', { starttime: 12 })],
    [task('b'), task('a', { starttime: 3 })],
    anyTask,
  );
  expect(merged.map(({ upid, state }) => `${upid} ${state}`)).toEqual(['c ok', 'b failed', 'a ok']);
});
