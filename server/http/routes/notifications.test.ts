// Targets and matchers over the API: made, shown without their secrets, changed, removed, refused in words; who may.
import { beforeEach, describe, expect, test } from 'vitest';
import { type TestAccess, testAccess } from '../../access/access-fixture.ts';
import { createMemoryStore } from '../../cluster/memory/memory-store.ts';
import { AppError } from '../../core/errors.ts';
import { createNotificationConfig } from '../../notifications/notification-config.ts';
import { accessRoutes } from './access.ts';
import { notificationRoutes } from './notifications.ts';
import { type Call, callRoutes } from './routes-fixture.ts';

const root = '/cluster/notifications';
const base64 = (text: string) => Buffer.from(text).toString('base64');
const gotify = { name: 'phone', server: 'https://g.example.org/x', token: 'T0pSecret' };
const smtp = {
  ...{ name: 'mail', server: 'mail.example.org', 'from-address': 'croft@example.org', mode: 'starttls' },
  ...{ mailto: ['a@example.org', 'b@example.org'], username: 'me', password: 'T0pSecret' },
};
const webhook = {
  ...{ name: 'chat', method: 'post', url: 'https://c.example.org/{{ secrets.key }}', disable: '1' },
  header: [`name=X-A,value=${base64('{{ title }}')}`],
  body: base64('{{ json message }}'),
  secret: [`name=key,value=${base64('T0pSecret')}`, `name=other,value=${base64('T0pSecret')}`],
};

let t: TestAccess;
let call: Call;
let ok: (...args: Parameters<Call>) => Promise<unknown>;
let testFails: AppError | undefined;
beforeEach(() => {
  t = testAccess(createMemoryStore());
  testFails = undefined;
  const notifier = {
    test: async () => {
      if (testFails) throw testFails;
    },
    lastAttempt: (name: string) => (name === 'phone' ? { at: 5000, problem: 'nobody there' } : undefined),
  };
  const parts = { config: createNotificationConfig(t.store), notifier, store: t.store };
  call = callRoutes(t.access, [...accessRoutes({ access: t.access }), ...notificationRoutes(parts)]);
  ok = async (...args) => {
    const answer = await call(...args);
    if (answer.status !== 200) throw new Error(JSON.stringify(answer));
    return answer.data;
  };
});

test('there is a target and a matcher from the beginning, which can be changed and had back', async () => {
  const comment = "Send mails to root@pam's email address";
  const target = { name: 'mail-to-root', type: 'sendmail', comment, origin: 'builtin' };
  expect(await ok('GET', `${root}/targets`)).toEqual([target]);
  const matcher = { name: 'default-matcher', mode: 'all', target: ['mail-to-root'], origin: 'builtin' };
  expect(await ok('GET', `${root}/matchers`)).toMatchObject([matcher]);
  await ok('PUT', `${root}/endpoints/sendmail/mail-to-root`, { disable: '1' });
  expect(await ok('GET', `${root}/targets`)).toEqual([{ ...target, disable: 1, origin: 'modified-builtin' }]);
  await ok('DELETE', `${root}/endpoints/sendmail/mail-to-root`);
  expect(await ok('GET', `${root}/targets`)).toEqual([target]);
  await ok('PUT', `${root}/matchers/default-matcher`, { 'match-severity': 'error' });
  expect(await ok('GET', `${root}/matchers`)).toMatchObject([
    { ...matcher, 'match-severity': ['error'], origin: 'modified-builtin' },
  ]);
  await ok('DELETE', `${root}/matchers/default-matcher`);
  expect(await ok('GET', `${root}/matchers`)).toMatchObject([matcher]);
});

