import { expect, test } from 'vitest';
import { systemClock } from './clock.ts';

test('a sleep longer than any timer is a long one, and can be broken off', async () => {
  const enough = new AbortController();
  let awake = false;
  const slept = systemClock.sleep(2 ** 40, enough.signal).then(() => {
    awake = true;
  });
  await systemClock.sleep(50);
  expect(awake).toBe(false);
  enough.abort();
  await expect(slept).rejects.toMatchObject({ name: 'AbortError' });
});
