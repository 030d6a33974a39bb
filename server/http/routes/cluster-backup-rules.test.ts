import { beforeEach, describe, expect, test } from 'vitest';
import { type BackupWorld, backupWorld, base, path } from './cluster-backup-fixture.ts';

let world: BackupWorld;
let call: BackupWorld['call'];
let ok: BackupWorld['ok'];
beforeEach(async () => {
  world = await backupWorld();
  ({ call, ok } = world);
  return () => world.jobs.close();
});

describe('what is wrong is named with its rule, and nothing is changed', () => {
  const wrong: readonly [change: Record<string, string>, field: string, rule: string | RegExp][] = [
    [{ schedule: 'mon..frx 02:00' }, 'schedule', 'not a weekday'],
    [{ schedule: '25:00' }, 'schedule', 'hour'],
    [{ schedule: 'x'.repeat(129) }, 'schedule', '128'],
    [{ schedule: '2-30 02:00' }, 'schedule', 'never comes'],
    [{ schedule: '2001-01-01 02:00' }, 'schedule', 'never comes'],
    [{ starttime: '02:00' }, 'starttime', "together with 'schedule'"],
    [{ dow: 'mon' }, 'starttime', 'requires'],
    [{ storage: 'gone' }, 'storage', 'does not exist'],
    [{ storage: 'discs' }, 'storage', 'not set up for backups'],
    [{ storage: '../x' }, 'storage', 'not a valid storage ID'],
    [{ fleecing: 'enabled=1,storage=gone' }, 'fleecing', 'does not exist'],
    [{ fleecing: 'enabled=1,storage=discs' }, 'fleecing', 'disks of VMs'],
    [{ fleecing: 'on=1' }, 'fleecing', 'unknown key'],
    [{ vmid: '99', all: '0' }, 'vmid', 'not a list of numbers'],
    [{ vmid: '100;rm -rf', all: '0' }, 'vmid', 'not a list of numbers'],
    [{ vmid: '100' }, 'all', "conflicts with option 'vmid'"],
    [{ pool: 'office' }, 'all', "conflicts with option 'pool'"],
    [{ tags: 'prod' }, 'all', "conflicts with option 'tags'"],
    [{ vmid: '100', all: '0', exclude: '101' }, 'exclude', "conflicts with option 'vmid'"],
    [{ pool: 'gone', all: '0' }, 'pool', 'does not exist'],
    [{ tags: 'ünclean', all: '0' }, 'tags', 'tag'],
    [{ all: 'perhaps' }, 'all', 'boolean'],
    [{ node: 'nowhere' }, 'node', 'does not exist'],
    [{ mode: 'fast' }, 'mode', 'one of: snapshot'],
    [{ compress: 'rar' }, 'compress', 'one of: 0'],
    [{ 'prune-backups': 'keep-last=-1' }, 'prune-backups', 'at least 0'],
    [{ 'prune-backups': 'keep-all=1,keep-last=2' }, 'prune-backups', 'keep-all'],
    [{ 'prune-backups': 'keep-last=2', maxfiles: '2' }, 'maxfiles', "together with 'prune-backups'"],
    [{ maxfiles: '0' }, 'maxfiles', 'minimum value of 1'],
    [{ bwlimit: '-1' }, 'bwlimit', 'minimum value of 0'],
    [{ ionice: '9' }, 'ionice', 'maximum value of 8'],
    [{ zstd: '-1' }, 'zstd', 'from 0'],
    [{ pigz: '5000' }, 'pigz', 'from 0'],
    [{ 'notes-template': '{{nothing}}' }, 'notes-template', 'nothing'],
    [{ mailto: 'a b@' }, 'mailto', 'mail'],
    [{ comment: 'x'.repeat(513) }, 'comment', '512'],
    [{ dumpdir: '/srv' }, 'dumpdir', "conflicts with option 'storage'"],
    [{ script: 'hook.sh' }, 'script', 'absolute path'],
    [{ script: '/opt/../hook.sh' }, 'script', '..'],
    [{ tmpdir: '/tmp\n/x' }, 'tmpdir', 'one line'],
    [{ 'exclude-path': '' }, 'exclude-path', 'not a pattern'],
    [{ stop: '1' }, 'stop', 'not supported'],
    [{ 'pbs-change-detection-mode': 'data' }, 'pbs-change-detection-mode', 'not supported'],
    [{ 'repeat-missed': 'sometimes' }, 'repeat-missed', 'boolean'],
    [{ unheard: '1' }, 'unheard', 'not defined'],
  ];

  test.each(wrong)('a new job with %j', async (change, field, rule) => {
    const answer = await call('POST', '/cluster/backup', { ...base, ...change });
    expect(answer.status).toBe(400);
    expect(answer.errors).toHaveProperty([field], expect.stringMatching(rule));
    expect(world.stored()).toEqual([]);
  });

  test.each(
    wrong.filter(
      ([change]) =>
        !('starttime' in change) &&
        !Object.hasOwn(change, 'all') &&
        change['vmid'] === undefined &&
        change['pool'] === undefined &&
        change['tags'] === undefined,
    ),
  )('a change to %j', async (change, field, rule) => {
    await ok('POST', '/cluster/backup', base);
    const before = world.stored();
    const more = 'notes-template' in change ? { storage: 'local' } : {};
    const answer = await call('PUT', path, { ...more, ...change });
    expect(answer.status).toBe(400);
    expect(answer.errors).toHaveProperty([field], expect.stringMatching(rule));
    expect(world.stored()).toEqual(before);
  });

  test.each([
    [{ id: '1job' }, 'id'],
    [{ id: 'a/b' }, 'id'],
    [{ id: 'a'.repeat(51) }, 'id'],
    [{ schedule: '' }, 'schedule'],
    [{ all: '0' }, 'vmid'],
    [{ all: '0', vmid: '' }, 'vmid'],
  ])('a new job with %j', async (change, field) => {
    const answer = await call('POST', '/cluster/backup', { ...base, ...change });
    expect(answer.status).toBe(400);
    expect(answer.errors).toHaveProperty(field);
    expect(world.stored()).toEqual([]);
  });

  test.each([
    [{ delete: 'schedule' }, 'delete', 'disable it'],
    [{ delete: 'shedule' }, 'delete', 'unknown option'],
    [{ delete: 'coment' }, 'delete', "did you mean 'comment'"],
    [{ delete: '__proto__' }, 'delete', 'not a list of valid names|unknown option'],
    [{ delete: 'comment', comment: 'x' }, 'delete', 'at once'],
    [{ delete: 'all' }, 'vmid', 'missing'],
    [{ all: '0' }, 'vmid', 'missing'],
    [{ vmid: '100', exclude: '101' }, 'exclude', 'conflicts'],
    [{ delete: 'storage' }, 'notes-template', 'needs'],
  ])('a change by %j', async (change, field, rule) => {
    await ok('POST', '/cluster/backup', { ...base, 'notes-template': '{{guestname}}' });
    const before = world.stored();
    const answer = await call('PUT', path, change);
    expect(answer.status).toBe(400);
    expect(answer.errors).toHaveProperty([field], expect.stringMatching(rule));
    expect(world.stored()).toEqual(before);
  });

  test('several at once are named at once', async () => {
    const answer = await call('POST', '/cluster/backup', {
      ...base,
      schedule: '99:00',
      storage: 'gone',
      node: 'x',
      zstd: '-1',
    });
    expect(Object.keys(answer.errors ?? {}).sort()).toEqual(['node', 'schedule', 'storage', 'zstd']);
  });

  test('ids of paths that no job can have', async () => {
    for (const id of ['..%2Fx', '__proto__', 'a%2Fb', '%00'])
      expect((await call('GET', `/cluster/backup/${id}`)).status).toBeGreaterThanOrEqual(400);
  });
});
