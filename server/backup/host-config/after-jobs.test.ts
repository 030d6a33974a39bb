// Configuration backups after jobs: when they come, and when there is no need.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { quietContext } from '../../core/work-context.ts';
import { JobRunStore } from '../jobs/job-runs.ts';
import { backUpAfterJobs } from './after-jobs.ts';
import { type ConfigWorld, configWorld } from './config-fixture.ts';

let world: ConfigWorld;
let made: string[];
let after: ReturnType<typeof backUpAfterJobs>;
let runs: JobRunStore;
let fails: boolean;
const warned: string[] = [];
let startedAt = 0;
beforeEach(async () => {
  world = await configWorld();
  made = [];
  fails = false;
  warned.length = 0;
  runs = new JobRunStore(world.store, 'pve1');
  after = backUpAfterJobs({
    ...{ node: 'pve1', store: world.store, config: world.config },
    log: { warn: (_facts: unknown, line?: string) => void warned.push(line ?? '') },
    async backUp(storage) {
      if (fails) throw new Error('no room');
      made.push(storage);
      world.clock.nowMs += 1000;
      await world.backUp();
    },
  });
});
afterEach(() => {
  after.close();
  world.close();
});

/** A run of the job begins and ends. */
const run = async (state: 'ok' | 'failed' | 'nothing' = 'ok', id = 'nightly') => {
  startedAt += 1000;
  const begun = { startedAt, due: null, state: 'running' } as const;
  await runs.begin(id, begun, startedAt);
  await runs.change(id, { ...begun, state, endedAt: startedAt + 1 });
  await after.settled();
};

test('after the first run, and then after changes only', async () => {
  await run();
  expect(made).toEqual(['nas']);
  await run();
  await run('failed');
  expect(made).toEqual(['nas']);
  await world.put('nodes/pve1', { description: 'changed' });
  await run('failed');
  expect(made).toEqual(['nas', 'nas']);
});

test('again when the backup was removed', async () => {
  await run();
  const volid = world.config.target('nas')!.volid;
  await world.storages.storage('nas').remove(quietContext(), volid.slice('nas:'.length));
  await run();
  expect(made.length).toBe(2);
});

test('not for a run without guests, nor for a folder or a storage that holds no backups', async () => {
  await run('nothing');
  const options = { schedule: '02:00', enabled: true, all: true };
  await world.put('backup-jobs/folder', { options: { ...options, dumpdir: '/x' }, since: 0 });
  await run('ok', 'folder');
  await world.put('backup-jobs/discs', { options: { ...options, storage: 'vault' }, since: 0 });
  await run('ok', 'discs');
  expect(made).toEqual([]);
});

test('a failure is told, and the next run tries again', async () => {
  fails = true;
  await run();
  expect(warned.join()).toContain('could not be backed up');
  fails = false;
  await run();
  expect(made).toEqual(['nas']);
});
