import { beforeEach, describe, expect, test } from 'vitest';
import { type BackupWorld, backupWorld, base, noon, path } from './cluster-backup-fixture.ts';

let world: BackupWorld;
let call: BackupWorld['call'];
let ok: BackupWorld['ok'];
beforeEach(async () => {
  world = await backupWorld();
  ({ call, ok } = world);
  return () => world.jobs.close();
});

describe('jobs', () => {
  test('are made, listed, changed and removed', async () => {
    await ok('POST', '/cluster/backup', {
      ...base,
      comment: 'each night',
      'prune-backups': 'keep-daily=7,keep-last=3',
      fleecing: 'enabled=1,storage=local',
      'exclude-path': '/tmp/?*',
      mode: 'snapshot',
      compress: 'zstd',
      mailto: 'root@pam admin@example.org',
    });
    const shown = {
      ...{ id: 'nightly', type: 'vzdump', enabled: 1, all: 1, storage: 'local', schedule: '02:00' },
      ...{ comment: 'each night', mode: 'snapshot', compress: 'zstd' },
      'prune-backups': { 'keep-daily': 7, 'keep-last': 3 },
      fleecing: { enabled: 1, storage: 'local' },
      'exclude-path': ['/tmp/?*'],
      mailto: 'root@pam admin@example.org',
      // 02:00 in Athens.
      'next-run': Date.parse('2026-11-24T00:00:00Z') / 1000,
    };
    expect(await ok('GET', '/cluster/backup')).toEqual([shown]);
    expect(await ok('GET', path)).toEqual(shown);
    await ok('PUT', path, { enabled: '0', delete: 'comment,mailto', mode: 'stop' });
    const { comment: _, mailto: __, 'next-run': ___, ...left } = shown;
    expect(await ok('GET', path)).toEqual({ ...left, enabled: 0, mode: 'stop' });
    await ok('DELETE', path);
    expect(await ok('GET', '/cluster/backup')).toEqual([]);
    for (const verb of ['GET', 'PUT', 'DELETE'])
      expect((await call(verb, path)).message).toContain('does not exist');
  });

  test('get an id when they have none', async () => {
    const { id: _, ...rest } = base;
    await ok('POST', '/cluster/backup', rest);
    await ok('POST', '/cluster/backup', rest);
    const ids = ((await ok('GET', '/cluster/backup')) as { id: string }[]).map(({ id }) => id);
    expect(ids).toEqual([expect.stringMatching(/^backup-[0-9a-f-]{13}$/), expect.stringMatching(/^backup-/)]);
    expect(new Set(ids).size).toBe(2);
  });

  test('of one id there is one, also when two are made at once', async () => {
    const both = await Promise.all([1, 2].map(() => call('POST', '/cluster/backup', base)));
    expect(both.map(({ status }) => status).sort()[0]).toBe(200);
    expect(both.find(({ status }) => status !== 200)?.message).toContain('already exists');
  });

  test('the old notations', async () => {
    const { schedule: _, ...rest } = base;
    await ok('POST', '/cluster/backup', { ...rest, starttime: '2:30', dow: 'sat,mon', maxfiles: '3' });
    expect(await ok('GET', path)).toMatchObject({
      schedule: 'mon,sat 02:30',
      'prune-backups': { 'keep-last': 3 },
    });
    await ok('PUT', path, { starttime: '3:00' });
    expect(await ok('GET', path)).toMatchObject({ schedule: '03:00' });
    await ok('PUT', path, { delete: 'maxfiles' });
    expect(await ok('GET', path)).not.toHaveProperty('prune-backups');
  });

  test('ways to say which guests take each other’s place', async () => {
    await ok('POST', '/cluster/backup', { ...base, exclude: '102' });
    const guests = async (change: Record<string, string>) => {
      await ok('PUT', path, change);
      const { all, vmid, pool, tags, exclude } = (await ok('GET', path)) as Record<string, unknown>;
      return JSON.parse(JSON.stringify({ all, vmid, pool, tags, exclude })) as object;
    };
    expect(await guests({ all: '1', mode: 'stop' })).toEqual({ all: 1, exclude: '102' });
    expect(await guests({ vmid: '100, 101,100' })).toEqual({ vmid: '100,101' });
    expect(await guests({ pool: 'office' })).toEqual({ pool: 'office' });
    expect(await guests({ exclude: '101' })).toEqual({ pool: 'office', exclude: '101' });
    expect(await guests({ tags: 'prod' })).toEqual({ tags: 'prod' });
    expect(await guests({ all: '1', exclude: '5000' })).toEqual({ all: 1, exclude: '5000' });
    expect(await guests({ delete: 'all,exclude', vmid: '100' })).toEqual({ vmid: '100' });
  });

  test('exceptions alone mean all others', async () => {
    const { all: _, ...rest } = base;
    await ok('POST', '/cluster/backup', { ...rest, exclude: '101' });
    expect(await ok('GET', path)).toMatchObject({ all: 1, exclude: '101' });
  });
});

