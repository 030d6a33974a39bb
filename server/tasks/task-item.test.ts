import { expect, test } from 'vitest';
import type { TaskRecord } from './task.ts';
import { taskItem } from './task-item.ts';

const record: TaskRecord = {
  upid: 'UPID:pve1:00001F90:0A1B2C3D:68F00000:vzdump:100:root@pam:',
  ...{ node: 'pve1', type: 'vzdump', objectId: '100', requester: 'root@pam', parent: undefined },
  ...{ description: 'VM 100 - Backup', cancellable: true, state: 'running', progress: 0.25 },
  ...{ createdAt: 1_700_000_000_500, startedAt: 1, endedAt: undefined, exitStatus: undefined },
  ...{ errorCode: undefined, waitingFor: undefined, warnings: 0 },
};

test('a running task says how far it is, in bytes where it knows', () => {
  expect(taskItem(record)).toMatchObject({ progress: 0.25, starttime: 1_700_000_000, cancellable: true });
  expect(taskItem(record)).not.toHaveProperty('bytes');
  const bytes = { done: 25, total: 100 };
  expect(taskItem({ ...record, bytes }).bytes).toEqual(bytes);
});

test('one that has ended does not: it is over', () => {
  const ended = { ...record, endedAt: 1_700_000_100_000, state: 'failed', exitStatus: 'x' } as const;
  expect(taskItem({ ...ended, bytes: { done: 25, total: 100 } })).not.toHaveProperty('bytes');
});
