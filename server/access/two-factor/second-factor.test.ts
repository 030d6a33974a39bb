import { beforeEach, describe, expect, test } from 'vitest';
import { createMemoryStore } from '../../cluster/memory/memory-store.ts';
import { type TestAccess, testAccess } from '../access-fixture.ts';
import { callerOf } from '../caller.ts';
import { readTotpUri, type TotpKey, totpCode } from './totp.ts';

const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const uri = `otpauth://totp/Croft:joe?secret=${secret}`;
const key = readTotpUri(uri) as TotpKey;
const failure = { code: 'unauthenticated', message: 'authentication failure' };
const joe = 'joe@pve';
const password = 'joe-password';

let t: TestAccess;
const root = () => callerOf(t.access.directory, 'root@pam');
/** The app's code, `ahead` steps from now. */
const code = (ahead = 0) => totpCode(key, Math.floor(t.clock.now() / 30_000) + ahead);
const login = (secretText: string, more = {}) =>
  t.access.login.login({ username: joe, password: secretText, address: '10.0.0.1', ...more });
const answer = async (text: string) => {
  const { ticket } = await login(password);
  return login(text, { tfaChallenge: ticket });
};
const factors = () => t.access.twoFactor;
const addApp = async () => {
  const id = await factors().addTotp(joe, { description: 'phone', uri, code: code() });
  t.clock.pass(60_000);
  return id;
};
const audited = () => JSON.stringify(t.records);

beforeEach(async () => {
  t = testAccess(createMemoryStore());
  await t.access.users.create(joe, {});
  await t.access.passwords.change(root(), {
    ...{ userid: joe, password, confirmation: undefined },
    ...{ address: 'local', signal: new AbortController().signal },
  });
});

