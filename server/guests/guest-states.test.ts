// Events and answers of the driver that overtake each other: the newest word counts.
import { expect, it } from 'vitest';
import { createLogger } from '../core/log.ts';
import type { GuestObservation, ObservedGuest } from './guest-driver.ts';
import { createGuestStates } from './guest-states.ts';

function world() {
  const answers: ((guests: ObservedGuest[]) => void)[] = [];
  let listener: (observation: GuestObservation) => void = () => {};
  const driver = {
    observe: () => new Promise<ObservedGuest[]>((resolve) => answers.push(resolve)),
    watch: (told: (observation: GuestObservation) => void) => {
      listener = told;
      return () => {};
    },
  };
  const states = createGuestStates(driver, createLogger('silent'));
  return { states, answers, event: (observation: GuestObservation) => listener(observation) };
}

const running = (vmid: number, pid = 1): ObservedGuest => ({
  ...{ vmid, state: 'running' as const, pid },
  ...{ startedAt: 1000, accelerated: false },
});
const settled = () => new Promise((resolve) => setImmediate(resolve));

it('keeps a start that is told while an older answer is on its way', async () => {
  const { states, answers, event } = world();
  const open = states.open();
  event({ vmid: 100, state: 'running', reason: 'started' });
  answers[0]?.([]);
  await open;
  expect(states.stateOf(100)).toBe('running');
});

it('keeps an end that is told while an older answer is on its way', async () => {
  const { states, answers, event } = world();
  const open = states.open();
  event({ vmid: 100, state: 'stopped', reason: 'destroyed' });
  answers[0]?.([running(100)]);
  await open;
  expect(states.stateOf(100)).toBe('stopped');
});

it('takes the facts of an answer and the state of a newer event', async () => {
  const { states, answers, event } = world();
  const open = states.open();
  event({ vmid: 100, state: 'paused', reason: 'paused' });
  answers[0]?.([running(100, 77)]);
  await open;
  expect(states.observed(100)).toMatchObject({ state: 'paused', pid: 77, startedAt: 1000 });
});

it('asks again for who came after the question', async () => {
  const { states, answers } = world();
  const open = states.open();
  const late = states.refresh();
  const later = states.refresh();
  answers[0]?.([]);
  await open;
  expect(states.stateOf(100)).toBe('stopped');
  await settled();
  expect(answers).toHaveLength(2);
  answers[1]?.([running(100)]);
  await Promise.all([late, later]);
  expect(states.stateOf(100)).toBe('running');
});
