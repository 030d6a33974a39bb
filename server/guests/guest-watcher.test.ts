// Documents forget what a guest ran with when it ends, by whatever way, and nothing else is forgotten.
import { describe, expect, test } from 'vitest';
import { HookRecorder } from '../../test/fixtures/hook-recorder.ts';
import { createMemoryStore } from '../cluster/memory/memory-store.ts';
import { AppError } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';
import { createFakeDriver } from './fake/fake-driver.ts';
import { findGuest } from './guest-documents.ts';
import { createGuestStates } from './guest-states.ts';
import type { GuestStorages } from './guest-volumes.ts';
import { createRunEnds, watchGuests } from './guest-watcher.ts';
import { createHookScripts } from './hook-scripts.ts';

const attachment = { kind: 'file', path: '/snippets/hook', format: 'raw' } as const;
const settled = () => new Promise((resolve) => setImmediate(resolve));

async function world() {
  const store = createMemoryStore();
  const driver = createFakeDriver();
  const errors: unknown[] = [];
  const logged: string[] = [];
  const log = {
    error: (facts: unknown) => errors.push(facts),
    warn: (_facts: unknown, text: string) => logged.push(`warn: ${text}`),
    info: (_facts: unknown, text: string) => logged.push(text),
  } as unknown as Logger;
  const states = createGuestStates(driver, log);
  await driver.open();
  driver.populate([{ vmid: 100 }]);
  await states.open();
  for (const vmid of [100, 101]) {
    const document = { kind: 'qemu', vmid, node: 'n1', config: {}, running: { name: 'a' }, createdAt: 0 };
    await store.write(`guests/${vmid}`, document);
  }
  const scripts = new HookRecorder();
  const storages = {
    storage: () => ({
      info: async () => ({ content: 'snippets' }),
      attach: async () => attachment,
      detach: async () => {},
    }),
  } as unknown as GuestStorages;
  const hooks = createHookScripts(storages, scripts.run);
  const newEnds = () => createRunEnds({ store, states, hooks }, 'qemu', log);
  const ends = newEnds();
  return {
    store,
    driver,
    states,
    log,
    logged,
    scripts,
    ends,
    newEnds,
    errors,
    runs: (vmid: number) => findGuest(store, vmid)?.running,
  };
}

test('who ended while nobody looked is noted at the start, who runs is left alone', async () => {
  const { store, states, log, ends, runs } = await world();
  await watchGuests({ store, states }, 'qemu', ends, log);
  expect(runs(100)).toEqual({ name: 'a' });
  expect(runs(101)).toBeUndefined();
});

test.each(['shutdown', 'crashed'] as const)('a guest that ends by itself (%s) is noted', async (reason) => {
  const { store, driver, states, log, ends, runs } = await world();
  const stop = await watchGuests({ store, states }, 'qemu', ends, log);
  driver.endGuest(100, reason);
  await settled();
  expect(runs(100)).toBeUndefined();
  stop();
});

test('what cannot be written is logged, and the others are noted all the same', async () => {
  const { store, driver, states, log, ends, errors, runs } = await world();
  driver.endGuest(100, 'crashed');
  const write = store.write.bind(store);
  store.write = async (key, value, version) => {
    if (key === 'guests/100') throw new Error('no quorum');
    return write(key, value, version);
  };
  await watchGuests({ store, states }, 'qemu', ends, log);
  expect(errors).toMatchObject([{ vmid: 100 }]);
  expect(runs(101)).toBeUndefined();
});

describe('the hook script of a guest that ended', () => {
  const hooked = async () => {
    const made = await world();
    const { store, states, log, ends } = made;
    const running = { hookscript: 'local:snippets/hook' };
    for (const vmid of [100, 101])
      await store.write(`guests/${vmid}`, { ...findGuest(store, vmid)!, running });
    return { ...made, watch: (by = ends) => watchGuests({ store, states }, 'qemu', by, log) };
  };

  test('is run once, also for one that ended while the daemon was away, and told to its log', async () => {
    const { driver, ends, newEnds, scripts, logged, watch } = await hooked();
    await watch();
    await ends.settle(101);
    expect(scripts.runs).toEqual(['101 post-stop']);
    expect(logged).toContain('hook: I am post-stop');
    driver.endGuest(100, 'crashed');
    await Promise.all([ends.settle(100), ends.settle(100), ends.note(100)]);
    // The next life of the daemon, which finds both ended.
    await watch(newEnds());
    await newEnds().settle(100);
    expect(scripts.runs).toEqual(['101 post-stop', '100 post-stop']);
  });

  test('is not run by a daemon that finds it begun: a kill in its middle does not run it twice', async () => {
    const { newEnds, scripts, runs, watch } = await hooked();
    scripts.does.set('post-stop', () => new Promise(() => {}));
    await watch();
    expect(runs(101)).toBeUndefined();
    await watch(newEnds());
    await newEnds().settle(101);
    expect(scripts.runs).toEqual(['101 post-stop']);
  });

  test('holds up no watcher, but who starts it again; and is ended with the daemon', async () => {
    const { ends, scripts, logged, watch } = await hooked();
    scripts.does.set(
      'post-stop',
      (signal) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(new AppError('cancelled', 'cut off'))),
        ),
    );
    const stop = await watch();
    let settledNow = false;
    const waiting = ends.settle(101).then(() => {
      settledNow = true;
    });
    await settled();
    expect(settledNow).toBe(false);
    stop();
    await waiting;
    expect(logged).toContain('warn: hookscript error for 101 on post-stop: cut off');
  });

  test('is told to the task that asked for the end, whoever saw it first', async () => {
    const { driver, ends, logged, watch } = await hooked();
    await watch();
    await ends.settle(101);
    const lines: string[] = [];
    const { signal } = new AbortController();
    const context = { signal, log: (line: string) => lines.push(line), warn: () => {}, progress: () => {} };
    await ends.telling(100, context, async () => {
      driver.endGuest(100, 'shutdown');
      await settled();
      await ends.settle(100);
    });
    expect(lines).toEqual(['hook script local:snippets/hook, post-stop', 'hook: I am post-stop']);
    expect(logged).toHaveLength(2);
  });
});