describe('guests of a job', () => {
  test('which of their volumes are in it, and why the others are not', async () => {
    await ok('POST', '/cluster/backup', { ...base, all: '0', vmid: '101,100,555' });
    const disk = (id: string, name: string, included: 0 | 1, reason: string) => ({
      id,
      name,
      included,
      reason,
    });
    expect(await ok('GET', `${path}/included_volumes`)).toEqual({
      children: [
        {
          ...{ id: 100, type: 'qemu', name: 'web' },
          children: [
            disk('efidisk0', 'local:100/vm-100-disk-2.raw', 1, 'backup=yes'),
            disk('scsi0', 'local:100/vm-100-disk-0.qcow2', 1, 'backup=yes'),
            disk('scsi1', 'local:100/vm-100-disk-1.qcow2', 0, 'backup=no'),
            disk('tpmstate0', 'local:100/vm-100-disk-3.raw', 1, 'backup=yes'),
          ],
        },
        {
          ...{ id: 101, type: 'lxc', name: 'mail' },
          children: [
            disk('rootfs', 'local:101/vm-101-disk-0.subvol', 1, 'rootfs'),
            disk('mp0', 'local:101/vm-101-disk-1.subvol', 1, 'enabled'),
            disk('mp1', 'local:101/vm-101-disk-2.subvol', 0, 'disabled'),
            disk('mp2', '/srv/share', 0, 'not a volume'),
          ],
        },
        { id: 555, type: 'unknown' },
      ],
    });
  });

  test.each([
    [{ all: '1' }, [100, 101, 102]],
    [{ all: '1', exclude: '101' }, [100, 102]],
    [{ all: '1', node: 'localhost' }, [100, 101]],
    [{ tags: 'PROD' }, [100, 101]],
    [{ tags: 'web,none' }, [100]],
    [{ tags: 'prod', exclude: '100' }, [101]],
    [{ pool: 'office' }, [101, 102]],
    [{ pool: 'office', exclude: '102' }, [101]],
    [{ vmid: '102' }, [102]],
  ])('%j', async (choice, vmids) => {
    await world.t.access.pools.create('office/web');
    const change = { comment: undefined, remove: false, allowMove: false, storage: [] };
    const root = { may: () => true } as never;
    await world.t.access.pools.update(root, 'office', { ...change, vms: [101] });
    await world.t.access.pools.update(root, 'office/web', { ...change, vms: [102] });
    const { all: _, ...rest } = base;
    await ok('POST', '/cluster/backup', { ...rest, ...choice });
    const { children } = (await ok('GET', `${path}/included_volumes`)) as { children: { id: number }[] };
    expect(children.map(({ id }) => id)).toEqual(vmids);
    const uncovered = (await ok('GET', '/cluster/backup-info/not-backed-up')) as { vmid: number }[];
    expect(uncovered.map(({ vmid }) => vmid)).toEqual(
      [100, 101, 102].filter((vmid) => !vmids.includes(vmid)),
    );
  });

  test('a disabled job takes care of nobody', async () => {
    await ok('POST', '/cluster/backup', { ...base, enabled: '0' });
    expect(await ok('GET', '/cluster/backup-info/not-backed-up')).toEqual([
      { vmid: 100, type: 'qemu', name: 'web' },
      { vmid: 101, type: 'lxc', name: 'mail' },
      { vmid: 102, type: 'qemu', name: 'other' },
    ]);
    expect(await ok('GET', '/cluster/backup-info')).toEqual([
      { subdir: 'not-backed-up' },
      { subdir: 'retention' },
    ]);
  });
});

