import { expect, test } from 'vitest';
import { testClock } from './clock-fixture.ts';
import { LoginLimiter } from './rate-limit.ts';

const wrong = async () => false;
const right = async () => true;

function setUp() {
  const clock = testClock();
  return { clock, limiter: new LoginLimiter(clock) };
}

test('a few mistakes cost nothing, more cost twice as much each time up to a bound', async () => {
  const { limiter, clock } = setUp();
  for (let i = 0; i < 12; i += 1) expect(await limiter.guard('10.0.0.1', 'joe@pve', wrong)).toBe(false);
  expect(clock.slept.slice(0, 6)).toEqual([500, 1000, 2000, 4000, 8000, 8000]);
});

test('others are not held up: neither from the same address nor elsewhere', async () => {
  const { limiter, clock } = setUp();
  for (let i = 0; i < 9; i += 1) await limiter.guard('10.0.0.1', 'joe@pve', wrong);
  clock.slept.length = 0;
  expect(await limiter.guard('10.0.0.1', 'max@pve', right)).toBe(true);
  expect(await limiter.guard('10.0.0.2', 'joe@pve', right)).toBe(true);
  expect(clock.slept).toEqual([]);
});

test('a user under attack from everywhere still gets in after two seconds at most', async () => {
  const { limiter, clock } = setUp();
  for (let i = 0; i < 60; i += 1) await limiter.guard(`10.0.1.${i}`, 'joe@pve', wrong);
  clock.slept.length = 0;
  expect(await limiter.guard('192.168.0.7', 'joe@pve', right)).toBe(true);
  expect(clock.slept).toEqual([2000]);
});

test('one address that tries many names is slowed down', async () => {
  const { limiter } = setUp();
  for (let i = 0; i < 20; i += 1) await limiter.guard('10.0.0.1', `u${i}@pve`, wrong);
  expect(limiter.delayMs('10.0.0.1', 'new@pve')).toBe(8000);
});

test('a right password forgives the mistakes before it, and five minutes do', async () => {
  const { limiter, clock } = setUp();
  for (let i = 0; i < 5; i += 1) await limiter.guard('10.0.0.1', 'joe@pve', wrong);
  expect(limiter.delayMs('10.0.0.1', 'joe@pve')).toBe(2000);
  await limiter.guard('10.0.0.1', 'joe@pve', right);
  expect(limiter.delayMs('10.0.0.1', 'joe@pve')).toBe(0);
  for (let i = 0; i < 5; i += 1) await limiter.guard('10.0.0.1', 'max@pve', wrong);
  clock.pass(5 * 60_000);
  expect(limiter.delayMs('10.0.0.1', 'max@pve')).toBe(0);
});

test('trying in parallel gains nothing', async () => {
  const { limiter } = setUp();
  let finish = () => {};
  const gate = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const slow = async () => {
    await gate;
    return false;
  };
  const first = Array.from({ length: 4 }, () => limiter.guard('10.0.0.1', 'joe@pve', slow));
  await expect(limiter.guard('10.0.0.1', 'joe@pve', right)).rejects.toThrow('too many logins');
  expect(await limiter.guard('10.0.0.1', 'max@pve', right)).toBe(true);
  expect(await limiter.guard('10.0.0.2', 'joe@pve', right)).toBe(true);
  const more = Array.from({ length: 12 }, (_, i) => limiter.guard('10.0.0.1', `u${i}@pve`, slow));
  await expect(limiter.guard('10.0.0.1', 'max@pve', right)).rejects.toThrow('too many logins');
  finish();
  await Promise.all([...first, ...more]);
  expect(await limiter.guard('10.0.0.1', 'max@pve', right)).toBe(true);
});

test('an attempt that throws gives its place back and counts as no failure', async () => {
  const { limiter } = setUp();
  const broken = async () => {
    throw new Error('no realm');
  };
  for (let i = 0; i < 20; i += 1)
    await expect(limiter.guard('a', 'joe@pve', broken)).rejects.toThrow('no realm');
  expect(limiter.delayMs('a', 'joe@pve')).toBe(0);
});

test('memory stays bounded under a flood of names', async () => {
  const { limiter } = setUp();
  for (let i = 0; i < 10_050; i += 1) await limiter.guard(`a${i}`, 'joe@pve', wrong);
  for (let i = 0; i < 3; i += 1) await limiter.guard('last', 'joe@pve', wrong);
  expect(limiter.delayMs('last', 'joe@pve')).toBe(2000);
  expect(limiter.delayMs('a1', 'other@pve')).toBe(0);
});

test('the addresses of one IPv6 network count as one', async () => {
  const { limiter } = setUp();
  for (let i = 1; i <= 5; i += 1) await limiter.guard(`2001:db8:0:7::${i}`, 'joe@pve', wrong);
  expect(limiter.delayMs('2001:db8:0:7:1:2:3:4', 'joe@pve')).toBe(2000);
  expect(limiter.delayMs('2001:db8:0:8::1', 'joe@pve')).toBe(0);
  expect(limiter.delayMs('2001:db8::1', 'joe@pve')).toBe(0);
  expect(limiter.delayMs('::1', 'joe@pve')).toBe(0);
});
