// One view over the states of two drivers.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLogger } from '../core/log.ts';
import { quietContext } from '../core/work-context.ts';
import { FakeDriver } from './fake/fake-driver.ts';
import type { GuestObservation } from './guest-driver.ts';
import { createGuestStates, type GuestStates } from './guest-states.ts';
import { mergeGuestStates } from './merged-states.ts';

let vms: FakeDriver;
let cts: FakeDriver;
let states: GuestStates;
beforeEach(async () => {
  vms = new FakeDriver({ kind: 'qemu' });
  cts = new FakeDriver({ kind: 'lxc' });
  await vms.open();
  await cts.open();
  const log = createLogger('silent');
  await vms.start(quietContext(), { vmid: 100 });
  states = mergeGuestStates([createGuestStates(vms, log), createGuestStates(cts, log)]);
  await states.open();
});
afterEach(() => states.close());

test('each guest is told by whoever runs it', async () => {
  const seen: GuestObservation[] = [];
  const stop = states.watch((observation) => seen.push(observation));
  await cts.start(quietContext(), { vmid: 101 });
  await states.refresh();
  expect(states.all().map(({ vmid }) => vmid)).toEqual([100, 101]);
  expect([100, 101, 102].map((vmid) => states.stateOf(vmid))).toEqual(['running', 'running', 'stopped']);
  expect(states.observed(102)).toBeUndefined();
  await vms.pause(100);
  expect(states.stateOf(100)).toBe('paused');
  expect(seen).toContainEqual({ vmid: 100, state: 'paused', reason: 'paused' });
  stop();
  await cts.stop(quietContext(), 101);
  expect(seen.at(-1)?.vmid).toBe(100);
});

test('a state is waited for wherever it comes', async () => {
  const never = new AbortController().signal;
  await states.until(101, 'stopped', never);
  const up = states.until(101, 'running', never);
  await cts.start(quietContext(), { vmid: 101 });
  await up;
  const down = states.until(101, 'stopped', never);
  await cts.stop(quietContext(), 101);
  await down;
  const given = new AbortController();
  const waited = states.until(100, 'stopped', given.signal);
  given.abort(new Error('enough'));
  await expect(waited).rejects.toThrow('enough');
});
