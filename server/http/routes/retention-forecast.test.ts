import { beforeEach, describe, expect, test } from 'vitest';
import { type BackupWorld, backupWorld, noon } from './cluster-backup-fixture.ts';

const path = '/cluster/backup-info/retention';
let world: BackupWorld;
beforeEach(async () => {
  world = await backupWorld();
  return () => world.jobs.close();
});

interface Told {
  readonly backups: { readonly time: number; readonly rule?: string }[];
  readonly complete: number;
}
const ask = async (params: Record<string, string>) => (await world.ok('GET', path, params)) as Told;

describe('what a rule about keeping comes to', () => {
  test('is told backup by backup, in the zone of the node', async () => {
    const answer = await ask({
      ...{ 'prune-backups': 'keep-last=2,keep-monthly=2', schedule: '02:00', span: '60' },
    });
    const day = 86_400;
    expect(answer).toMatchObject({
      ...{ runs: 60, kept: 4, 'most-at-once': 5, complete: 1, timezone: 'Europe/Athens' },
      ...{ from: noon / 1000, until: noon / 1000 + 60 * day },
    });
    expect(answer.backups.map(({ time, rule }) => [new Date(time * 1000).toISOString(), rule])).toEqual([
      ['2027-01-22T00:00:00.000Z', 'keep-last'],
      ['2027-01-21T00:00:00.000Z', 'keep-last'],
      ['2026-12-31T00:00:00.000Z', 'keep-monthly'],
      ['2026-11-30T00:00:00.000Z', 'keep-monthly'],
    ]);
  });

  test('is a year when nobody says how long; all stay where nothing is to go', async () => {
    const answer = await ask({ 'prune-backups': 'keep-all=1', schedule: '*/6:00' });
    expect(answer).toMatchObject({ runs: 1460, kept: 1460, 'most-at-once': 1460 });
    expect(answer.backups).toHaveLength(1000);
    expect(answer.backups.some((one) => 'rule' in one)).toBe(false);
  });

  test('what is too much is cut short, and said', async () => {
    const answer = await ask({ 'prune-backups': 'keep-last=2', schedule: '*', span: '3660' });
    expect(answer).toMatchObject({ complete: 0, kept: 2, runs: 20_000 });
  });

  test.each([
    [{ 'prune-backups': 'keep-last=x' }, 'prune-backups'],
    [{ 'prune-backups': 'keep-never=1' }, 'prune-backups'],
    [{ schedule: 'every now and then' }, 'schedule'],
    [{ span: '0' }, 'span'],
    [{ span: '3661' }, 'span'],
    [{ schedule: 'x'.repeat(129) }, 'schedule'],
  ])('%j is refused', async (wrong, field) => {
    const answer = await world.call('GET', path, {
      ...{ 'prune-backups': 'keep-last=1', schedule: '02:00', ...wrong },
    });
    expect(answer.status).toBe(400);
    expect(Object.keys(answer.errors ?? {})).toEqual([field]);
  });
});
