// The measure of a guest's silence: the guest's own, not that of the process that listens.
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { longestSilence } from './counting-terminal.ts';

/** Nothing of this process runs meanwhile, as when the machine has other work. */
const stand = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

test('what a guest says while we stand ourselves is no silence of it', async () => {
  const guest = { received: '' };
  const silence = await longestSilence(guest, async () => {
    await delay(30);
    stand(600);
    // It is read after the look that was late.
    await delay(0);
    guest.received += '=0001\n';
    await delay(30);
  });
  expect(silence).toBeLessThan(600);
});

test('its own silence is measured in full, also while we stand', async () => {
  const guest = { received: '' };
  const silence = await longestSilence(guest, async () => {
    await delay(100);
    stand(200);
    await delay(500);
    guest.received += '=0001\n';
    await delay(50);
  });
  expect(silence).toBeGreaterThanOrEqual(290);
});
