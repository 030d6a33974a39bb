import { beforeEach, describe, expect, test } from 'vitest';
import { type TestAccess, testAccess } from '../../access/access-fixture.ts';
import { auditedRoutes } from '../../access/audited-routes.ts';
import { createMemoryStore } from '../../cluster/memory/memory-store.ts';
import { accessRoutes } from './access.ts';
import { type Call, callRoutes } from './routes-fixture.ts';

let t: TestAccess;
let call: Call;

beforeEach(() => {
  t = testAccess(createMemoryStore());
  call = callRoutes(t.access, auditedRoutes(accessRoutes({ access: t.access }), t.access.audit));
});

interface LoginData {
  username: string;
  ticket: string;
  CSRFPreventionToken: string;
  cap: Record<string, Record<string, 1>>;
}

async function login(
  username: string,
  password: string,
): Promise<{ data: LoginData; as: Record<string, string> }> {
  const { data, status } = await call('POST', '/access/ticket', { username, password }, {});
  expect(status).toBe(200);
  const got = data as LoginData;
  return {
    data: got,
    as: {
      cookie: `PVEAuthCookie=${encodeURIComponent(got.ticket)}`,
      csrfpreventiontoken: got.CSRFPreventionToken,
    },
  };
}

/** A user of realm `pve` that can log in. */
async function makeUser(userid: string, password = 'password-1', more: Record<string, string> = {}) {
  expect((await call('POST', '/access/users', { userid, ...more })).status).toBe(200);
  expect((await call('PUT', '/access/password', { userid, password })).status).toBe(200);
  return login(userid, password);
}

describe('without logging in', () => {
  test('realms are told and tickets are given, nothing else', async () => {
    expect((await call('GET', '/access/domains', {}, {})).data).toEqual([
      { realm: 'pam', type: 'pam', comment: 'Linux PAM standard authentication', default: 1 },
      { realm: 'pve', type: 'pve', comment: 'Croft authentication server' },
    ]);
    expect(await call('GET', '/access/ticket', {}, {})).toMatchObject({ status: 200, data: null });
    for (const path of ['', '/users', '/groups', '/roles', '/acl', '/permissions'])
      expect((await call('GET', `/access${path}`, {}, {})).status).toBe(401);
    expect((await call('POST', '/access/users', { userid: 'a@pve' }, {})).status).toBe(401);
  });

  test('a wrong password is answered 401 with a text that tells nothing', async () => {
    for (const username of ['root@pam', 'nobody@pve', 'nobody@nowhere']) {
      const answer = await call('POST', '/access/ticket', { username, password: 'wrong' }, {});
      expect(answer).toMatchObject({
        status: 401,
        data: null,
        message: expect.stringContaining('authentication failure'),
      });
    }
  });
});

test('the login of root@pam', async () => {
  const { data, as } = await login('root@pam', 'root-password');
  expect(data.username).toBe('root@pam');
  expect(data.ticket).toMatch(/^PVE:root@pam:/);
  expect(Object.keys(data.cap).sort()).toEqual(['access', 'dc', 'mapping', 'nodes', 'sdn', 'storage', 'vms']);
  expect((await call('GET', '/access/users', {}, as)).data).toMatchObject([
    { userid: 'root@pam', enable: 1, expire: 0, 'realm-type': 'pam' },
  ]);
  const { cookie = '' } = as;
  expect((await call('POST', '/access/groups', { groupid: 'x' }, { cookie })).status).toBe(401);
  expect((await call('POST', '/access/groups', { groupid: 'x' }, as)).status).toBe(200);
});

test('path and privs must come together', async () => {
  const who = { username: 'root@pam', password: 'root-password' };
  expect((await call('POST', '/access/ticket', { ...who, path: '/vms' }, {})).status).toBe(400);
  const checked = await call('POST', '/access/ticket', { ...who, path: '/vms', privs: 'VM.Audit' }, {});
  expect(checked.data).not.toHaveProperty('ticket');
});

