// Waiting for a guest's state, and telling those who watch.
import { expect, test } from 'vitest';
import type { Logger } from '../core/log.ts';
import { quietContext } from '../core/work-context.ts';
import { createFakeDriver } from './fake/fake-driver.ts';
import { createGuestStates } from './guest-states.ts';

async function world() {
  const driver = createFakeDriver();
  await driver.open();
  driver.populate([{ vmid: 100 }]);
  const errors: unknown[] = [];
  const log = { error: (facts: unknown) => errors.push(facts), warn() {} } as unknown as Logger;
  const states = createGuestStates(driver, log);
  await states.open();
  return { driver, states, errors };
}
const never = new AbortController().signal;

test('until resolves at once, or when the state comes', async () => {
  const { driver, states } = await world();
  await states.until(100, 'running', never);
  await states.until(101, 'stopped', never);
  let over = false;
  const waiting = states.until(100, 'stopped', never).then(() => {
    over = true;
  });
  await driver.pause(100);
  expect(over).toBe(false);
  await driver.stop(quietContext(), 100);
  await waiting;
  expect(states.all()).toEqual([]);
});

test('until rejects with the reason of the signal, before and while it waits', async () => {
  const { states } = await world();
  const gone = AbortSignal.abort(new Error('too late'));
  await expect(states.until(100, 'stopped', gone)).rejects.toThrow('too late');
  const abort = new AbortController();
  const waiting = states.until(100, 'stopped', abort.signal);
  abort.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
});

test('a listener that fails keeps nobody else from hearing', async () => {
  const { driver, states, errors } = await world();
  const heard: string[] = [];
  states.watch(() => {
    throw new Error('mine');
  });
  const stop = states.watch(({ vmid, state, reason }) => heard.push(`${vmid} ${state} ${reason}`));
  await driver.pause(100);
  await driver.resume(100);
  driver.endGuest(100, 'crashed');
  expect(heard).toEqual(['100 paused paused', '100 running resumed', '100 stopped crashed']);
  expect(errors).toHaveLength(3);
  stop();
  await driver.start(quietContext(), { vmid: 101 });
  expect(heard).toHaveLength(3);
});

test('a refresh tells what nobody told: guests that came and went', async () => {
  const { driver, states } = await world();
  const heard: string[] = [];
  states.watch(({ vmid, state, reason }) => heard.push(`${vmid} ${state} ${reason}`));
  driver.populate([{ vmid: 102 }]);
  await states.refresh();
  expect(heard).toEqual(['102 running reconnected']);
  expect(states.observed(102)?.pid).toBeGreaterThan(0);
});

test('an answer that does not come leaves what was known', async () => {
  const { driver, states } = await world();
  driver.disconnect();
  await expect(states.refresh()).rejects.toMatchObject({ code: 'unavailable' });
  expect(states.stateOf(100)).toBe('running');
  driver.reconnect();
  await states.refresh();
});

test('after close no event is followed', async () => {
  const { driver, states } = await world();
  states.close();
  driver.endGuest(100, 'crashed');
  expect(states.stateOf(100)).toBe('running');
});
