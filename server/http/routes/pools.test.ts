import { beforeEach, describe, expect, test } from 'vitest';
import { type TestAccess, testAccess } from '../../access/access-fixture.ts';
import { poolsKey } from '../../access/pools.ts';
import { createMemoryStore } from '../../cluster/memory/memory-store.ts';
import { createResourceIndex, type ResourceIndex } from '../../cluster/resource-index.ts';
import { accessRoutes } from './access.ts';
import { poolRoutes } from './pools.ts';
import { type Call, callRoutes } from './routes-fixture.ts';

const joe = 'joe@pve';
let t: TestAccess;
let index: ResourceIndex;
let call: Call;
let headers: Record<string, string>;

beforeEach(async () => {
  t = testAccess(createMemoryStore());
  index = createResourceIndex(() => {});
  for (const vmid of [100, 101, 102]) {
    await t.store.write(`guests/${vmid}`, { vmid });
    index.set({ id: `qemu/${vmid}`, type: 'qemu', node: 'n', status: 'running', vmid, name: `vm-${vmid}` });
  }
  for (const storage of ['local', 'fast']) {
    await t.store.write(`storages/${storage}`, {});
    index.set({ id: `storage/n/${storage}`, type: 'storage', node: 'n', status: 'available', storage });
  }
  call = callRoutes(t.access, [
    ...accessRoutes({ access: t.access }),
    ...poolRoutes({ access: t.access, index }),
  ]);
  await t.access.users.create(joe, {});
  headers = {
    cookie: `PVEAuthCookie=${encodeURIComponent(t.access.tickets.issue(joe))}`,
    csrfpreventiontoken: t.access.tickets.issueCsrf(joe),
  };
});

async function ok(...args: Parameters<typeof call>): Promise<unknown> {
  const answer = await call(...args);
  expect(answer).toMatchObject({ status: 200 });
  return answer.data;
}

const grant = (path: string, roles: string) => ok('PUT', '/access/acl', { path, roles, users: joe });
const membersOf = async (poolid: string, more = {}) =>
  ((await ok('GET', '/pools', { poolid, ...more })) as { members: { id: string }[] }[])[0]?.members.map(
    ({ id }) => id,
  );

test('a pool is made, filled, read either way, emptied and deleted', async () => {
  await ok('POST', '/pools', { poolid: 'office', comment: 'ours' });
  await ok('PUT', '/pools', { poolid: 'office', vms: '101,100', storage: 'local' });
  expect(await ok('GET', '/pools')).toEqual([{ poolid: 'office', comment: 'ours' }]);
  const members = [{ id: 'qemu/100', name: 'vm-100' }, { id: 'qemu/101' }, { id: 'storage/n/local' }];
  expect(await ok('GET', '/pools', { poolid: 'office' })).toMatchObject([
    { poolid: 'office', comment: 'ours', members },
  ]);
  expect(await ok('GET', '/pools/office')).toMatchObject({ comment: 'ours', members });
  expect(await membersOf('office', { type: 'storage' })).toEqual(['storage/n/local']);
  expect(await membersOf('office', { type: 'lxc' })).toEqual([]);
  expect((await call('DELETE', '/pools/office')).message).toContain('is not empty (contains VM 100)');
  await ok('PUT', '/pools/office', { vms: '100 101', delete: '1', comment: '' });
  expect((await call('DELETE', '/pools', { poolid: 'office' })).message).toContain(
    "contains storage 'local'",
  );
  await ok('PUT', '/pools/office', { storage: 'local', delete: '1' });
  expect(await ok('GET', '/pools')).toEqual([{ poolid: 'office' }]);
  await grant('/pool/office', 'PVEPoolAdmin');
  await ok('DELETE', '/pools', { poolid: 'office' });
  expect(await ok('GET', '/pools')).toEqual([]);
  expect(await ok('GET', '/access/acl')).toEqual([]);
});

test('pools lie in pools, three deep', async () => {
  expect((await call('POST', '/pools', { poolid: 'a/b' })).message).toContain(
    "parent pool 'a' does not exist",
  );
  for (const poolid of ['a', 'a/b', 'a/b/c']) await ok('POST', '/pools', { poolid });
  expect((await call('POST', '/pools', { poolid: 'a/b/c/d' })).status).toBe(400);
  expect((await call('POST', '/pools', { poolid: 'a/b' })).message).toContain('already exists');
  await ok('PUT', '/pools', { poolid: 'a/b', vms: '100' });
  expect(await ok('GET', '/pools/a%2Fb')).toMatchObject({ members: [{ id: 'qemu/100' }] });
  expect((await call('DELETE', '/pools', { poolid: 'a/b' })).message).toContain("contains pool 'a/b/c'");
  await grant('/pool/a', 'PVEVMUser');
  expect(t.access.directory.permissions.may(joe, '/vms/100', 'VM.Console')).toBe(true);
  expect(t.access.directory.permissions.may(joe, '/vms/101', 'VM.Console')).toBe(false);
});

