// Starting guests with the machine: once a boot, in order, past failures.
import { expect, it } from 'vitest';
import { createMemoryStore } from '../cluster/memory/memory-store.ts';
import type { Logger } from '../core/log.ts';
import { autostartGuests } from './autostart.ts';
import type { GuestStates } from './guest-states.ts';

it('starts what is wanted once after each boot', async () => {
  const store = createMemoryStore();
  const add = (vmid: number, config: Record<string, string | number>) =>
    store.write(`guests/${vmid}`, { kind: 'qemu', vmid, node: 'n1', config, createdAt: 0 });
  await add(100, { onboot: 1 });
  await add(101, { onboot: 1, startup: 'order=2' });
  await add(102, { onboot: 1, startup: 'order=1,up=5' });
  await add(103, { onboot: 0 });
  await add(104, { onboot: 1, startup: 'order=0' });
  let boot = 'first';
  let words = 'quiet croft.nostart=1';
  const begun: number[] = [];
  const slept: number[] = [];
  const parts = {
    node: 'n1',
    store,
    states: { stateOf: (vmid: number) => (vmid === 101 ? 'running' : 'stopped') } as GuestStates,
    clock: {
      now: () => 0,
      sleep: async (ms: number) => {
        slept.push(ms);
      },
    },
    log: { warn: () => {} } as unknown as Logger,
    bootId: async () => boot,
    commandLine: async () => words,
    start: async (vmid: number) => {
      begun.push(vmid);
      if (vmid === 104) throw new Error('no such bridge');
    },
  };
  const never = new AbortController().signal;
  // Chosen in the boot menu; it is not this boot's turn that is used up.
  expect(await autostartGuests(parts, never)).toEqual([]);
  words = 'quiet croft.nostart=10';
  expect(await autostartGuests(parts, never)).toEqual([102, 100]);
  expect(begun).toEqual([104, 102, 100]);
  expect(slept).toEqual([5000]);
  expect(await autostartGuests(parts, never)).toEqual([]);
  boot = 'second';
  slept.length = 0;
  // A daemon that is stopped while they wait has not used up this boot.
  const stopping = new AbortController();
  const sleep = async () => {
    stopping.abort();
    throw new Error('aborted');
  };
  const stopped = { ...parts, delaySeconds: 30, clock: { ...parts.clock, sleep } };
  expect(await autostartGuests(stopped, stopping.signal)).toEqual([]);
  expect(await autostartGuests({ ...parts, delaySeconds: 30 }, never)).toEqual([102, 100]);
  expect(slept).toEqual([30_000, 5000]);
});
