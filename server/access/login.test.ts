import { beforeEach, describe, expect, test } from 'vitest';
import { createMemoryStore } from '../cluster/memory/memory-store.ts';
import type { RequestFacts } from '../http/authenticator.ts';
import { type TestAccess, testAccess } from './access-fixture.ts';
import { callerOf } from './caller.ts';

let t: TestAccess;
const password = 'joe-password';
const login = (username: string, secret: string, more = {}) =>
  t.access.login.login({ username, password: secret, address: '10.0.0.1', ...more });
const root = () => callerOf(t.access.directory, 'root@pam');
const change = (userid: string, to: string, confirmation?: string) => ({
  userid,
  password: to,
  confirmation,
  address: '10.0.0.1',
  signal: new AbortController().signal,
});

beforeEach(async () => {
  t = testAccess(createMemoryStore(), { clusterName: () => 'office' });
  await t.access.users.create('joe@pve', {});
  await t.access.passwords.change(root(), change('joe@pve', password));
});

const failure = { code: 'unauthenticated', message: 'authentication failure' };

describe('logging in', () => {
  test('answers ticket, CSRF token and what the user may do', async () => {
    const reply = await login('root@pam', 'root-password');
    expect(reply).toMatchObject({ username: 'root@pam', clustername: 'office' });
    expect(t.access.tickets.read(reply.ticket ?? '')?.userid).toBe('root@pam');
    expect(t.access.tickets.checkCsrf('root@pam', reply.CSRFPreventionToken ?? '')).toBe(true);
    expect(reply.cap?.vms['VM.Allocate']).toBe(1);
    expect(reply.cap?.dc).toEqual({
      'SDN.Allocate': 1,
      'SDN.Audit': 1,
      'SDN.Use': 1,
      'Sys.Audit': 1,
      'Sys.Modify': 1,
    });
    expect(Object.keys(reply.cap ?? {}).sort()).toEqual([
      'access',
      'dc',
      'mapping',
      'nodes',
      'sdn',
      'storage',
      'vms',
    ]);
    expect(t.checks[0]).toMatchObject({ name: 'root', address: '10.0.0.1' });
  });

  test('takes the realm beside the name', async () => {
    expect((await login('joe', password, { realm: 'pve' })).username).toBe('joe@pve');
    expect((await login('joe@pve', password, { realm: 'pve' })).username).toBe('joe@pve');
  });

  test('a user without grants gets an empty cap and no cluster name', async () => {
    const reply = await login('joe@pve', password);
    expect(Object.values(reply.cap ?? {}).flatMap((area) => Object.keys(area))).toEqual([]);
    expect(reply.clustername).toBeUndefined();
  });

  test('a grant on a pool or one guest shows in cap', async () => {
    const grant = { users: ['joe@pve'], groups: [], tokens: [], propagate: true, remove: false };
    await t.access.acl.update(root(), { ...grant, path: '/vms/100', roles: ['PVEVMUser'] });
    await t.access.acl.update(root(), { ...grant, path: '/pool/x', roles: ['PVEDatastoreUser'] });
    const { cap } = await login('joe@pve', password);
    expect(cap?.vms['VM.Console']).toBe(1);
    expect(cap?.storage).toEqual({ 'Datastore.Audit': 1, 'Datastore.AllocateSpace': 1 });
  });

  test('says the same whatever is wrong', async () => {
    t.pamPasswords.set('linux', 'linux-password');
    await t.access.users.create('off@pve', { enable: false });
    await t.access.passwords.change(root(), change('off@pve', 'off-password'));
    await t.access.users.create('old@pve', { expire: 1 });
    await t.access.passwords.change(root(), change('old@pve', 'old-password'));
    for (const [name, secret] of [
      ['joe@pve', 'wrong'],
      ['nobody@pve', 'wrong'],
      ['linux@pam', 'linux-password'],
      ['off@pve', 'off-password'],
      ['old@pve', 'old-password'],
      ['joe', password],
      ['joe@nowhere', password],
      ['', ''],
      ['root@pam', ''],
      ['root@pam', 'PVE:root@pam:FFFFFFFF::AAAA'],
    ] as const)
      await expect(login(name, secret)).rejects.toMatchObject(failure);
    // Nobody can tell from the time whether a Linux user may log in here: PAM was asked all the same.
    expect(t.checks.map(({ name }) => name)).toContain('linux');
  });

  test('a second factor of a user who has none is refused, an empty one ignored', async () => {
    await expect(login('joe@pve', password, { otp: '123456' })).rejects.toMatchObject(failure);
    await expect(login('joe@pve', password, { tfaChallenge: 'x' })).rejects.toMatchObject(failure);
    expect((await login('joe@pve', password, { otp: '' })).ticket).toBeDefined();
  });

  test('a ticket renews itself for its own user, until it expires or the user is disabled', async () => {
    const { ticket = '' } = await login('joe@pve', password);
    t.clock.pass(3600_000);
    const renewed = (await login('joe@pve', ticket)).ticket ?? '';
    await expect(login('root@pam', ticket)).rejects.toMatchObject(failure);
    t.clock.pass(3600_000);
    await expect(login('joe@pve', ticket)).rejects.toMatchObject(failure);
    expect((await login('joe@pve', renewed)).ticket).toBeDefined();
    await t.access.users.update(root(), 'joe@pve', { enable: false });
    await expect(login('joe@pve', renewed)).rejects.toMatchObject(failure);
  });

  test('path and privs only check', async () => {
    const asked = { path: '/vms/100', privs: ['VM.Audit', 'VM.Console'] };
    expect(await login('root@pam', 'root-password', asked)).not.toHaveProperty('ticket');
    await expect(login('joe@pve', password, asked)).rejects.toMatchObject(failure);
    await expect(login('root@pam', 'root-password', { path: '/', privs: ['No.Such'] })).rejects.toMatchObject(
      failure,
    );
    const console = t.access.consoleTickets.issue({
      requester: 'root@pam',
      path: '/vms/100',
      port: 5900,
      console: 'vnc',
    });
    expect((await login('root@pam', console, asked)).username).toBe('root@pam');
    await expect(login('root@pam', console)).rejects.toMatchObject(failure);
    await expect(login('root@pam', console, { ...asked, path: '/vms/1' })).rejects.toMatchObject(failure);
  });

  test('is recorded, without secrets', async () => {
    await login('joe@pve', password);
    await expect(login('joe@pve', 'guess-1234')).rejects.toThrow();
    await expect(login('my-secret-typed-as-name', 'x')).rejects.toThrow();
    expect(t.records.map(({ event, requester, what }) => [event, requester, what])).toEqual([
      ['login', 'joe@pve', 'password'],
      ['login-failed', 'joe@pve', 'wrong password'],
      ['login-failed', '(not a user name)', "no such user ('my-secret-typed-as-name')"],
    ]);
  });

  test('failures slow down the next try', async () => {
    for (let i = 0; i < 4; i += 1) await expect(login('joe@pve', 'x')).rejects.toMatchObject(failure);
    expect(t.clock.slept).toEqual([500]);
    expect((await login('joe@pve', password)).ticket).toBeDefined();
  });
});