test('users from creation to deletion', async () => {
  await call('POST', '/access/groups', { groupid: 'staff', comment: 'The staff' });
  expect(
    await call('POST', '/access/users', { userid: 'joe@pve', groups: 'staff', email: 'j@x.org' }),
  ).toMatchObject({
    status: 200,
    data: null,
  });
  const again = await call('POST', '/access/users', { userid: 'joe@pve' });
  expect(again.message).toContain("user 'joe@pve' already exists");
  await call('POST', '/access/users/joe@pve/token/ci');
  expect((await call('GET', '/access/users/joe@pve')).data).toEqual({
    email: 'j@x.org',
    enable: 1,
    expire: 0,
    groups: ['staff'],
    tokens: { ci: { expire: 0, privsep: 1 } },
  });
  expect((await call('GET', '/access/users', { full: '1', enabled: '1' })).data).toMatchObject([
    { userid: 'joe@pve', groups: 'staff', tokens: [{ tokenid: 'ci', expire: 0, privsep: 1 }] },
    { userid: 'root@pam' },
  ]);
  await call('PUT', '/access/users/joe@pve', { enable: '0' });
  expect((await call('GET', '/access/users', { enabled: '0' })).data).toMatchObject([
    { userid: 'joe@pve', enable: 0 },
  ]);
  expect((await call('GET', '/access/groups')).data).toEqual([
    { groupid: 'staff', comment: 'The staff', users: 'joe@pve' },
  ]);
  expect((await call('GET', '/access/groups/staff')).data).toEqual({
    comment: 'The staff',
    members: ['joe@pve'],
  });
  expect((await call('DELETE', '/access/users/joe@pve')).status).toBe(200);
  expect((await call('GET', '/access/users/joe@pve')).message).toContain("no such user ('joe@pve')");
  expect((await call('GET', '/access/groups/staff')).data).toMatchObject({ members: [] });
});

test('two-factor keys are refused, not ignored', async () => {
  const answer = await call('POST', '/access/users', { userid: 'joe@pve', keys: 'x!yubico' });
  expect(answer).toMatchObject({ status: 400, errors: { keys: expect.any(String) } });
});

test('a user made with a password can log in with it', async () => {
  const made = await call('POST', '/access/users', { userid: 'joe@pve', password: 'password-1' });
  expect(made.status).toBe(200);
  expect(JSON.stringify(t.store.list('passwords'))).toContain('scrypt:');
  const linux = await call('POST', '/access/users', { userid: 'joe@pam', password: 'password-1' });
  expect(linux).toMatchObject({ status: 400, errors: { password: expect.any(String) } });
});

test('a read-only user sees and changes nothing', async () => {
  const { as } = await makeUser('eve@pve');
  await call('PUT', '/access/acl', { path: '/', roles: 'PVEAuditor', users: 'eve@pve' });
  expect((await call('GET', '/access/users', {}, as)).data).toHaveLength(2);
  expect((await call('GET', '/access/acl', {}, as)).data).toEqual([
    { path: '/', type: 'user', ugid: 'eve@pve', roleid: 'PVEAuditor', propagate: 1 },
  ]);
  for (const [verb, path, params] of [
    ['POST', '/access/users', { userid: 'x@pve' }],
    ['PUT', '/access/users/root@pam', { comment: 'x' }],
    ['DELETE', '/access/users/root@pam', {}],
    ['POST', '/access/groups', { groupid: 'x' }],
    ['POST', '/access/roles', { roleid: 'x' }],
    ['PUT', '/access/acl', { path: '/', roles: 'Administrator', users: 'eve@pve' }],
    ['PUT', '/access/password', { userid: 'root@pam', password: 'password-2' }],
    ['POST', '/access/users/root@pam/token/x1', {}],
  ] as const)
    expect({ path, status: (await call(verb, path, params, as)).status }).toEqual({ path, status: 403 });
});

test('everybody may change the own password, with the present one, and make tokens', async () => {
  const { as } = await makeUser('joe@pve', 'password-1');
  const change = { userid: 'joe@pve', password: 'password-2' };
  expect((await call('PUT', '/access/password', change, as)).errors).toHaveProperty('confirmation-password');
  const confirmed = { ...change, 'confirmation-password': 'password-1' };
  expect((await call('PUT', '/access/password', confirmed, as)).status).toBe(200);
  await login('joe@pve', 'password-2');
  const made = await call('POST', '/access/users/joe@pve/token/ci', { privsep: '0', comment: 'c' }, as);
  const { value, ...rest } = made.data as { value: string };
  expect(rest).toEqual({ 'full-tokenid': 'joe@pve!ci', info: { comment: 'c', expire: 0, privsep: 0 } });
  const token = { authorization: `PVEAPIToken=joe@pve!ci=${value}` };
  expect((await call('GET', '/access/permissions', {}, token)).status).toBe(200);
  expect((await call('POST', '/access/ticket', { username: 'x', password: 'y' }, token)).status).toBe(401);
  const again = await call('POST', '/access/users/joe@pve/token/ci', {}, as);
  expect(again).toMatchObject({ status: 400, errors: { tokenid: 'Token already exists.' } });
  const updated = await call(
    'PUT',
    '/access/users/joe@pve/token/ci',
    { delete: 'comment', privsep: '1' },
    as,
  );
  expect(updated.data).toEqual({ expire: 0, privsep: 1 });
  expect((await call('GET', '/access/users/joe@pve/token', {}, as)).data).toEqual([
    { tokenid: 'ci', expire: 0, privsep: 1 },
  ]);
  expect((await call('DELETE', '/access/users/joe@pve/token/ci', {}, as)).status).toBe(200);
  expect((await call('GET', '/access/permissions', {}, token)).status).toBe(401);
});

