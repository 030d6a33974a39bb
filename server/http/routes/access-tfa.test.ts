import { beforeEach, describe, expect, test } from 'vitest';
import { type TestAccess, testAccess } from '../../access/access-fixture.ts';
import { auditedRoutes } from '../../access/audited-routes.ts';
import { readTotpUri, type TotpKey, totpCode } from '../../access/two-factor/totp.ts';
import { createMemoryStore } from '../../cluster/memory/memory-store.ts';
import { accessRoutes } from './access.ts';
import { type Call, callRoutes } from './routes-fixture.ts';

const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const totp = `otpauth://totp/Croft:joe?secret=${secret}`;
const password = 'joe-password';
const joe = 'joe@pve';

let t: TestAccess;
let call: Call;

beforeEach(async () => {
  t = testAccess(createMemoryStore());
  call = callRoutes(t.access, auditedRoutes(accessRoutes({ access: t.access }), t.access.audit));
  for (const userid of [joe, 'eve@pve']) {
    await call('POST', '/access/users', { userid });
    await call('PUT', '/access/password', { userid, password });
  }
});

interface LoginData {
  ticket: string;
  CSRFPreventionToken: string;
  NeedTFA?: 1;
}

async function login(params: Record<string, string>): Promise<LoginData> {
  const { status, data } = await call('POST', '/access/ticket', { username: joe, password, ...params }, {});
  expect(status).toBe(200);
  return data as LoginData;
}

function as({ ticket, CSRFPreventionToken }: LoginData): Record<string, string> {
  return { cookie: `PVEAuthCookie=${encodeURIComponent(ticket)}`, csrfpreventiontoken: CSRFPreventionToken };
}

const code = () => totpCode(readTotpUri(totp) as TotpKey, Math.floor(t.clock.now() / 30_000));
const app1 = () => ({ type: 'totp', description: 'phone', totp, value: code() });

/** Adds an app as the user itself; answers its id. */
async function addApp(): Promise<string> {
  const answer = await call('POST', `/access/tfa/${joe}`, { ...app1(), password }, as(await login({})));
  expect(answer.status).toBe(200);
  t.clock.pass(60_000);
  return (answer.data as { id: string }).id;
}

test('the whole way: add an app, log in in two steps, make recovery keys, log in with one, remove all', async () => {
  const id = await addApp();
  const half = await login({});
  expect(half.NeedTFA).toBe(1);
  expect((await call('GET', '/access/users', {}, as(half))).status).toBe(401);
  const me = as(await login({ password: `totp:${code()}`, 'tfa-challenge': half.ticket }));
  expect((await call('GET', '/access/permissions', {}, me)).status).toBe(200);

  const keys = await call('POST', `/access/tfa/${joe}`, { type: 'recovery', password }, me);
  const { recovery = [] } = keys.data as { recovery?: string[] };
  expect(recovery).toHaveLength(10);
  const listed = await call('GET', `/access/tfa/${joe}`, {}, me);
  expect(listed.data).toEqual([
    { id, type: 'totp', description: 'phone', created: expect.any(Number), enable: 1 },
    { id: 'recovery', type: 'recovery', description: '', created: expect.any(Number), enable: 1 },
  ]);
  expect((await call('GET', `/access/tfa/${joe}/${id}`, {}, me)).data).toMatchObject({ id, type: 'totp' });
  expect((await call('GET', `/access/users/${joe}/tfa`, {}, me)).data).toEqual({ user: 'oath' });
  expect((await call('GET', `/access/users/${joe}/tfa`, { multiple: '1' }, me)).data).toEqual({
    types: ['totp', 'recovery'],
  });
  expect((await call('GET', '/access/tfa')).data).toMatchObject([{ userid: joe, entries: [{ id }, {}] }]);
  // Nothing but the answer that made them shows a secret.
  const shown = JSON.stringify([listed, await call('GET', '/access/tfa'), t.records]);
  for (const word of [secret, ...recovery]) expect(shown).not.toContain(word);

  const challenge = (await login({})).ticket;
  await login({ password: `recovery:${recovery[0]}`, 'tfa-challenge': challenge });
  expect((await call('PUT', `/access/tfa/${joe}/${id}`, { enable: '0', password }, me)).status).toBe(200);
  for (const factor of [id, 'recovery'])
    expect((await call('DELETE', `/access/tfa/${joe}/${factor}`, { password }, me)).status).toBe(200);
  expect((await login({})).NeedTFA).toBeUndefined();
  expect((await call('GET', '/access/tfa')).data).toEqual([]);
});

