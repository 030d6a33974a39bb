// What the list of resources begins to say is told once: together, also after a restart, again when it is worse.
import { beforeEach, expect, test } from 'vitest';
import { type ManualClock, manualClock } from '../backup/jobs/clock-fixture.ts';
import type { ClusterStore } from '../cluster/cluster-store.ts';
import { createMemoryStore } from '../cluster/memory/memory-store.ts';
import type { ResourceItem } from '../contract/resources.ts';
import type { NewNotification } from './notification.ts';
import { type AlertWatch, watchAlerts } from './watch-alerts.ts';

const minute = 60_000;
let store: ClusterStore;
let clock: ManualClock;
let told: NewNotification[];
let watch: AlertWatch;

const start = () =>
  watchAlerts({
    ...{ node: 'pve1', store, clock },
    log: { error: (_facts: object, text: string) => expect.fail(text) } as never,
    notifier: {
      notify: async (notification) => {
        told.push(notification);
        return [];
      },
    },
  });
const see = (item: Partial<ResourceItem>) =>
  watch.see({
    type: 'resource',
    resource: { type: 'qemu', node: 'pve1', status: 'stopped', id: 'qemu/100', ...item },
  });
const guest = (vmid: number, more: Partial<ResourceItem> = {}) =>
  see({ id: `qemu/${vmid}`, vmid, name: `vm${vmid}`, ...more });
const storage = (space?: ResourceItem['space']) =>
  see({ id: 'storage/pve1/nas', type: 'storage', storage: 'nas', ...(space === undefined ? {} : { space }) });

beforeEach(() => {
  [store, clock, told] = [createMemoryStore(), manualClock(0), []];
  watch = start();
  return () => watch.close();
});

test('many at a time are one notification', async () => {
  guest(100, { backupAlert: 'late', backupAt: 3600 });
  guest(101, { backupAlert: 'late', name: 'evil\nname' });
  guest(102, { backupAlert: 'none' });
  guest(103, { proofAlert: 'failed', proofProblem: 'it did not boot' });
  await clock.pass(minute);
  expect(told).toEqual([
    {
      title: 'Backups are missing (pve1)',
      text:
        'VM 100 (vm100) has no recent backup, though a job should have made one; the newest is of 1970-01-01T01:00Z\n' +
        'VM 101 (evil name) has no recent backup, though a job should have made one\n',
      ...{ severity: 'error', fields: { type: 'backup-missing' } },
    },
    {
      title: 'A backup could not be restored (pve1)',
      text: 'a backup of VM 103 (vm103) could not be restored: it did not boot\n',
      ...{ severity: 'error', fields: { type: 'backup-test' } },
    },
  ]);
  guest(100, { backupAlert: 'late', backupAt: 3600, cpu: 1 });
  await clock.pass(24 * 60 * minute);
  expect(told.length).toBe(2);
});

test('a storage that fills up is told at each step, not on the way back', async () => {
  for (const space of [75, 85, 75, 85, 95, 85] as const) {
    storage(space);
    await clock.pass(minute);
  }
  // Between 85 and 85 it was at 75: told again, as it fills again.
  expect(told.map(({ severity }) => severity)).toEqual(['notice', 'warning', 'warning', 'error']);
});

test('a restart tells nothing anew, though it takes a while until all is known again', async () => {
  guest(100, { backupAlert: 'late' });
  await clock.pass(minute);
  watch.close();
  watch = start();
  guest(100);
  await clock.pass(30 * minute);
  guest(100, { backupAlert: 'late' });
  await clock.pass(minute);
  expect(told.length).toBe(1);
});

test('what was over for long is news again', async () => {
  guest(100, { backupAlert: 'late' });
  await clock.pass(minute);
  guest(100);
  await clock.pass(minute);
  guest(100, { backupAlert: 'late' });
  await clock.pass(minute);
  expect(told.length).toBe(1);
  watch.see({ type: 'resource-gone', id: 'qemu/100' });
  await clock.pass(61 * minute);
  expect(store.read('notification-told/pve1')?.value).toEqual({});
  guest(100, { backupAlert: 'late' });
  await clock.pass(minute);
  expect(told.length).toBe(2);
});