describe('targets', () => {
  test('of all types are made, shown, changed and removed; no answer holds a secret', async () => {
    await ok('POST', `${root}/endpoints/gotify`, gotify);
    await ok('POST', `${root}/endpoints/smtp`, smtp);
    await ok('POST', `${root}/endpoints/webhook`, webhook);
    await ok('POST', `${root}/endpoints/sendmail`, { name: 'local', 'mailto-user': 'root@pam', author: 'X' });
    const { token: _, ...phone } = gotify;
    const { password: __, ...mail } = smtp;
    const chat = { ...webhook, disable: 1, secret: ['name=key', 'name=other'] };
    const digest = expect.stringMatching(/^[0-9a-f]{40}$/);
    expect(await ok('GET', `${root}/endpoints/gotify`)).toEqual([{ ...phone, origin: 'user-created' }]);
    expect(await ok('GET', `${root}/endpoints/smtp/mail`)).toEqual({ ...mail, digest });
    expect(await ok('GET', `${root}/endpoints/webhook/chat`)).toEqual({ ...chat, digest });
    expect(await ok('GET', `${root}/targets`)).toMatchObject([
      { name: 'chat', type: 'webhook', disable: 1 },
      { name: 'local', type: 'sendmail' },
      { name: 'mail', type: 'smtp' },
      { name: 'mail-to-root' },
      { name: 'phone', type: 'gotify', 'last-attempt': 5, 'last-problem': 'nobody there' },
    ]);
    await ok('PUT', `${root}/endpoints/smtp/mail`, {
      port: '2525',
      delete: 'username,mode'.split(','),
    });
    expect(await ok('GET', `${root}/endpoints/smtp`)).toMatchObject([{ port: 2525, mailto: smtp.mailto }]);
    for (const [type, name] of [
      ['gotify', 'phone'],
      ['smtp', 'mail'],
      ['webhook', 'chat'],
      ['sendmail', 'local'],
    ]) {
      await ok('DELETE', `${root}/endpoints/${type}/${name}`);
      expect((await call('GET', `${root}/endpoints/${type}/${name}`)).message).toContain('does not exist');
    }
    expect(t.store.list('notification-secrets')).toEqual([]);
  });

  test('secrets stay unless they are given or taken away; those of a webhook by name', async () => {
    await ok('POST', `${root}/endpoints/webhook`, webhook);
    const path = `${root}/endpoints/webhook/chat`;
    const secrets = () => t.store.read('notification-secrets/chat')?.value;
    const values = { key: base64('T0pSecret'), other: base64('T0pSecret') };
    await ok('PUT', path, { comment: 'x' });
    expect(secrets()).toEqual({ values });
    await ok('PUT', path, { secret: ['name=key', `name=new,value=${base64('n')}`] });
    expect(secrets()).toEqual({ values: { key: values.key, new: base64('n') } });
    await ok('PUT', path, { delete: 'secret' });
    expect(secrets()).toBeUndefined();
    expect(await ok('GET', path)).not.toHaveProperty('secret');
  });

  test('of one name there is one; one that a matcher names stays; somebody else’s change is noticed', async () => {
    await ok('POST', `${root}/endpoints/gotify`, gotify);
    expect((await call('POST', `${root}/endpoints/smtp`, { ...smtp, name: 'phone' })).message).toContain(
      "'phone' already exists",
    );
    await ok('POST', `${root}/matchers`, { name: 'all', target: ['phone', 'mail-to-root'] });
    expect((await call('DELETE', `${root}/endpoints/gotify/phone`)).message).toBe(
      "cannot delete 'phone': the matcher 'all' sends to it\n",
    );
    const { digest } = (await ok('GET', `${root}/endpoints/gotify/phone`)) as { digest: string };
    await ok('PUT', `${root}/endpoints/gotify/phone`, { token: 'another', digest });
    const late = await call('PUT', `${root}/endpoints/gotify/phone`, { comment: 'x', digest });
    expect([late.status, late.message]).toEqual([expect.any(Number), expect.stringContaining('modified')]);
    expect((await call('GET', `${root}/endpoints/smtp/phone`)).message).toContain('does not exist');
  });

  test.each([
    ['sendmail', { name: 'xx' }, 'mailto'],
    ['sendmail', { name: 'xx', mailto: '-oQ/tmp' }, 'mailto'],
    ['sendmail', { name: 'xx', mailto: 'a@b', author: 'a\nBcc: c' }, 'author'],
    ['smtp', { ...smtp, server: 'mail.example.org:25' }, 'server'],
    ['smtp', { ...smtp, port: '70000' }, 'port'],
    ['smtp', { ...smtp, password: undefined }, 'password'],
    ['smtp', { ...smtp, mode: 'ssl' }, 'mode'],
    ['gotify', { ...gotify, server: 'ftp://x' }, 'server'],
    ['gotify', { ...gotify, server: 'https://me:pw@x' }, 'server'],
    ['gotify', { ...gotify, token: 'a b' }, 'token'],
    ['webhook', { ...webhook, url: 'https://{{ secrets.key }}/x' }, 'url'],
    ['webhook', { ...webhook, url: 'file:///etc/shadow' }, 'url'],
    ['webhook', { ...webhook, body: 'not base64!' }, 'body'],
    ['webhook', { ...webhook, body: base64('{{#if x}}') }, 'body'],
    ['webhook', { ...webhook, header: [`name=Host,value=${base64('x')}`] }, 'header'],
    ['webhook', { ...webhook, header: ['name=A B,value='] }, 'header'],
    ['webhook', { ...webhook, header: ['name=A'] }, 'header'],
    ['webhook', { ...webhook, secret: ['name=new'] }, 'secret'],
    [
      'webhook',
      { ...webhook, secret: [`name=a,value=${base64('x')}`, `name=a,value=${base64('y')}`] },
      'secret',
    ],
  ])('%s %j is refused', async (type, given, field) => {
    const kept = Object.fromEntries(
      Object.entries(given).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
    );
    const answer = await call('POST', `${root}/endpoints/${type}`, kept);
    expect([answer.status, Object.keys(answer.errors ?? {})]).toEqual([400, [field]]);
    expect(JSON.stringify(answer)).not.toContain('T0pSecret');
    expect(t.store.list('notification-targets')).toEqual([]);
  });
});

