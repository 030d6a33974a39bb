// Guests that are gone for good, and the jobs that named them.
import { expect, test } from 'vitest';
import { createMemoryStore } from '../../cluster/memory/memory-store.ts';
import { forgetInJobs } from './forget-guest.ts';
import { getJob, type JobOptions, jobKey, listJobs, renderJob } from './job-document.ts';

async function storeOf(jobs: Readonly<Record<string, Partial<JobOptions>>>) {
  const store = createMemoryStore({ node: 'pve1' });
  for (const [id, options] of Object.entries(jobs)) {
    const whole = { schedule: '02:00', enabled: true, ...options } as JobOptions;
    await store.write(jobKey(id), renderJob({ since: 7, testSince: 8, options: whole }), 0);
  }
  return store;
}

test('the number goes from what is meant and what is left out, and from nothing else', async () => {
  const store = await storeOf({
    several: { vmid: '99, 100;101', comment: 'kept' },
    alone: { vmid: '100' },
    all: { all: true, exclude: '100' },
    allButTwo: { all: true, exclude: '100,1000' },
    pool: { pool: 'office' },
    other: { vmid: '1000,10' },
  });
  const before = ['pool', 'other'].map((id) => getJob(store, id));
  expect((await forgetInJobs(store, 100)).sort()).toEqual([
    "backup job 'alone' meant no other guest, and was removed",
    ...['all', 'allButTwo', 'several'].map((id) => `removed from backup job '${id}'`),
  ]);
  expect(getJob(store, 'several')).toMatchObject({
    ...{ since: 7, testSince: 8, options: { vmid: '99,101', comment: 'kept' } },
  });
  expect(getJob(store, 'all').options).not.toHaveProperty('exclude');
  expect(getJob(store, 'allButTwo').options.exclude).toBe('1000');
  expect(['pool', 'other'].map((id) => getJob(store, id))).toEqual(before);
  expect(listJobs(store).map(({ id }) => id)).not.toContain('alone');
  expect(await forgetInJobs(store, 100)).toEqual([]);
});

test('a job that somebody else changes meanwhile keeps that change', async () => {
  const store = await storeOf({ night: { vmid: '100,101' } });
  const write = store.write.bind(store);
  let first = true;
  store.write = async (key, value, version) => {
    if (first) {
      first = false;
      const changed = { schedule: '03:00', enabled: true, vmid: '100,102' } as JobOptions;
      await write(key, renderJob({ since: 9, options: changed }));
    }
    return write(key, value, version);
  };
  expect(await forgetInJobs(store, 100)).toEqual(["removed from backup job 'night'"]);
  expect(getJob(store, 'night').options).toEqual({ schedule: '03:00', enabled: true, vmid: '102' });
});