describe('changes', () => {
  test('want the caller’s own password, from everybody but root', async () => {
    const me = as(await login({}));
    const path = `/access/tfa/${joe}`;
    expect((await call('POST', path, app1(), me)).errors).toHaveProperty('password');
    expect((await call('POST', path, { ...app1(), password: 'guessed' }, me)).status).toBe(401);
    expect((await call('GET', path)).data).toEqual([]);
    const id = await addApp();
    for (const verb of ['PUT', 'DELETE'] as const) {
      expect((await call(verb, `${path}/${id}`, {}, me)).errors).toHaveProperty('password');
      expect((await call(verb, `${path}/${id}`, { password: 'guessed' }, me)).status).toBe(401);
    }
    expect((await call('DELETE', `${path}/${id}`)).status).toBe(200);
  });

  test('are for the user itself and those who may change users, of root for root alone; tokens may not', async () => {
    await addApp();
    const { ticket } = await login({ username: 'eve@pve' });
    const eve = {
      cookie: `PVEAuthCookie=${encodeURIComponent(ticket)}`,
      csrfpreventiontoken: t.access.tickets.issueCsrf('eve@pve'),
    };
    expect((await call('GET', `/access/tfa/${joe}`, {}, eve)).status).toBe(403);
    expect((await call('DELETE', `/access/tfa/${joe}/recovery`, { password }, eve)).status).toBe(403);
    expect((await call('PUT', `/access/users/${joe}/unlock-tfa`, {}, eve)).status).toBe(403);
    expect((await call('GET', '/access/tfa', {}, eve)).data).toEqual([]);
    await call('PUT', '/access/acl', { path: '/access', roles: 'PVEUserAdmin', users: 'eve@pve' });
    expect((await call('GET', '/access/tfa', {}, eve)).data).toMatchObject([{ userid: joe }]);
    expect((await call('POST', `/access/tfa/${joe}`, { type: 'recovery', password }, eve)).status).toBe(200);
    expect((await call('POST', '/access/tfa/root@pam', { type: 'recovery', password }, eve)).status).toBe(
      403,
    );
    const made = await call('POST', `/access/users/${joe}/token/full`, { privsep: '0' });
    const authorization = `PVEAPIToken=joe@pve!full=${(made.data as { value: string }).value}`;
    expect((await call('GET', `/access/tfa/${joe}`, {}, { authorization })).status).toBe(200);
    expect(
      (await call('DELETE', `/access/tfa/${joe}/recovery`, { password }, { authorization })).status,
    ).toBe(403);
  });

  test.each([
    [{ type: 'webauthn', description: 'key' }, 'type'],
    [{ type: 'yubico' }, 'type'],
    [{ type: 'none' }, 'type'],
    [{ type: 'totp', totp, value: '123456' }, 'description'],
    [{ type: 'totp', description: 'x'.repeat(256), totp }, 'description'],
    [{ type: 'totp', description: 'x', value: '123456' }, 'totp'],
    [{ type: 'totp', description: 'x', totp: 'otpauth://totp/x?secret=AAAA', value: '123456' }, 'totp'],
    [{ type: 'totp', description: 'x', totp }, 'value'],
    [{ type: 'totp', description: 'x', totp, value: 'abcdef' }, 'value'],
    [{ type: 'recovery', value: '123456' }, 'value'],
    [{ type: 'recovery', totp }, 'totp'],
    [{ type: 'totp', challenge: 'x' }, 'challenge'],
    [{ type: 'recovery', password: 'abc' }, 'password'],
  ])('are refused when malformed: %j', async (params, field) => {
    const answer = await call('POST', `/access/tfa/${joe}`, params as Record<string, string>);
    expect(answer.status).toBe(400);
    expect(answer.errors).toHaveProperty(field);
    expect(JSON.stringify(answer)).not.toContain(secret);
    expect((await call('GET', `/access/tfa/${joe}`)).data).toEqual([]);
  });

  test('say what is not there', async () => {
    expect((await call('GET', '/access/tfa/gone@pve')).status).toBe(500);
    expect((await call('POST', '/access/tfa/gone@pve', { type: 'recovery' })).status).toBe(500);
    for (const id of ['none', 'recovery', '__proto__', '..%2f..'])
      for (const verb of ['GET', 'PUT', 'DELETE'])
        expect((await call(verb, `/access/tfa/${joe}/${id}`)).status).toBe(500);
  });
});

test('locks are shown and opened', async () => {
  await addApp();
  for (let i = 0; i < 8; i += 1) await t.access.twoFactor.refusalOf(joe, 'totp:00000000'.slice(0, 11));
  const users = async () => (await call('GET', '/access/users')).data;
  expect(await users()).toMatchObject([{ userid: 'eve@pve' }, { userid: joe, 'totp-locked': 1 }, {}]);
  expect((await call('GET', '/access/tfa')).data).toMatchObject([{ userid: joe, 'totp-locked': 1 }]);
  expect((await call('PUT', `/access/users/${joe}/unlock-tfa`)).data).toBe(1);
  expect((await call('PUT', `/access/users/${joe}/unlock-tfa`)).data).toBe(0);
  expect(JSON.stringify(await users())).not.toContain('locked');
  expect((await call('PUT', '/access/users/gone@pve/unlock-tfa')).status).toBe(500);
});
