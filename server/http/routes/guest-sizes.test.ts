// Named sizes over the wire: the ones that come with the system, changes of them, and who may.
import { beforeEach, describe, expect, test } from 'vitest';
import { type TestAccess, testAccess } from '../../access/access-fixture.ts';
import { createMemoryStore } from '../../cluster/memory/memory-store.ts';
import { builtInSizes, GuestSizes, guestSizesKey } from '../../guests/guest-sizes.ts';
import { guestSizeRoutes } from './guest-sizes.ts';
import { type Call, callRoutes } from './routes-fixture.ts';

const path = '/cluster/guest-sizes';
const wanted = { kind: 'qemu', name: 'Web server', cores: '2', memory: '3072', disk: '20' };
let t: TestAccess;
let call: Call;

beforeEach(() => {
  t = testAccess(createMemoryStore());
  call = callRoutes(t.access, guestSizeRoutes(new GuestSizes(t.store)));
});

interface Size {
  id: string;
  kind: string;
  name?: string;
  cores: number;
}
const list = async (params: Record<string, string> = {}) => (await call('GET', path, params)).data as Size[];
const ids = async (kind: string) => (await list({ kind })).map(({ id }) => id);

test('they come with the system, and are written down only when one is changed', async () => {
  expect(await list()).toEqual(builtInSizes);
  expect(await ids('lxc')).toEqual(['ct-tiny', 'ct-small', 'ct-medium', 'ct-large', 'ct-huge']);
  expect(t.store.read(guestSizesKey)).toBeUndefined();
  await call('PUT', `${path}/vm-small`, { cores: '3', description: 'for most' });
  expect((await list())[1]).toEqual({
    ...{ id: 'vm-small', kind: 'qemu', cores: 3, memory: 2048, disk: 32, description: 'for most' },
  });
  await call('PUT', `${path}/vm-small`, { name: ' Klein ', description: '' });
  expect((await list())[1]).toEqual({
    ...{ id: 'vm-small', kind: 'qemu', name: 'Klein', cores: 3, memory: 2048, disk: 32 },
  });
  expect((await call('DELETE', path)).status).toBe(200);
  expect(await list()).toEqual(builtInSizes);
});

test('one is added, moved and removed, among those of its kind', async () => {
  const made = (await call('POST', path, wanted)).data as string;
  expect(made).toMatch(/^vm-[a-z0-9]{8}$/);
  expect((await ids('qemu')).at(-1)).toBe(made);
  expect((await call('POST', path, { ...wanted, id: 'first', position: '0' })).data).toBe('first');
  expect((await ids('qemu')).slice(0, 2)).toEqual(['first', 'vm-tiny']);
  await call('PUT', `${path}/first`, { position: '2' });
  expect((await ids('qemu')).slice(0, 3)).toEqual(['vm-tiny', 'vm-small', 'first']);
  await call('PUT', `${path}/ct-huge`, { position: '0' });
  expect((await ids('lxc'))[0]).toBe('ct-huge');
  expect((await list())[0]?.id).toBe('vm-tiny');
  for (const id of [made, 'first', 'vm-tiny'])
    expect((await call('DELETE', `${path}/${id}`)).status).toBe(200);
  expect((await ids('qemu'))[0]).toBe('vm-small');
});

test('all can go, and stay gone', async () => {
  for (const { id } of builtInSizes) await call('DELETE', `${path}/${id}`);
  expect(await list()).toEqual([]);
});

describe('refuses', () => {
  test.each([
    [{ name: '' }, 'name'],
    [{ name: '   ' }, 'name'],
    [{ name: 'a\nb' }, 'name'],
    [{ name: 'x'.repeat(65) }, 'name'],
    [{ cores: '0' }, 'cores'],
    [{ cores: '1.5' }, 'cores'],
    [{ cores: '99999' }, 'cores'],
    [{ memory: '15' }, 'memory'],
    [{ disk: '0' }, 'disk'],
    [{ kind: 'pod' }, 'kind'],
    [{ id: '../x' }, 'id'],
    [{ id: 'Big' }, 'id'],
    [{ position: '-1' }, 'position'],
    [{ description: 'a\u2028b' }, 'description'],
  ] as [Record<string, string>, string][])('%j', async (part, field) => {
    const answer = await call('POST', path, { ...wanted, ...part });
    expect(answer.status).toBe(400);
    expect(answer.errors).toHaveProperty([field]);
    expect(t.store.read(guestSizesKey)).toBeUndefined();
  });

  test('what is taken, what is not there, and too many', async () => {
    expect((await call('POST', path, { ...wanted, id: 'vm-tiny' })).message).toContain("'vm-tiny' already");
    expect((await call('PUT', `${path}/none`, { cores: '1' })).message).toContain("no such size 'none'");
    expect((await call('DELETE', `${path}/none`)).message).toContain("no such size 'none'");
    for (let i = builtInSizes.length; i < 100; i += 1) await call('POST', path, { ...wanted, id: `s${i}` });
    expect((await call('POST', path, wanted)).errors?.['name']).toContain('at most 100');
  });
});

test('everybody who is logged in reads them; changing takes Sys.Modify on /', async () => {
  await t.access.users.create('joe@pve', {});
  const joe = {
    cookie: `PVEAuthCookie=${encodeURIComponent(t.access.tickets.issue('joe@pve'))}`,
    csrfpreventiontoken: t.access.tickets.issueCsrf('joe@pve'),
  };
  expect((await call('GET', path, {}, {})).status).toBe(401);
  expect((await call('GET', path, {}, joe)).data).toEqual(builtInSizes);
  for (const [verb, at, params] of [
    ['POST', path, wanted],
    ['PUT', `${path}/vm-tiny`, { cores: '2' }],
    ['DELETE', `${path}/vm-tiny`, {}],
    ['DELETE', path, {}],
  ] as [string, string, Record<string, string>][]) {
    const answer = await call(verb, at, params, joe);
    expect(answer.status).toBe(403);
    expect(answer.message).toContain('Sys.Modify');
  }
});

test('two changes at once are both made', async () => {
  const sizes = new GuestSizes(t.store);
  await Promise.all(['vm-tiny', 'vm-small', 'ct-tiny'].map((id) => sizes.update(id, { cores: 7 })));
  expect(sizes.list().filter(({ cores }) => cores === 7)).toHaveLength(3);
});
