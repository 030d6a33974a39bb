// One-time passwords: once, for one user, for ten minutes.
import { expect, it } from 'vitest';
import { OneTimePasswords } from './one-time-passwords.ts';

function world() {
  let now = 1000;
  const passwords = new OneTimePasswords({ now: () => now, sleep: async () => {} });
  const pass = (ms: number) => {
    now += ms;
  };
  return { passwords, pass };
}

it('lets its user in once', () => {
  const { passwords } = world();
  const { password } = passwords.issue('root@pam');
  expect(password).toMatch(/^([a-z2-9]{4}-){3}[a-z2-9]{4}$/);
  expect(passwords.redeem('other@pve', password)).toBe(false);
  expect(passwords.redeem('root@pam', password)).toBe(true);
  expect(passwords.redeem('root@pam', password)).toBe(false);
});

it('is too late after ten minutes', () => {
  const { passwords, pass } = world();
  const { password } = passwords.issue('root@pam');
  pass(10 * 60_000 + 1);
  expect(passwords.redeem('root@pam', password)).toBe(false);
});

it('forgets the oldest when there are too many', () => {
  const { passwords } = world();
  const { password } = passwords.issue('root@pam');
  for (let i = 0; i < 100; i += 1) passwords.issue('root@pam');
  expect(passwords.redeem('root@pam', password)).toBe(false);
});