describe('runs', () => {
  test('by hand: the job’s own guests of this node, with its options and id; the end is shown', async () => {
    await ok('POST', '/cluster/backup', {
      ...base,
      exclude: '101',
      compress: 'zstd',
      comment: 'x',
      'repeat-missed': '1',
    });
    expect(await ok('POST', `${path}/run`)).toBe('UPID:1');
    await world.clock.pass(0);
    expect(world.started).toEqual([
      { jobId: 'nightly', wishes: { storage: 'local', compress: 'zstd', vmid: '100' } },
    ]);
    expect(await ok('GET', path)).toMatchObject({
      ...{ 'last-run': noon / 1000, 'last-upid': 'UPID:1' },
      ...{ 'last-state': 'warnings', 'last-status': 'WARNINGS: 1' },
    });
  });

  test('by the schedule', async () => {
    await world.jobs.open();
    await ok('POST', '/cluster/backup', base);
    await world.clock.pass(11 * 3_600_000);
    expect(world.started).toEqual([]);
    await world.clock.pass(1 * 3_600_000);
    expect(world.started).toEqual([{ jobId: 'nightly', wishes: { storage: 'local', vmid: '100,101' } }]);
  });

  test('a pool that is gone is a failure, not a backup of nobody; a job of another node does not run here', async () => {
    await ok('POST', '/cluster/backup', { ...base, all: '0', pool: 'office' });
    await world.t.access.pools.delete('office');
    expect((await call('POST', `${path}/run`)).message).toContain("pool 'office' does not exist");
    expect(await ok('GET', path)).toMatchObject({ 'last-state': 'failed' });
    await world.t.store.write('backup-jobs/nightly', {
      ...{ since: 0, options: { schedule: 'daily', enabled: true, all: true, node: 'pve2' } },
    });
    expect((await call('POST', `${path}/run`)).message).toContain('no guests on this node');
    expect(world.started).toEqual([]);
  });

  test('named guests that are gone are told by the backup itself; without any there is nothing to do', async () => {
    await ok('POST', '/cluster/backup', { ...base, all: '0', vmid: '555,100' });
    await ok('POST', `${path}/run`);
    expect(world.started[0]?.wishes).toMatchObject({ vmid: '100,555' });
    await world.clock.pass(0);
    await ok('PUT', path, { vmid: '102' });
    expect((await call('POST', `${path}/run`)).message).toContain('no guests on this node');
    expect(await ok('GET', path)).toMatchObject({ 'last-state': 'nothing' });
  });
});