describe('a login with an app', () => {
  beforeEach(addApp);

  test('is answered with a challenge, and the code with a ticket', async () => {
    const half = await login(password);
    expect(half).toMatchObject({ username: joe, NeedTFA: 1 });
    expect(half).not.toHaveProperty('cap');
    expect(half.ticket).toMatch(/^PVE:!tfa!%7B%22totp%22%3Atrue%7D:[0-9A-F]{8}::/);
    expect(t.access.tickets.read(half.ticket ?? '')).toBeUndefined();
    const whole = await login(`totp:${code()}`, { tfaChallenge: half.ticket });
    expect(whole).toMatchObject({ username: joe, cap: {} });
    expect(t.access.tickets.read(whole.ticket ?? '')?.userid).toBe(joe);
    expect(t.records.map(({ event }) => event)).toEqual(['password-right', 'login']);
    expect(audited()).not.toContain(code());
  });

  test('takes the code beside the password too', async () => {
    expect((await login(password, { otp: code() })).NeedTFA).toBeUndefined();
    await expect(login('wrong', { otp: code(1) })).rejects.toMatchObject(failure);
    expect((await login(password, { otp: `totp:${code(1)}` })).ticket).toMatch(/^PVE:joe@pve:/);
  });

  test('a code is good once, however it is given, also to two at once', async () => {
    const now = code();
    const challenge = (await login(password)).ticket;
    const tries = await Promise.allSettled([
      login(`totp:${now}`, { tfaChallenge: challenge }),
      login(`totp:${now}`, { tfaChallenge: challenge }),
      login(password, { otp: now }),
    ]);
    expect(tries.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
    await expect(answer(`totp:${now}`)).rejects.toMatchObject(failure);
  });

  test('what is not the user’s own fresh challenge is none', async () => {
    await t.access.users.create('eve@pve', {});
    const { ticket = '' } = await login(password);
    const others = t.access.tickets.issueChallenge('eve@pve', '{"totp":true}');
    const forged = ticket.replace('%22totp%22', '%22none%22');
    const whole = t.access.tickets.issue(joe);
    for (const tfaChallenge of [others, forged, whole, `${ticket}A`, 'x', `PVE:!tfa!${'x'.repeat(5000)}`])
      await expect(login(`totp:${code()}`, { tfaChallenge })).rejects.toMatchObject(failure);
    await expect(
      login(`totp:${code()}`, { tfaChallenge: ticket, username: 'eve@pve' }),
    ).rejects.toMatchObject(failure);
    t.clock.pass(601_000);
    await expect(login(`totp:${code()}`, { tfaChallenge: ticket })).rejects.toMatchObject(failure);
  });

  test('a challenge is no ticket: it neither renews itself nor lets in', async () => {
    const { ticket = '' } = await login(password);
    await expect(login(ticket)).rejects.toMatchObject(failure);
    const facts = { ticket, csrfToken: undefined, authorization: undefined, address: 'x', local: false };
    await expect(t.access.authenticator.authenticate({ ...facts, verb: 'GET' })).rejects.toMatchObject({
      code: 'unauthenticated',
    });
  });

  test('renewing a ticket and tokens need no code; a check of privileges does', async () => {
    const { ticket = '' } = await login(password, { otp: code() });
    expect((await login(ticket)).NeedTFA).toBeUndefined();
    const made = await t.access.tokens.create(root(), joe, 'ci', {});
    const authorization = `PVEAPIToken=${made.tokenid}=${made.secret}`;
    const facts = { ticket: undefined, csrfToken: undefined, authorization, address: 'x', local: false };
    expect(await t.access.authenticator.authenticate({ ...facts, verb: 'GET' })).toMatchObject({
      userid: joe,
    });
    const asked = { path: '/', privs: [] };
    await expect(login(password, asked)).rejects.toMatchObject(failure);
    expect(await login(password, { ...asked, otp: code(1) })).not.toHaveProperty('ticket');
  });

  test('a disabled user gets nothing for a right code', async () => {
    const { ticket } = await login(password);
    await t.access.users.update(root(), joe, { enable: false });
    await expect(login(`totp:${code()}`, { tfaChallenge: ticket })).rejects.toMatchObject(failure);
  });

  test('without an app that is on, the password is enough', async () => {
    const { id } = factors().list(joe)[0]!;
    await factors().update(joe, id, { enable: false });
    expect((await login(password)).NeedTFA).toBeUndefined();
    await factors().update(joe, id, { enable: true, description: 'old phone' });
    expect(factors().get(joe, id)).toMatchObject({ description: 'old phone', enable: true, type: 'totp' });
    expect((await login(password)).NeedTFA).toBe(1);
    await factors().remove(joe, id);
    expect((await login(password)).NeedTFA).toBeUndefined();
    expect(t.store.read('two-factor/joe@pve')).toBeUndefined();
  });

  test.each([
    '',
    '123456',
    'totp:',
    'totp:abcdef',
    'u2f:x',
    'webauthn:{}',
    'recovery:123456',
    'totp:123456\n1',
  ])('a wrong answer is told like a wrong password: %j', async (text) => {
    await expect(answer(text)).rejects.toMatchObject(failure);
  });
});

describe('locks', () => {
  beforeEach(addApp);
  const wrong = () => (code() === '000000' ? '000001' : '000000');
  const fail = async (times: number, text: () => string) => {
    for (let i = 0; i < times; i += 1) await factors().refusalOf(joe, text());
  };

  test('eight wrong codes in a row lock the codes, until somebody unlocks them', async () => {
    await fail(7, wrong);
    expect(factors().locks(joe).totpLocked).toBe(false);
    expect((await answer(`totp:${code()}`)).ticket).toBeDefined();
    t.clock.pass(60_000);
    await fail(8, wrong);
    expect(factors().locks(joe)).toEqual({ totpLocked: true, lockedUntil: undefined });
    await expect(answer(`totp:${code()}`)).rejects.toMatchObject(failure);
    t.clock.pass(24 * 3600_000);
    await expect(answer(`totp:${code()}`)).rejects.toMatchObject(failure);
    expect(await factors().unlock(joe)).toBe(true);
    expect(await factors().unlock(joe)).toBe(false);
    expect((await answer(`totp:${code()}`)).ticket).toBeDefined();
  });

  test('a recovery key opens locked codes', async () => {
    const { keys } = await factors().addRecovery(joe);
    await fail(8, wrong);
    expect((await answer(`recovery:${keys[3]}`)).ticket).toBeDefined();
    expect(factors().locks(joe).totpLocked).toBe(false);
    expect((await answer(`totp:${code()}`)).ticket).toBeDefined();
  });

  test('a hundred wrong answers lock everything for an hour', async () => {
    const { keys } = await factors().addRecovery(joe);
    await fail(100, wrong);
    const until = factors().locks(joe).lockedUntil ?? 0;
    expect(until).toBe(Math.floor(t.clock.now() / 1000) + 3600);
    await expect(answer(`recovery:${keys[0]}`)).rejects.toMatchObject(failure);
    t.clock.pass(3600_000);
    expect(factors().locks(joe).lockedUntil).toBeUndefined();
    expect((await answer(`recovery:${keys[0]}`)).ticket).toBeDefined();
  });

  test('who guesses is slowed down, though the password is right each time', async () => {
    for (let i = 0; i < 11; i += 1) await expect(answer(wrong())).rejects.toMatchObject(failure);
    expect(t.clock.slept.length).toBeGreaterThan(0);
  });
});

describe('recovery keys', () => {
  test('are ten, good once each, stored as hashes, and told in the challenge by number', async () => {
    const { id, keys } = await factors().addRecovery(joe);
    expect(id).toBe('recovery');
    expect(new Set(keys).size).toBe(10);
    for (const one of keys) expect(one).toMatch(/^[0-9a-f]{4}(-[0-9a-f]{4}){3}$/);
    expect(JSON.stringify(t.store.read('two-factor/joe@pve'))).not.toContain(keys[0]);
    expect((await answer(`recovery:${keys[2]?.toUpperCase()}`)).ticket).toBeDefined();
    await expect(answer(`recovery:${keys[2]}`)).rejects.toMatchObject(failure);
    expect(factors().challengeFor(joe)).toBe('{"recovery":[0,1,3,4,5,6,7,8,9]}');
    expect((await login(password, { otp: keys[0] })).ticket).toBeDefined();
    expect(audited()).not.toContain(keys[0]);
  });

  test('are one set: new ones only when the old are gone; they cannot be changed', async () => {
    await factors().addRecovery(joe);
    await expect(factors().addRecovery(joe)).rejects.toMatchObject({ code: 'already-exists' });
    await expect(factors().update(joe, 'recovery', { enable: false })).rejects.toMatchObject({
      code: 'wrong-state',
    });
    await factors().remove(joe, 'recovery');
    expect((await factors().addRecovery(joe)).keys).toHaveLength(10);
  });
});

test('a new user does not inherit the factors of an earlier one of the name', async () => {
  await addApp();
  await t.access.users.delete(joe);
  expect(t.store.read('two-factor/joe@pve')).toBeUndefined();
  await t.store.write('two-factor/joe@pve', {
    totp: [],
    totpFailures: 0,
    totpLocked: true,
    failures: 0,
    lockedUntil: 0,
  });
  await t.access.users.create(joe, {});
  expect(factors().locks(joe).totpLocked).toBe(false);
});

test('apps are counted, and wait for a user', async () => {
  await expect(factors().addTotp('gone@pve', { description: 'x', uri, code: code() })).rejects.toMatchObject({
    code: 'not-found',
  });
  for (let i = 0; i < 16; i += 1)
    await factors().addTotp(joe, { description: `app ${i}`, uri, code: code() });
  await expect(factors().addTotp(joe, { description: 'x', uri, code: code() })).rejects.toMatchObject({
    code: 'no-capacity',
  });
});