test('matchers are made, changed and removed, and refused in words', async () => {
  const given = {
    ...{ name: 'night', mode: 'any', 'invert-match': '1', comment: 'x', target: ['mail-to-root'] },
    'match-field': ['exact:type=vzdump', 'regex:hostname=^pve'],
    ...{ 'match-severity': 'warning,error', 'match-calendar': 'mon-fri 9-17' },
  };
  await ok('POST', `${root}/matchers`, given);
  expect(await ok('GET', `${root}/matchers/night`)).toMatchObject({
    ...{ name: 'night', mode: 'any', 'invert-match': 1, 'match-severity': ['warning,error'] },
  });
  await ok('PUT', `${root}/matchers/night`, { delete: ['match-field', 'invert-match'] });
  expect(await ok('GET', `${root}/matchers/night`)).not.toHaveProperty('match-field');
  for (const [change, field] of [
    [{ target: ['gone'] }, 'target'],
    [{ 'match-field': 'type=x' }, 'match-field'],
    [{ 'match-severity': 'bad' }, 'match-severity'],
    [{ 'match-calendar': '22-6' }, 'match-calendar'],
    [{ delete: 'name' }, 'delete'],
  ] as const) {
    const { status, errors } = await call('PUT', `${root}/matchers/night`, change);
    expect([status, Object.keys(errors ?? {})]).toEqual([400, [field]]);
  }
  await ok('DELETE', `${root}/matchers/night`);
  for (const verb of ['GET', 'PUT', 'DELETE'])
    expect((await call(verb, `${root}/matchers/night`)).message).toContain('does not exist');
});

test('a test says why it did not arrive', async () => {
  await ok('POST', `${root}/targets/mail-to-root/test`);
  testFails = new AppError('unavailable', 'mail server: nobody there');
  expect((await call('POST', `${root}/targets/mail-to-root/test`)).message).toBe(
    'mail server: nobody there\n',
  );
});

test('what matchers can look for', async () => {
  await t.store.write('backup-jobs/nightly', { options: { comment: 'each night' }, since: 0 });
  expect(await ok('GET', `${root}/matcher-fields`)).toEqual([
    ...[{ name: 'type' }, { name: 'hostname' }, { name: 'job-id' }],
  ]);
  const values = await ok('GET', `${root}/matcher-field-values`);
  expect(values).toContainEqual({ field: 'type', value: 'vzdump' });
  expect(values).toContainEqual({ field: 'job-id', value: 'nightly', comment: 'each night' });
  expect(values).toContainEqual({ field: 'hostname', value: t.store.members()[0]!.name });
});