describe('rights', () => {
  const joe = 'joe@pve';
  let headers: Record<string, string>;
  beforeEach(async () => {
    const { access } = world.t;
    await access.users.create(joe, {});
    headers = {
      cookie: `PVEAuthCookie=${encodeURIComponent(access.tickets.issue(joe))}`,
      csrfpreventiontoken: access.tickets.issueCsrf(joe),
    };
    await ok('POST', '/access/roles', { roleid: 'jobs', privs: 'Sys.Audit,Sys.Modify' });
  });
  const grant = (at: string, roles: string) => ok('PUT', '/access/acl', { path: at, roles, users: joe });
  const asJoe = (verb: string, at: string, params: Record<string, string> = {}) =>
    call(verb, at, params, headers);

  test('without any there is nothing but schedules', async () => {
    await ok('POST', '/cluster/backup', base);
    for (const [verb, at, params] of [
      ...[
        ['GET', '/cluster/backup'],
        ['GET', path],
        ['GET', `${path}/included_volumes`],
      ],
      ...[
        ['POST', '/cluster/backup', { ...base, id: 'other' }],
        ['PUT', path],
        ['DELETE', path],
      ],
      ...[
        ['POST', `${path}/run`],
        ['GET', '/cluster/backup-info'],
      ],
      ['GET', '/cluster/backup-info/not-backed-up'],
    ] as [string, string, Record<string, string>?][])
      expect((await asJoe(verb, at, params)).status, `${verb} ${at}`).toBe(403);
    expect((await asJoe('GET', '/cluster/jobs/schedule-analyze', { schedule: 'daily' })).status).toBe(200);
  });

  test('nobody gets done by a job what he may not do himself', async () => {
    await grant('/', 'jobs');
    const make = (more: object) =>
      asJoe('POST', '/cluster/backup', { ...base, ...more } as Record<string, string>);
    expect((await make({})).message).toContain('/storage/local, Datastore.AllocateSpace');
    await grant('/storage/local', 'PVEDatastoreUser');
    expect((await make({ script: '/root/hook' })).message).toContain("only root@pam may set 'script'");
    expect((await make({ 'prune-backups': 'keep-last=1' })).message).toContain('Datastore.Allocate');
    expect(world.stored()).toEqual([]);
    expect((await make({ 'prune-backups': 'keep-all=1' })).status).toBe(200);
    await ok('PUT', path, { script: '/root/hook', 'prune-backups': 'keep-last=1' });
    expect((await asJoe('PUT', path, { comment: 'mine' })).status).toBe(200);
    expect((await asJoe('PUT', path, { delete: 'script' })).status).toBe(403);
    expect((await asJoe('PUT', path, { 'prune-backups': 'keep-last=2' })).status).toBe(403);
    expect(await ok('GET', path)).toMatchObject({ script: '/root/hook', comment: 'mine' });
  });

  test('guests that the caller may not look at are not shown', async () => {
    await grant('/', 'jobs');
    await grant('/vms/101', 'PVEAuditor');
    await ok('POST', '/cluster/backup', { ...base, enabled: '0' });
    const { data } = await asJoe('GET', `${path}/included_volumes`);
    expect((data as { children: { id: number }[] }).children.map(({ id }) => id)).toEqual([101]);
    expect((await asJoe('GET', '/cluster/backup-info/not-backed-up')).data).toMatchObject([{ vmid: 101 }]);
  });
});

test('when a schedule comes', async () => {
  expect(await ok('GET', '/cluster/jobs')).toEqual([{ subdir: 'schedule-analyze' }]);
  const analyze = (params: Record<string, string>) => call('GET', '/cluster/jobs/schedule-analyze', params);
  expect((await analyze({ schedule: 'sat 02:00', iterations: '2' })).data).toEqual([
    { timestamp: Date.parse('2026-11-28T00:00:00Z') / 1000, utc: 'Sat Nov 28 00:00:00 2026' },
    { timestamp: Date.parse('2026-12-05T00:00:00Z') / 1000, utc: 'Sat Dec  5 00:00:00 2026' },
  ]);
  expect((await analyze({ schedule: '*:0/5' })).data).toHaveLength(10);
  expect((await analyze({ schedule: '2-30 00:00' })).data).toEqual([]);
  expect((await analyze({ schedule: '02:00', starttime: '0', iterations: '1' })).data).toEqual([
    { timestamp: 86400, utc: 'Fri Jan  2 00:00:00 1970' },
  ]);
  for (const [params, field] of [
    [{ schedule: 'whenever' }, 'schedule'],
    [{ schedule: 'daily', iterations: '101' }, 'iterations'],
    [{ schedule: 'daily', starttime: 'x' }, 'starttime'],
    [{}, 'schedule'],
  ] as const)
    expect((await analyze(params as Record<string, string>)).errors).toHaveProperty(field);
});