describe('changing passwords', () => {
  test('one’s own, with the present one', async () => {
    const joe = callerOf(t.access.directory, 'joe@pve');
    await expect(t.access.passwords.change(joe, change('joe@pve', 'new-password'))).rejects.toMatchObject({
      code: 'invalid-input',
    });
    await expect(
      t.access.passwords.change(joe, change('joe@pve', 'new-password', 'wrong')),
    ).rejects.toMatchObject(failure);
    const { ticket } = await login('joe@pve', password);
    await expect(
      t.access.passwords.change(joe, change('joe@pve', 'new-password', ticket)),
    ).rejects.toMatchObject(failure);
    await t.access.passwords.change(joe, change('joe@pve', 'new-password', password));
    expect((await login('joe@pve', 'new-password')).ticket).toBeDefined();
    await expect(login('joe@pve', password)).rejects.toMatchObject(failure);
  });

  test('of Linux users by themselves or root, of root by root', async () => {
    await t.access.users.create('linux@pam', {});
    const joe = callerOf(t.access.directory, 'joe@pve');
    for (const target of ['linux@pam', 'root@pam'])
      await expect(
        t.access.passwords.change(joe, change(target, 'new-password', password)),
      ).rejects.toMatchObject({
        code: 'forbidden',
      });
    await t.access.passwords.change(root(), change('linux@pam', 'new-password'));
    expect(t.pamPasswords.get('linux')).toBe('new-password');
    await expect(t.access.passwords.change(root(), change('gone@pve', 'new-password'))).rejects.toThrow(
      "no such user ('gone@pve')",
    );
  });
});

