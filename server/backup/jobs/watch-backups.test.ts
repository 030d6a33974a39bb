import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ClusterStore } from '../../cluster/cluster-store.ts';
import { createMemoryStore } from '../../cluster/memory/memory-store.ts';
import { createResourceIndex, type ResourceIndex } from '../../cluster/resource-index.ts';
import { AppError } from '../../core/errors.ts';
import { ProofStore } from '../proof/proof-store.ts';
import { type ManualClock, manualClock } from './clock-fixture.ts';
import { jobKey, renderJob } from './job-document.ts';
import { createJobService } from './job-service.ts';
import { type ListedBackup, NewestBackups } from './newest-backups.ts';
import { type BackupWatch, watchBackups } from './watch-backups.ts';

const day = 86_400_000;
const start = Date.parse('2026-11-23T12:00:00Z');
let store: ClusterStore;
let clock: ManualClock;
let index: ResourceIndex;
let events: number;
let lists: Record<string, readonly ListedBackup[] | AppError>;
let watch: BackupWatch | undefined;

beforeEach(async () => {
  store = createMemoryStore();
  clock = manualClock(start);
  events = 0;
  index = createResourceIndex(() => {
    events += 1;
  });
  lists = { local: [], nas: [] };
  for (const vmid of [100, 101]) {
    await store.write(`guests/${vmid}`, {
      ...{ kind: 'qemu', vmid, node: 'pve1', createdAt: start - 30 * day, config: {} },
    });
    index.set({ id: `qemu/${vmid}`, type: 'qemu', node: 'pve1', status: 'running', vmid });
  }
  const job = { since: start - 10 * day, options: { schedule: '02:00', enabled: true, vmid: '100' } };
  await store.write(jobKey('a'), renderJob(job));
});
afterEach(() => watch?.close());

async function begin(proofs?: ProofStore): Promise<void> {
  const log = { info: () => {}, warn: () => {}, error: () => {} } as never;
  const newest = new NewestBackups({
    log,
    storages: () => Object.keys(lists),
    list: async (id) => {
      const list = lists[id];
      if (list instanceof AppError) throw list;
      return list ?? [];
    },
  });
  const zone = () => 'UTC';
  const jobs = createJobService({
    ...{ store, clock, node: 'pve1', zone, pools: () => [], contents: () => ['backup'] },
  });
  watch = watchBackups({
    node: 'pve1',
    store,
    clock,
    log,
    jobs,
    newest,
    index,
    zone,
    ...(proofs ? { proofs } : {}),
  });
  await clock.pass(0);
}
const shown = (vmid: number) => {
  const { backupAt, backupAlert } = index.get(`qemu/${vmid}`) ?? {};
  return { backupAt, backupAlert };
};
const seconds = (ms: number) => Math.floor(ms / 1000);

test('guests tell when they were backed up, and whose backup is missing', async () => {
  const hourAgo = seconds(start - 3_600_000);
  lists = {
    local: [{ vmid: 100, ctime: 5 }, { ctime: 7 }, { vmid: 999, ctime: 9 }],
    nas: [{ vmid: 100, ctime: hourAgo }],
  };
  await begin();
  expect(shown(100)).toEqual({ backupAt: hourAgo, backupAlert: undefined });
  expect(shown(101)).toEqual({ backupAt: undefined, backupAlert: 'none' });
  await clock.pass(3 * day);
  expect(shown(100)).toEqual({ backupAt: hourAgo, backupAlert: 'late' });
  lists['nas'] = [
    { vmid: 100, ctime: seconds(clock.now()) },
    { vmid: 101, ctime: seconds(clock.now()) },
  ];
  await watch?.refresh();
  expect([100, 101].map((vmid) => shown(vmid).backupAlert)).toEqual([undefined, undefined]);
});

test('what does not change is no event', async () => {
  await begin();
  const before = events;
  await clock.pass(3_600_000);
  expect(events).toBe(before);
});

test('a storage that was never read raises no alarm for a day; one that cannot be read any more keeps what it had', async () => {
  lists['nas'] = new AppError('unavailable', 'the storage does not answer');
  await begin();
  expect([100, 101].map((vmid) => shown(vmid).backupAlert)).toEqual([undefined, undefined]);
  await clock.pass(day + 700_000);
  expect([100, 101].map((vmid) => shown(vmid).backupAlert)).toEqual(['late', 'none']);
  const now = seconds(clock.now());
  lists['nas'] = [{ vmid: 100, ctime: now }];
  await watch?.refresh();
  lists['nas'] = new AppError('unavailable', 'the storage does not answer');
  await watch?.refresh();
  expect(shown(100)).toEqual({ backupAt: now, backupAlert: undefined });
  delete lists['nas'];
  await watch?.refresh();
  expect(shown(100)).toEqual({ backupAt: undefined, backupAlert: 'late' });
});

test('a disabled job takes care of nobody; one that writes to a folder is not watched', async () => {
  const job = (options: object) =>
    store.write(
      jobKey('a'),
      renderJob({ since: 0, options: { schedule: '02:00', enabled: true, vmid: '100', ...options } }),
    );
  await job({ enabled: false });
  await begin();
  expect(shown(100).backupAlert).toBe('none');
  await job({ dumpdir: '/srv/dump' });
  await watch?.refresh();
  expect(shown(100).backupAlert).toBeUndefined();
});

test('guests tell when a restore of them last went well, and that the newest failed', async () => {
  const proofs = new ProofStore(store);
  await begin(proofs);
  const told = () => {
    const { provenAt, proofAlert, proofProblem } = index.get('qemu/100') ?? {};
    return { provenAt, proofAlert, proofProblem };
  };
  const none = { provenAt: undefined, proofAlert: undefined, proofProblem: undefined };
  expect(told()).toEqual(none);
  const at = seconds(start);
  await proofs.note(100, 'nas:backup/a', { state: 'proven', time: at, picture: 0 });
  watch?.showProofs(100);
  expect(told()).toEqual({ ...none, provenAt: at });
  await proofs.note(100, 'nas:backup/b', { state: 'failed', time: at + 1, picture: 0, problem: 'no screen' });
  await watch?.refresh();
  expect(told()).toEqual({ provenAt: at, proofAlert: 'failed', proofProblem: 'no screen' });
  // Another guest of the same number knows nothing of it.
  const guest = { kind: 'qemu', vmid: 100, node: 'pve1', createdAt: start + day, config: {} };
  await store.write('guests/100', guest);
  await watch?.refresh();
  expect(told()).toEqual(none);
  watch?.showProofs(4711);
});
