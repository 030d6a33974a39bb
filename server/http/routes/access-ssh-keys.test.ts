// The library of SSH keys over the wire: adding, refusing, who may, and that it goes with its user.
import { beforeEach, describe, expect, test } from 'vitest';
import { type TestAccess, testAccess } from '../../access/access-fixture.ts';
import { createMemoryStore } from '../../cluster/memory/memory-store.ts';
import { accessRoutes } from './access.ts';
import { type Call, callRoutes } from './routes-fixture.ts';

let t: TestAccess;
let call: Call;

beforeEach(async () => {
  t = testAccess(createMemoryStore());
  call = callRoutes(t.access, accessRoutes({ access: t.access }));
  for (const userid of ['joe@pve', 'eve@pve']) await call('POST', '/access/users', { userid });
});

/** Ed25519 keys that differ. */
function key(seed: number, comment = ''): string {
  const head = Buffer.from('0000000b7373682d6564323535313900000020', 'hex');
  const body = Buffer.concat([head, Buffer.alloc(32, seed)]).toString('base64');
  return `ssh-ed25519 ${body}${comment && ` ${comment}`}`;
}
const path = '/access/users/joe@pve/ssh-keys';
const names = async (of = path) =>
  ((await call('GET', of)).data as { name: string }[]).map(({ name }) => name);

const as = (userid: string) => ({
  cookie: `PVEAuthCookie=${encodeURIComponent(t.access.tickets.issue(userid))}`,
  csrfpreventiontoken: t.access.tickets.issueCsrf(userid),
});

test('one key, with a name or by its comment', async () => {
  expect((await call('GET', path)).data).toEqual([]);
  const first = await call('POST', path, { key: key(1, 'joe@desk'), name: 'laptop' });
  expect(first).toMatchObject({ status: 200, data: { added: ['laptop'], known: [] } });
  expect((await call('POST', path, { key: key(2, '  Joe’s phone ') })).data).toMatchObject({
    added: ['Joe-s-phone'],
  });
  expect((await call('POST', path, { key: key(3) })).data).toMatchObject({ added: ['ssh-ed25519'] });
  expect((await call('GET', path)).data).toEqual([
    expect.objectContaining({ name: 'Joe-s-phone', comment: 'Joe’s phone' }),
    {
      ...{ name: 'laptop', type: 'ssh-ed25519', comment: 'joe@desk', key: key(1, 'joe@desk') },
      fingerprint: expect.stringMatching(/^SHA256:[A-Za-z0-9+/]{43}$/),
    },
    expect.objectContaining({ name: 'ssh-ed25519' }),
  ]);
  expect((await call('DELETE', `${path}/laptop`)).status).toBe(200);
  expect(await names()).toEqual(['Joe-s-phone', 'ssh-ed25519']);
  expect((await call('DELETE', `${path}/laptop`)).message).toContain("no such SSH key 'laptop'");
});

test('many at once, each one time, all or none', async () => {
  await call('POST', path, { key: key(1, 'a@b'), name: 'mine' });
  const text = `# keys\n${key(1)}\n\n${key(2, 'a@b')}\r\n${key(3, 'a@b')}\n${key(2)}\n`;
  expect((await call('POST', path, { key: text })).data).toEqual({
    added: ['a@b', 'a@b-2'],
    known: ['mine'],
  });
  const wrong = await call('POST', path, { key: `${key(4)}\nnot a key` });
  expect(wrong.status).toBe(400);
  expect(wrong.errors?.['key']).toMatch(/^line 2 must begin/);
  expect(await names()).toEqual(['a@b', 'a@b-2', 'mine']);
});

describe('refuses', () => {
  test.each([
    [{ key: '' }, 'key'],
    [{ key: '# nothing' }, 'key'],
    [{ key: `${key(1)}\n${key(2)}`, name: 'two' }, 'name'],
    [{ key: key(1), name: '../x' }, 'name'],
    [{ key: key(1), name: '' }, 'name'],
    [{ key: `command="id" ${key(1)}` }, 'key'],
    [{ key: 'x'.repeat(129 * 1024) }, 'key'],
    [{ key: '-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0LXdvcmQ=\n' }, 'key'],
  ])('%j', async (params, field) => {
    const answer = await call('POST', path, params);
    expect(answer.status).toBe(400);
    expect(answer.errors).toHaveProperty([field]);
    expect(JSON.stringify(answer)).not.toContain('c2VjcmV0');
    expect(await names()).toEqual([]);
  });

  test('a name that is taken, and more than a hundred', async () => {
    await call('POST', path, { key: key(1), name: 'mine' });
    expect((await call('POST', path, { key: key(2), name: 'mine' })).errors).toHaveProperty('name');
    const many = Array.from({ length: 100 }, (_, i) => key(i + 2)).join('\n');
    expect((await call('POST', path, { key: many })).errors?.['key']).toContain('at most 100');
    expect(await names()).toEqual(['mine']);
  });
});

test('are for the user, and those who may change users; of root for root alone', async () => {
  const [joe, eve] = [as('joe@pve'), as('eve@pve')];
  expect((await call('POST', path, { key: key(1), name: 'mine' }, joe)).status).toBe(200);
  expect((await call('GET', path, {}, joe)).data).toHaveLength(1);
  for (const [verb, at, params] of [
    ['GET', path, {}],
    ['POST', path, { key: key(2) }],
    ['DELETE', `${path}/mine`, {}],
  ] as const)
    expect((await call(verb, at, params, eve)).status).toBe(403);
  await call('PUT', '/access/acl', { path: '/access', roles: 'PVEUserAdmin', users: 'eve@pve' });
  expect((await call('DELETE', `${path}/mine`, {}, eve)).status).toBe(200);
  const root = '/access/users/root@pam/ssh-keys';
  expect((await call('POST', root, { key: key(3) }, eve)).status).toBe(403);
  expect((await call('POST', root, { key: key(3) })).status).toBe(200);
  expect((await call('GET', path, {}, {})).status).toBe(401);
});

test('go with their user, and come back with none', async () => {
  await call('POST', path, { key: key(1) });
  await call('DELETE', '/access/users/joe@pve');
  expect(t.store.read('ssh-keys/joe@pve')).toBeUndefined();
  expect((await call('GET', path)).message).toContain('no such user');
  await t.store.write('ssh-keys/joe@pve', { keys: [{ name: 'left', key: key(9) }] });
  await call('POST', '/access/users', { userid: 'joe@pve' });
  expect(await names()).toEqual([]);
});
