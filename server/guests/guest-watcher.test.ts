// Documents forget what a guest ran with when it ends, by whatever way, and nothing else is forgotten.
import { expect, test } from 'vitest';
import { createMemoryStore } from '../cluster/memory/memory-store.ts';
import type { Logger } from '../core/log.ts';
import { createFakeDriver } from './fake/fake-driver.ts';
import { findGuest } from './guest-documents.ts';
import { createGuestStates } from './guest-states.ts';
import { watchGuests } from './guest-watcher.ts';

const settled = () => new Promise((resolve) => setImmediate(resolve));

async function world() {
  const store = createMemoryStore();
  const driver = createFakeDriver();
  const errors: unknown[] = [];
  const log = { error: (facts: unknown) => errors.push(facts), warn() {} } as unknown as Logger;
  const states = createGuestStates(driver, log);
  await driver.open();
  driver.populate([{ vmid: 100 }]);
  await states.open();
  for (const vmid of [100, 101]) {
    const document = { kind: 'qemu', vmid, node: 'n1', config: {}, running: { name: 'a' }, createdAt: 0 };
    await store.write(`guests/${vmid}`, document);
  }
  return { store, driver, states, log, errors, runs: (vmid: number) => findGuest(store, vmid)?.running };
}

test('who ended while nobody looked is noted at the start, who runs is left alone', async () => {
  const { store, states, log, runs } = await world();
  await watchGuests(store, states, 'qemu', log);
  expect(runs(100)).toEqual({ name: 'a' });
  expect(runs(101)).toBeUndefined();
});

test.each(['shutdown', 'crashed'] as const)('a guest that ends by itself (%s) is noted', async (reason) => {
  const { store, driver, states, log, runs } = await world();
  const stop = await watchGuests(store, states, 'qemu', log);
  driver.endGuest(100, reason);
  await settled();
  expect(runs(100)).toBeUndefined();
  stop();
});

test('what cannot be written is logged, and the others are noted all the same', async () => {
  const { store, driver, states, log, errors, runs } = await world();
  driver.endGuest(100, 'crashed');
  const write = store.write.bind(store);
  store.write = async (key, value, version) => {
    if (key === 'guests/100') throw new Error('no quorum');
    return write(key, value, version);
  };
  await watchGuests(store, states, 'qemu', log);
  expect(errors).toMatchObject([{ vmid: 100 }]);
  expect(runs(101)).toBeUndefined();
});
