// Backup jobs that try restores: their options, their own times, runs by hand.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type BackupWorld, backupWorld, base, noon, path } from './cluster-backup-fixture.ts';

let world: BackupWorld;
beforeEach(async () => {
  world = await backupWorld();
});
afterEach(() => world.jobs.close());

const tests = {
  'test-schedule': 'mon 14:00',
  'test-guests': 'all',
  'test-timeout': '90',
  'test-storage': 'local',
};
const job = async () => (await world.ok('GET', path)) as Record<string, unknown>;

describe('a job that tries restores', () => {
  test('shows how, and when next', async () => {
    await world.ok('POST', '/cluster/backup', { ...base, ...tests, 'test-wait': 'screen' });
    expect(await job()).toMatchObject({
      ...{ 'test-schedule': 'mon 14:00', 'test-guests': 'all', 'test-timeout': 90, 'test-wait': 'screen' },
      // Athens is two hours ahead: a week from today's.
      'test-next-run': (noon + 7 * 86_400_000) / 1000,
    });
    await world.ok('PUT', path, { enabled: '0' });
    expect(await job()).not.toHaveProperty('test-next-run');
    await world.ok('PUT', path, { delete: Object.keys(tests).join() });
    expect(await job()).not.toHaveProperty('test-schedule');
  });

  test('tries by its own times, and backs up by others', async () => {
    await world.jobs.open();
    await world.ok('POST', '/cluster/backup', { ...base, ...tests, 'test-schedule': '15:00' });
    await world.clock.pass(3_600_000 + 1000);
    expect([world.tested, world.started]).toEqual([[[100, 101]], []]);
    expect(await job()).toMatchObject({
      ...{
        'test-last-run': (noon + 3_600_000) / 1000,
        'test-last-state': 'failed',
        'test-last-upid': 'UPID:test-1',
      },
      'test-last-status': 'its screen stays empty',
    });
    expect(await job()).not.toHaveProperty('last-run');
    await world.clock.pass(13 * 3_600_000);
    expect([world.tested.length, world.started.length]).toEqual([1, 1]);
    // What a backup is asked to do says nothing of trying it.
    expect(Object.keys(world.started[0]!.wishes).filter((name) => name.startsWith('test'))).toEqual([]);
  });

  test('counts its times from when they were set', async () => {
    await world.jobs.open();
    await world.ok('POST', '/cluster/backup', { ...base, 'repeat-missed': '1' });
    await world.clock.pass(3 * 3_600_000);
    await world.ok('PUT', path, { 'test-schedule': '15:00' });
    await world.clock.pass(120_000);
    expect(world.tested).toEqual([]);
  });

  test('tries when it is asked to, also without a schedule', async () => {
    await world.jobs.open();
    await world.ok('POST', '/cluster/backup', base);
    expect(await world.ok('POST', `${path}/test`)).toBe('UPID:test-1');
    await world.jobs.routes.tests.settled();
    expect(await job()).toMatchObject({ 'test-last-state': 'failed' });
    await world.ok('PUT', path, { vmid: '102' });
    const answer = await world.call('POST', `${path}/test`);
    expect(answer.message).toContain('has no backups on this node');
  });

  test.each([
    [{ ...tests, 'test-schedule': 'nonsense' }, 'test-schedule', ''],
    [{ ...tests, 'test-storage': 'gone' }, 'test-storage', 'does not exist'],
    [{ ...tests, 'test-storage': 'discs' }, 'test-storage', 'not set up for volumes'],
    [{ ...tests, 'test-wait': 'port' }, 'test-port', 'name the port'],
    [{ ...tests, 'test-timeout': '5' }, 'test-timeout', 'minimum value of 10'],
    [{ ...tests, 'test-guests': 'some' }, 'test-guests', ''],
  ])('is refused with %j for %s', async (more, field, words) => {
    const answer = await world.call('POST', '/cluster/backup', { ...base, ...more } as never);
    expect(answer.status).toBe(400);
    expect(answer.errors?.[field]).toContain(words);
  });

  test('is refused for backups in a folder', async () => {
    const { storage: _, ...folder } = base;
    const answer = await world.call('POST', '/cluster/backup', { ...folder, ...tests, dumpdir: '/srv/dump' });
    expect(answer.errors?.['test-schedule']).toContain("needs 'storage'");
  });
});
