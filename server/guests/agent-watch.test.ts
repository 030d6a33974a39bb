// What lists show by an agent's word: asked when it turns up, dropped with the run, whatever the agent does.
import { expect, test } from 'vitest';
import type { ResourceItem } from '../contract/resources.ts';
import { AppError } from '../core/errors.ts';
import { watchAgents } from './agent-watch.ts';
import type { GuestObservation, RunState } from './guest-driver.ts';

function world(answers: Record<string, unknown>) {
  let listener: (observation: GuestObservation) => void = () => {};
  let state: RunState = 'running';
  let item: ResourceItem = { id: 'qemu/100', type: 'qemu', node: 'a', status: 'running', vmid: 100 };
  const warned: unknown[] = [];
  const watch = watchAgents({
    vmParts: {
      states: {
        all: () => [{ vmid: 100, state }],
        stateOf: () => state,
        watch: (added: typeof listener) => {
          listener = added;
          return () => {};
        },
      } as never,
    },
    agent: {
      ask: async (_vmid: number, execute: string) => {
        const answer = answers[execute];
        if (answer instanceof Error) throw answer;
        return answer;
      },
    },
    index: {
      get: () => item,
      patch: (_id, fields) => {
        item = { ...item, ...fields };
      },
    },
    log: { warn: (facts: unknown) => void warned.push(facts) },
  });
  return {
    watch,
    warned,
    item: () => item,
    appears: () => listener({ vmid: 100, state, reason: 'agent' }),
    stop: () => {
      state = 'stopped';
    },
  };
}
const cards = [{ name: 'eth0', 'ip-addresses': [{ 'ip-address': '192.0.2.7' }] }];
const good = { 'guest-network-get-interfaces': cards, 'guest-get-osinfo': { 'pretty-name': 'Debian 12' } };

test('an agent that turns up is asked', async () => {
  const made = world(good);
  made.appears();
  await expect.poll(made.item).toMatchObject({ addresses: ['192.0.2.7'], os: 'Debian 12' });
  made.watch.close();
});

test('every round asks those that run', async () => {
  const made = world({ ...good, 'guest-get-osinfo': new AppError('unavailable', 'no such command') });
  await made.watch.round();
  expect(made.item()).toMatchObject({ addresses: ['192.0.2.7'] });
  expect(made.item()).not.toHaveProperty('os');
  made.watch.close();
});

test.each(['unsupported', 'unavailable', 'timeout', 'wrong-state'] as const)(
  'one that is %s changes nothing, and is nothing to warn of',
  async (code) => {
    const made = world({ 'guest-network-get-interfaces': new AppError(code, 'no') });
    await made.watch.round();
    expect(made.item()).not.toHaveProperty('addresses');
    expect(made.warned).toEqual([]);
    made.watch.close();
  },
);

test('an answer that comes after the end of the run is dropped', async () => {
  const made = world(good);
  const round = made.watch.round();
  made.stop();
  await round;
  expect(made.item()).not.toHaveProperty('addresses');
  made.watch.close();
});
