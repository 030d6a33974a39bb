// What needs attention.
import { expect, test } from 'vitest';
import type { ApplianceStatus } from '../../server/contract/appliance.ts';
import type { ResourceItem } from '../../server/contract/resources.ts';
import type { TaskItem } from '../../server/contract/tasks.ts';
import { attention } from './attention.ts';

const node = (more: Partial<ResourceItem> = {}): ResourceItem => ({
  id: 'node/a',
  type: 'node',
  node: 'a',
  status: 'online',
  ...more,
});
const storage = (more: Partial<ResourceItem> = {}): ResourceItem => ({
  id: 'storage/a/local',
  type: 'storage',
  node: 'a',
  storage: 'local',
  status: 'available',
  ...more,
});
const task = (state: string, endtime: number): TaskItem => ({
  upid: `U${endtime}`,
  node: 'a',
  pid: 1,
  pstart: 1,
  starttime: 1,
  endtime,
  type: 'qmstart',
  id: '100',
  user: 'root@pam',
  state,
  description: 'VM 100 - Start',
  cancellable: false,
});
const kinds = (resources: ResourceItem[], tasks: TaskItem[] = []) =>
  attention(resources, tasks, 100_000).map((one) => `${one.kind}:${one.severity}`);

test('all well: nothing', () => {
  expect(
    kinds([node({ accelerator: 'kvm', mem: 1, maxmem: 2 }), storage({ disk: 84, maxdisk: 100 })]),
  ).toEqual([]);
});

test('limits of storage and memory', () => {
  expect(kinds([storage({ disk: 74, maxdisk: 100, space: 75 })])).toEqual(['storage-full:warn']);
  expect(kinds([storage({ disk: 86, maxdisk: 100, space: 85 })])).toEqual(['storage-full:warn']);
  expect(kinds([storage({ disk: 95, maxdisk: 100, space: 95 })])).toEqual(['storage-full:bad']);
  expect(kinds([node({ mem: 93, maxmem: 100 })])).toEqual(['memory-full:warn']);
});

test('a node that is away says only that, and the worst comes first', () => {
  expect(
    kinds([
      node({ accelerator: 'tcg', acceleratorReason: 'no /dev/kvm' }),
      node({ status: 'offline', accelerator: 'tcg' }),
      storage({ problem: 'not mounted' }),
    ]),
  ).toEqual(['node-offline:bad', 'storage-problem:bad', 'no-acceleration:warn']);
});

test('an update that fell back is news for a week, warnings of the appliance stay', () => {
  const status = (at: number): ApplianceStatus => ({
    mode: 'installed',
    version: '1.0.0',
    firmware: 'uefi',
    trial: 0,
    slots: [],
    last: { at, outcome: 'fell-back', from: '1.0.0', to: '1.1.0', reason: 'not active: nas' },
    warnings: ['State partition is 93% full'],
  });
  const now = 10_000_000;
  expect(attention([], [], now, { a: status(now - 6 * 86_400) })).toEqual([
    {
      ...{ kind: 'fell-back', severity: 'warn', node: 'a' },
      ...{ from: '1.0.0', to: '1.1.0', reason: 'not active: nas' },
    },
    { kind: 'appliance', severity: 'warn', node: 'a', text: 'State partition is 93% full' },
  ]);
  expect(attention([], [], now, { a: status(now - 8 * 86_400) })).toHaveLength(1);
});

test('guests without a recent backup are one thing for each reason', () => {
  const guest = (vmid: number, backupAlert?: 'late' | 'none'): ResourceItem => ({
    ...{ id: `qemu/${vmid}`, type: 'qemu', node: 'a', status: 'running', vmid },
    ...(backupAlert && { backupAlert }),
  });
  const all = [guest(100, 'none'), guest(101, 'late'), guest(102), guest(103, 'late')];
  const found = attention([], [], 0, {}, all);
  expect(found.map((one) => one.kind)).toEqual(['backup-late', 'backup-none']);
  expect(found[0]).toMatchObject({ guests: [{ vmid: 101 }, { vmid: 103 }] });
  expect(attention([], [], 0, {}, [guest(100)])).toEqual([]);
});

test('guests whose newest backup could not be restored are one thing', () => {
  const guest = (vmid: number, proofAlert?: 'failed'): ResourceItem => ({
    ...{ id: `qemu/${vmid}`, type: 'qemu', node: 'a', status: 'running', vmid },
    ...(proofAlert && { proofAlert }),
  });
  const found = attention([], [], 0, {}, [guest(100), guest(101, 'failed'), guest(102, 'failed')]);
  expect(found).toMatchObject([
    { kind: 'restore-failed', severity: 'warn', guests: [{ vmid: 101 }, { vmid: 102 }] },
  ]);
});

test('failures of the last day, five at most', () => {
  const many = Array.from({ length: 9 }, (_, i) => task('failed', 99_000 + i));
  expect(kinds([], many)).toHaveLength(5);
  expect(kinds([], [task('failed', 10), task('ok', 99_999)])).toEqual([]);
});