describe('members', () => {
  beforeEach(async () => {
    for (const poolid of ['a', 'b']) await ok('POST', '/pools', { poolid });
    await ok('PUT', '/pools', { poolid: 'a', vms: '100', storage: 'local' });
  });

  test('a guest is in one pool, and moves when that is asked for; a storage may be in several', async () => {
    const put = { poolid: 'b', vms: '100' };
    expect((await call('PUT', '/pools', put)).message).toContain("belongs already to pool 'a'");
    await ok('PUT', '/pools', { ...put, 'allow-move': '1', storage: 'local' });
    expect([await membersOf('a'), await membersOf('b')]).toEqual([
      ['storage/n/local'],
      ['qemu/100', 'storage/n/local'],
    ]);
  });

  test('all of a change or nothing is made', async () => {
    for (const wrong of [
      { vms: '101,999' },
      { vms: '101', storage: 'none' },
      { vms: '101,100', delete: '1' },
      { vms: '101', storage: 'local', delete: '1', poolid: 'b' },
    ])
      expect((await call('PUT', '/pools', { poolid: 'a', ...wrong })).status).toBe(500);
    expect(await membersOf('a')).toEqual(['qemu/100', 'storage/n/local']);
    expect((await call('PUT', '/pools', { poolid: 'a', vms: '100' })).message).toContain(
      'already a pool member',
    );
    expect((await call('PUT', '/pools', { poolid: 'a', vms: '101', delete: '1' })).message).toContain(
      'VM 101 is not a pool member',
    );
  });

  test('two at once do not put a guest into two pools', async () => {
    const tries = await Promise.all(
      ['a', 'b'].map((poolid) => call('PUT', '/pools', { poolid, vms: '101' })),
    );
    expect(tries.map(({ status }) => status).sort()).toEqual([200, 500]);
  });

  test('guests and storages that are deleted leave their pools; so do those deleted before a crash', async () => {
    await t.store.delete('guests/100');
    await t.store.delete('storages/local');
    await expect.poll(() => t.access.pools.get('a')).toMatchObject({ vms: [], storage: [] });
    await t.store.write(poolsKey, { pools: [{ id: 'a', vms: [100, 101], storage: ['local', 'fast'] }] });
    await t.access.pools.sweep();
    expect(t.access.pools.get('a')).toMatchObject({ vms: [101], storage: ['fast'] });
  });

  test('who may make guests in a pool may make them there, and nowhere else', async () => {
    await grant('/pool/a', 'PVEVMAdmin');
    const { pools, directory } = t.access;
    const asker = {
      requester: joe,
      may: (path: string, p: 'VM.Allocate') => directory.permissions.may(joe, path, p),
    };
    const mayMake = (pool: string, path = '/vms/200') =>
      pools.askerFor(asker as never, 200, pool).may(path, 'VM.Allocate');
    expect(mayMake('a')).toBe(true);
    expect(mayMake('a', '/vms/201')).toBe(false);
    expect(mayMake('b')).toBe(false);
    // Which pools there are is told only to who might make the guest.
    expect(mayMake('gone')).toBe(false);
    await grant('/vms/200', 'PVEVMAdmin');
    expect(() => mayMake('gone')).toThrow("pool 'gone' does not exist");
  });

  test('a new guest joins its pool, and those who watch hear of it', async () => {
    const heard: unknown[] = [];
    const stop = t.access.pools.watch((changed) => heard.push(changed));
    await t.access.pools.join(102, 'b');
    await t.access.pools.join(102, 'b');
    expect(t.access.pools.poolOf(102)).toBe('b');
    expect(heard).toEqual([{ pools: ['b'], vms: [102] }]);
    stop();
    await expect(t.access.pools.join(102, 'gone')).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('rights', () => {
  beforeEach(async () => {
    for (const poolid of ['a', 'b']) await ok('POST', '/pools', { poolid });
    await ok('PUT', '/pools', { poolid: 'a', vms: '100', storage: 'local' });
  });

  test('without any there is nothing to see and nothing to do', async () => {
    expect(await ok('GET', '/pools', {}, headers)).toEqual([]);
    for (const [verb, path, params] of [
      ['GET', '/pools', { poolid: 'a' }],
      ['GET', '/pools', { poolid: 'gone' }],
      ['GET', '/pools/a', {}],
      ['POST', '/pools', { poolid: 'c' }],
      ['PUT', '/pools', { poolid: 'a', comment: 'x' }],
      ['PUT', '/pools/a', { vms: '101' }],
      ['DELETE', '/pools', { poolid: 'b' }],
      ['DELETE', '/pools/b', {}],
    ] as const)
      expect((await call(verb, path, params, headers)).status, `${verb} ${path}`).toBe(403);
  });

  test('who audits a pool sees what is in it; how it is, who may look at that', async () => {
    await grant('/pool/a', 'PVEPoolUser');
    expect(await ok('GET', '/pools', {}, headers)).toEqual([{ poolid: 'a' }]);
    expect(await ok('GET', '/pools/a', {}, headers)).toEqual({
      members: [
        { id: 'qemu/100', node: 'n', type: 'qemu', vmid: 100 },
        { id: 'storage/n/local', node: 'n', type: 'storage', storage: 'local' },
      ],
    });
    await grant('/pool/a', 'PVEAuditor');
    expect(await ok('GET', '/pools/a', { type: 'qemu' }, headers)).toMatchObject({
      members: [{ name: 'vm-100' }],
    });
  });

  test('roles on a pool hold for its members, as long as they are in it', async () => {
    await grant('/pool/a', 'PVEVMUser,PVEDatastoreUser');
    const told = (await ok('GET', '/access/permissions', {}, headers)) as Record<string, object>;
    expect(told['/vms/100']).toHaveProperty('VM.Console');
    expect(told['/storage/local']).toHaveProperty('Datastore.AllocateSpace');
    expect(index.visibleTo(viewer(), 'vm').map(({ vmid }) => vmid)).toEqual([100]);
    await ok('PUT', '/pools', { poolid: 'a', vms: '100', delete: '1' });
    expect(index.visibleTo(viewer(), 'vm')).toEqual([]);
    function viewer() {
      const { permissions } = t.access.directory;
      return {
        may: (...[path, privilege]: [string, 'VM.Audit']) => permissions.may(joe, path, privilege),
        mayBelow: (...[path, privilege]: [string, 'VM.Audit']) => permissions.mayBelow(joe, path, privilege),
      };
    }
  });

  test('who fills a pool must rule over what goes in, and over the pool that it comes from', async () => {
    await grant('/pool/b', 'PVEPoolAdmin');
    const put = (params: Record<string, string>) =>
      call('PUT', '/pools', { poolid: 'b', ...params }, headers);
    expect((await put({ comment: 'mine' })).status).toBe(200);
    for (const params of [{ vms: '101' }, { storage: 'fast' }, { vms: '999' }])
      expect((await put(params)).status).toBe(403);
    await grant('/vms', 'PVEVMAdmin');
    await grant('/storage/fast', 'PVEDatastoreAdmin');
    expect((await put({ vms: '101', storage: 'fast' })).status).toBe(200);
    expect((await put({ vms: '100', 'allow-move': '1' })).status).toBe(403);
    await grant('/pool/a', 'PVEPoolAdmin');
    expect((await put({ vms: '100', 'allow-move': '1' })).status).toBe(200);
  });
});

test.each([
  ['POST', { poolid: '' }, 'poolid'],
  ['POST', { poolid: '..' }, 'poolid'],
  ['POST', { poolid: 'a/..' }, 'poolid'],
  ['POST', { poolid: 'a b' }, 'poolid'],
  ['POST', { poolid: 'x'.repeat(200) }, 'poolid'],
  ['POST', { poolid: 'a', comment: 'x'.repeat(5000) }, 'comment'],
  ['PUT', { poolid: 'a', vms: '99' }, 'vms'],
  ['PUT', { poolid: 'a', vms: '100;rm' }, 'vms'],
  ['PUT', { poolid: 'a', vms: '1e3' }, 'vms'],
  ['PUT', { poolid: 'a', storage: '../x' }, 'storage'],
  ['PUT', { poolid: 'a', delete: 'maybe' }, 'delete'],
  ['GET', { type: 'qemu' }, 'poolid'],
  ['GET', { poolid: 'a', type: 'node' }, 'type'],
])('%s with malformed %j is refused', async (verb, params, field) => {
  const answer = await call(verb, '/pools', params as Record<string, string>);
  expect(answer.status).toBe(400);
  expect(answer.errors).toHaveProperty(field);
});

test('names that objects have of their own are names like any other', async () => {
  expect((await call('GET', '/pools/__proto__')).message).toContain('does not exist');
  for (const poolid of ['__proto__', 'constructor']) await ok('POST', '/pools', { poolid });
  await ok('PUT', '/pools', { poolid: '__proto__', vms: '100' });
  expect(await membersOf('__proto__')).toEqual(['qemu/100']);
  expect(await membersOf('constructor')).toEqual([]);
});