test('a token with fewer rights than its user cannot give itself more', async () => {
  const { as } = await makeUser('joe@pve');
  await call('PUT', '/access/acl', { path: '/', roles: 'Administrator', users: 'joe@pve' });
  const made = await call('POST', '/access/users/joe@pve/token/ci', {}, as);
  const token = { authorization: `PVEAPIToken=joe@pve!ci=${(made.data as { value: string }).value}` };
  for (const [verb, path, params] of [
    ['PUT', '/access/users/joe@pve/token/ci', { privsep: '0' }],
    ['POST', '/access/users/joe@pve/token/more', { privsep: '0' }],
    ['PUT', '/access/acl', { path: '/', roles: 'Administrator', tokens: 'joe@pve!ci' }],
    ['PUT', '/access/password', { userid: 'joe@pve', password: 'password-2' }],
  ] as const)
    expect({ path, status: (await call(verb, path, params, token)).status }).toEqual({ path, status: 403 });
});

test('roles', async () => {
  expect((await call('GET', '/access/roles')).data).toContainEqual({
    roleid: 'PVETemplateUser',
    privs: 'VM.Audit,VM.Clone',
    special: 1,
  });
  await call('POST', '/access/roles', { roleid: 'mine', privs: 'VM.Audit VM.Console' });
  await call('PUT', '/access/roles/mine', { privs: 'VM.Clone', append: '1' });
  expect((await call('GET', '/access/roles/mine')).data).toEqual({
    'VM.Audit': 1,
    'VM.Clone': 1,
    'VM.Console': 1,
  });
  expect((await call('GET', '/access/roles/NoAccess')).data).toEqual({});
  expect((await call('DELETE', '/access/roles/PVEAdmin')).message).toContain('cannot be deleted');
  expect((await call('DELETE', '/access/roles/mine')).status).toBe(200);
  expect((await call('GET', '/access/roles/mine')).message).toContain("role 'mine' does not exist");
});

test('permissions of oneself and of others', async () => {
  const { as } = await makeUser('joe@pve');
  await makeUser('max@pve');
  await call('PUT', '/access/acl', {
    path: '/vms/100',
    roles: 'PVETemplateUser',
    users: 'joe@pve',
    propagate: '0',
  });
  const own = { '/vms/100': { 'VM.Audit': 0, 'VM.Clone': 0 } };
  expect((await call('GET', '/access/permissions', {}, as)).data).toEqual(own);
  expect((await call('GET', '/access/permissions', { path: '/vms/100' }, as)).data).toEqual(own);
  expect((await call('GET', '/access/permissions', { path: '/nodes' }, as)).data).toEqual({ '/nodes': {} });
  expect((await call('GET', '/access/permissions', { userid: 'max@pve' }, as)).status).toBe(403);
  expect((await call('GET', '/access/permissions', { userid: 'joe@pve' })).data).toEqual(own);
  expect((await call('GET', '/access/permissions', { userid: 'gone@pve' })).message).toContain(
    'no such user',
  );
  const root = (await call('GET', '/access/permissions', {})).data as Record<string, Record<string, 1>>;
  expect(Object.keys(root['/'] ?? {})).toHaveLength(47);
});

test('changing calls and refusals of handlers leave a trace without values', async () => {
  await makeUser('joe@pve', 'password-1');
  const trace = t.records.map(({ event, requester, address, what }) => [event, requester, address, what]);
  expect(trace).toEqual([
    ['changed', 'root@pam', 'local', 'POST /access/users'],
    ['changed', 'root@pam', 'local', 'PUT /access/password'],
    ['login', 'joe@pve', 'unknown', 'password'],
  ]);
  expect(JSON.stringify(t.records)).not.toContain('password-1');
});
