// `croft backup-job` against a fake daemon: what is shown, asked and sent.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FakeDaemon, Reply } from './daemon-fixture.ts';

let daemon: FakeDaemon;
beforeEach(async () => {
  daemon = await FakeDaemon.start();
});
afterEach(() => daemon.stop());
const run = (...words: string[]) => daemon.run(['backup-job', ...words]);
const sent = (verb: string, path: string) =>
  daemon.asked.find((one) => one.verb === verb && one.path === path);

test('the list', async () => {
  const job = { type: 'vzdump', schedule: '02:00', enabled: 1, storage: 'nas' };
  daemon.on('GET /cluster/backup', () => [
    {
      ...job,
      id: 'a',
      all: 1,
      exclude: '101',
      'next-run': 0,
      'last-run': 0,
      'last-state': 'ok',
      'last-status': 'OK',
    },
    { ...job, id: 'b', tags: 'prod', enabled: 0, 'last-state': 'running' },
    { ...job, id: 'c', vmid: '100,101', 'last-state': 'failed', 'last-status': 'no \x1b[31mspace' },
  ]);
  const { out, code } = await run('list');
  expect(code).toBe(0);
  expect(out).toMatch(/^a +02:00 +all but 101 +nas +1970-01-0.* +OK$/m);
  expect(out).toMatch(/^b +02:00 +tags prod +nas +off +running$/m);
  expect(out).toMatch(/^c +02:00 +100,101 +nas +never +no \?\[31mspace$/m);
  daemon.on('GET /cluster/backup', () => []);
  expect((await run('ls')).out).toBe('no backup jobs\n');
});

test('jobs are added, changed, shown and removed', async () => {
  for (const method of ['POST /cluster/backup', 'PUT /cluster/backup/a', 'DELETE /cluster/backup/a'])
    daemon.on(method, () => null);
  daemon.on('GET /cluster/backup/a', () => ({
    id: 'a',
    schedule: '02:00',
    'prune-backups': { 'keep-last': 3 },
  }));
  await run(
    'add',
    'a',
    '--all',
    '--schedule',
    'mon..fri 02:00',
    '--storage=nas',
    '--prune-backups',
    'keep-last=3',
  );
  expect(JSON.parse(sent('POST', '/cluster/backup')?.body ?? '')).toEqual({
    ...{ id: 'a', all: '1', schedule: 'mon..fri 02:00', storage: 'nas', 'prune-backups': 'keep-last=3' },
  });
  await run('set', 'a', '--enabled', '0', '--delete', 'comment');
  expect(JSON.parse(sent('PUT', '/cluster/backup/a')?.body ?? '')).toEqual({
    enabled: '0',
    delete: 'comment',
  });
  expect((await run('show', 'a')).out).toMatch(/^prune-backups: +\{"keep-last":3\}$/m);
  expect((await daemon.run(['--yes', 'backup-job', 'remove', 'a'])).code).toBe(0);
  expect(sent('DELETE', '/cluster/backup/a')).toBeDefined();
});

test('what the daemon refuses is told by its field', async () => {
  daemon.on(
    'POST /cluster/backup',
    () =>
      new Reply(400, {
        ...{ message: 'Parameter verification failed.\n', code: 'invalid-input' },
        errors: { schedule: 'never comes' },
      }),
  );
  const { code, err } = await run('add', 'a', '--all', '--schedule', '2-30 00:00');
  expect(code).not.toBe(0);
  expect(err).toContain('schedule');
  expect(err).toContain('never comes');
});

test('a run is a task', async () => {
  const upid = 'UPID:pve1:00000001:00000001:00000001:vzdump::root@pam:';
  daemon.on('POST /cluster/backup/a/run', () => upid);
  expect((await daemon.run(['--no-wait', 'backup-job', 'run', 'a'])).out).toBe(`${upid}\n`);
});

test('which disks are in it, and which guests are in no job', async () => {
  daemon.on('GET /cluster/backup/a/included_volumes', () => ({
    children: [
      {
        ...{ id: 100, type: 'qemu', name: 'web' },
        children: [{ id: 'scsi1', name: 'local:vm-100-disk-1', included: 0, reason: 'backup=no' }],
      },
      { id: 555, type: 'unknown' },
    ],
  }));
  const { out } = await run('volumes', 'a');
  expect(out).toMatch(/^ *100 +web +scsi1 +local:vm-100-disk-1 +no +backup=no$/m);
  expect(out).toMatch(/^ *555 +there is no such guest$/m);
  daemon.on('GET /cluster/backup-info/not-backed-up', () => [{ vmid: 102, type: 'lxc', name: 'mail' }]);
  expect((await run('uncovered')).out).toMatch(/^ *102 +ct +mail$/m);
  daemon.on('GET /cluster/backup-info/not-backed-up', () => []);
  expect((await run('uncovered')).out).toBe('all guests are backed up\n');
});

test('when a schedule comes', async () => {
  daemon.on('GET /cluster/jobs/schedule-analyze', ({ query }) =>
    query['schedule'] === 'daily' ? [{ timestamp: 86400 }, { timestamp: 172800 }] : [],
  );
  expect((await run('next', 'daily', '--count', '2')).out.split('\n')).toHaveLength(3);
  expect(sent('GET', '/cluster/jobs/schedule-analyze')?.query).toEqual({
    schedule: 'daily',
    iterations: '2',
  });
  expect((await run('next', '2-30 00:00')).out).toBe('never\n');
});