describe('authenticating requests', () => {
  const facts = (more: Partial<RequestFacts>): RequestFacts => ({
    ticket: undefined,
    csrfToken: undefined,
    authorization: undefined,
    verb: 'GET',
    address: '10.0.0.1',
    local: false,
    ...more,
  });
  const ask = (more: Partial<RequestFacts>) => t.access.authenticator.authenticate(facts(more));
  const refused = { code: 'unauthenticated' };

  test('without credentials it is nobody; over the local socket it is root', async () => {
    expect(await ask({})).toBe('nobody');
    expect(await ask({ authorization: 'Basic eDp5' })).toBe('nobody');
    expect(await ask({ local: true, verb: 'DELETE' })).toMatchObject({
      userid: 'root@pam',
      tokenid: undefined,
    });
  });

  test('a ticket reads; to change anything it needs its CSRF token', async () => {
    const { ticket, CSRFPreventionToken: csrfToken } = await login('joe@pve', password);
    expect(await ask({ ticket })).toMatchObject({ userid: 'joe@pve', requester: 'joe@pve' });
    for (const verb of ['POST', 'PUT', 'DELETE'] as const) {
      await expect(ask({ ticket, verb })).rejects.toMatchObject(refused);
      await expect(ask({ ticket, verb, csrfToken: 'x' })).rejects.toMatchObject(refused);
      expect(await ask({ ticket, verb, csrfToken })).toMatchObject({ userid: 'joe@pve' });
    }
    const others = t.access.tickets.issueCsrf('root@pam');
    await expect(ask({ ticket, verb: 'POST', csrfToken: others })).rejects.toMatchObject(refused);
  });

  test('a bad, old or revoked ticket is refused, not taken for nobody', async () => {
    const { ticket = '' } = await login('joe@pve', password);
    await expect(ask({ ticket: `${ticket}x` })).rejects.toMatchObject(refused);
    await t.access.users.update(root(), 'joe@pve', { enable: false });
    await expect(ask({ ticket })).rejects.toMatchObject(refused);
    await t.access.users.update(root(), 'joe@pve', { enable: true, expire: t.clock.now() / 1000 + 10 });
    expect(await ask({ ticket })).toMatchObject({ userid: 'joe@pve' });
    t.clock.pass(10_000);
    await expect(ask({ ticket })).rejects.toMatchObject(refused);
    await t.access.users.delete('joe@pve');
    await expect(ask({ ticket })).rejects.toMatchObject(refused);
  });

  test('a token works without CSRF, until it or its user is disabled, expired or deleted', async () => {
    const { secret, tokenid } = await t.access.tokens.create(root(), 'joe@pve', 'ci', {
      expire: t.clock.now() / 1000 + 60,
    });
    const authorization = `PVEAPIToken=${tokenid}=${secret}`;
    const ok = { userid: 'joe@pve', tokenid: 'joe@pve!ci', requester: 'joe@pve!ci' };
    expect(await ask({ authorization, verb: 'POST' })).toMatchObject(ok);
    // Whoever shows a token is the token, whatever cookie the browser adds.
    expect(await ask({ authorization, ticket: 'rubbish', verb: 'POST' })).toMatchObject(ok);
    for (const bad of [
      `${authorization}0`,
      'PVEAPIToken=',
      `PVEAPIToken=${tokenid}`,
      `PVEAPIToken=joe@pve=${secret}`,
    ])
      await expect(ask({ authorization: bad })).rejects.toMatchObject(failure);
    await t.access.users.update(root(), 'joe@pve', { enable: false });
    await expect(ask({ authorization })).rejects.toMatchObject(failure);
    await t.access.users.update(root(), 'joe@pve', { enable: true });
    t.clock.pass(60_000);
    await expect(ask({ authorization })).rejects.toMatchObject(failure);
    await t.access.tokens.update(root(), 'joe@pve', 'ci', {}, ['expire']);
    expect(await ask({ authorization })).toMatchObject(ok);
    await t.access.tokens.delete(root(), 'joe@pve', 'ci');
    await expect(ask({ authorization })).rejects.toMatchObject(failure);
    expect(JSON.stringify(t.records)).not.toContain(secret);
  });

  test('rights are looked up at each question', async () => {
    const { ticket = '' } = await login('joe@pve', password);
    const caller = await ask({ ticket });
    if (caller === 'nobody') throw new Error('nobody');
    expect(caller.may('/vms/100', 'VM.Audit')).toBe(false);
    const grant = { groups: [], tokens: [], propagate: true, remove: false };
    await t.access.acl.update(root(), { ...grant, users: ['joe@pve'], path: '/vms', roles: ['PVEAuditor'] });
    expect(caller.may('/vms/100', 'VM.Audit')).toBe(true);
    expect(caller.may('/vms/100', 'VM.Console')).toBe(false);
  });

  test('knows users and their groups', async () => {
    await t.access.groups.create('staff');
    await t.access.users.update(root(), 'joe@pve', { groups: ['staff'] });
    expect(t.access.authenticator.groupsOf('joe@pve')).toEqual(['staff']);
    expect(t.access.authenticator.groupsOf('x@pve')).toEqual([]);
    expect(t.access.authenticator.userExists('root@pam')).toBe(true);
    expect(t.access.authenticator.userExists('x@pve')).toBe(false);
  });
});
