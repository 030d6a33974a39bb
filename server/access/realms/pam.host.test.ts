// Needs root, useradd, chpasswd, pamtester and PAM: makes a Linux user of its own and deletes it again.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exec } from '../../core/exec.ts';
import { pamRealm } from './pam.ts';

const name = `croft-test-${randomBytes(4).toString('hex')}`;
const password = `p "$'\\ä ${randomBytes(9).toString('base64')}`;
const services = ['login', 'other'];

beforeAll(async () => {
  await exec('useradd', ['--no-create-home', '--shell', '/usr/sbin/nologin', name]);
});

afterAll(async () => {
  await exec('userdel', [name]);
});

const check = (secret: string, service: string, who = name) =>
  pamRealm({ exec, service }).authenticate({ name: who, password: secret, address: '192.0.2.7' });

test('a user without a password cannot log in', async () => {
  expect(await check('', 'login')).toBe(false);
  expect(await check('x', 'login')).toBe(false);
}, 30_000);

test.each(services)(
  'the right password opens, a wrong one does not (service %s)',
  async (service) => {
    await pamRealm({ exec }).setPassword?.(name, password);
    expect(await check(password, service)).toBe(true);
    expect(await check(`${password}x`, service)).toBe(false);
    expect(await check(password, service, `${name}-nobody`)).toBe(false);
  },
  60_000,
);

test('the default service of this machine works', async () => {
  const realm = pamRealm({ exec });
  expect(await realm.authenticate({ name, password, address: undefined })).toBe(true);
}, 30_000);

test('a locked and an expired account stay out with the right password', async () => {
  await exec('usermod', ['--lock', name]);
  expect(await check(password, 'login')).toBe(false);
  await exec('usermod', ['--unlock', name]);
  expect(await check(password, 'login')).toBe(true);
  await exec('chage', ['--expiredate', '1', name]);
  expect(await check(password, 'login')).toBe(false);
  await exec('chage', ['--expiredate', '-1', name]);
}, 60_000);

test('setting the password of a user who does not exist fails without quoting it', async () => {
  const error: unknown = await pamRealm({ exec })
    .setPassword?.(`${name}-nobody`, 'very-secret-1')
    .catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'command-failed' });
  expect(JSON.stringify(error)).not.toContain('very-secret-1');
}, 30_000);
