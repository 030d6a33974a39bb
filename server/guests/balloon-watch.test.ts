// Balloons that follow what was measured: whose, how far, and what becomes of a guest that cannot be changed.
import { expect, test } from 'vitest';
import { createMemoryStore } from '../cluster/memory/memory-store.ts';
import { mebibyte } from '../core/units.ts';
import { watchBalloons } from './balloon-watch.ts';
import type { VmConfig } from './config/config-keys.ts';
import { guestKey } from './config/guest-document.ts';
import type { GuestStats, RunState } from './guest-driver.ts';
import type { MemoryChange, VmChange } from './vm/vm-start.ts';

const counters = { cpuTimeNs: 0, cpus: 1, memoryBytes: undefined, residentBytes: undefined };
const traffic = { netInBytes: 0, netOutBytes: 0, diskReadBytes: 0, diskWriteBytes: 0 };
const sized = (vmid: number, sizeMib: number, maxMib = 1024): GuestStats => ({
  ...{ vmid, ...counters, ...traffic },
  balloon: { sizeBytes: sizeMib * mebibyte, maxBytes: maxMib * mebibyte, freeBytes: 0 },
});
const silent = (vmid: number): GuestStats => ({ vmid, ...counters, ...traffic });
/** Of 10,000 MiB. */
const used = (percent: number) => ({ totalBytes: 10_000 * mebibyte, usedBytes: percent * 100 * mebibyte });

async function world(
  configs: Readonly<Record<number, VmConfig>>,
  {
    running = {},
    hold,
  }: { running?: VmConfig; hold?: (vmid: number, signal: AbortSignal) => Promise<void> } = {},
) {
  const store = createMemoryStore();
  for (const [vmid, config] of Object.entries(configs)) {
    const document = { kind: 'qemu', vmid: Number(vmid), node: 'a', createdAt: 1, config };
    await store.write(guestKey(Number(vmid)), { ...document, running: { ...config, ...running } }, 0);
  }
  const states = new Map<number, RunState>();
  const told: string[] = [];
  const warned: unknown[] = [];
  let target = 80;
  const watch = watchBalloons({
    store,
    states: { stateOf: (vmid) => states.get(vmid) ?? 'running' },
    driver: {
      async hotPlug({ signal }, vmid, changes: readonly VmChange[]) {
        await hold?.(vmid, signal);
        const [{ memoryBytes }, ...more] = changes as readonly [MemoryChange];
        expect(more).toEqual([]);
        told.push(`${vmid} ${memoryBytes / mebibyte}`);
        return [];
      },
    },
    log: { warn: (facts: unknown) => void warned.push(facts) },
    targetPercent: () => target,
  });
  const aim = (percent: number) => {
    target = percent;
  };
  const round = async (percent: number, ...guests: readonly GuestStats[]) => {
    told.length = 0;
    watch.measured(used(percent), guests);
    await watch.settled();
    return [...told];
  };
  return { store, states, warned, watch, round, told, aim };
}
const between: VmConfig = { memory: '1024', balloon: 512 };

test('a guest gives while the host is short, keeps while it is calm, and gets back', async () => {
  const { round, aim } = await world({ 100: between });
  expect(await round(95, sized(100, 1024))).toEqual(['100 924']);
  expect(await round(95, sized(100, 530))).toEqual(['100 512']);
  expect(await round(95, sized(100, 512))).toEqual([]);
  expect(await round(79.5, sized(100, 700))).toEqual([]);
  expect(await round(50, sized(100, 700))).toEqual(['100 800']);
  expect(await round(50, sized(100, 1024))).toEqual([]);
  aim(40);
  expect(await round(50, sized(100, 1024))).toEqual(['100 924']);
});

test('left alone: no range, no shares, no balloon, no driver, not running, not there, not to be read', async () => {
  const { round, states } = await world({
    100: { memory: '1024' },
    101: { memory: '1024', balloon: 1024 },
    102: { ...between, shares: 0 },
    103: { memory: '1024', balloon: 0 },
    104: between,
    105: between,
    107: { memory: '1024', balloon: 512, shares: 'many' },
    108: between,
  });
  states.set(105, 'paused');
  const all = [100, 101, 102, 103, 105, 106, 107, 108].map((vmid) => sized(vmid, 1024));
  expect(await round(95, ...all, silent(104))).toEqual(['108 924']);
});

test('what it runs with counts, and it never gets more than it was made for', async () => {
  const { round } = await world({ 100: { memory: '4096', balloon: 512 } }, { running: { memory: '2048' } });
  expect(await round(10, sized(100, 2000, 2048))).toEqual(['100 2048']);
  expect(await round(10, sized(100, 1000, 1024))).toEqual(['100 1024']);
});

test('one that cannot be changed is told of and holds up no other; one that has gone is no news', async () => {
  const gone = new Set<number>();
  const { round, warned, states } = await world(
    { 100: between, 101: between, 102: between },
    {
      hold: async (vmid) => {
        if (gone.has(vmid)) states.set(vmid, 'stopped');
        if (vmid !== 102) throw new Error('no');
      },
    },
  );
  gone.add(101);
  expect(await round(95, sized(100, 1024), sized(101, 1024), sized(102, 1024))).toEqual(['102 924']);
  await round(95, sized(100, 1024));
  expect(warned).toEqual([expect.objectContaining({ vmid: 100 })]);
});

test('one round at a time, and none after the end', async () => {
  const waiting = Promise.withResolvers<void>();
  const made = await world(
    { 100: between, 101: between },
    {
      hold: (_vmid, signal) =>
        new Promise((resolve, reject) => {
          void waiting.promise.then(resolve);
          signal.addEventListener('abort', () => reject(signal.reason));
        }),
    },
  );
  made.watch.measured(used(95), [sized(100, 1024)]);
  made.watch.measured(used(95), [sized(101, 1024)]);
  waiting.resolve();
  await made.watch.settled();
  expect(made.told).toEqual(['100 924']);
  const held = await world({ 100: between }, { hold: (_vmid, signal) => aborted(signal) });
  held.watch.measured(used(95), [sized(100, 1024)]);
  held.watch.close();
  await held.watch.settled();
  expect(await held.round(95, sized(100, 1024))).toEqual([]);
  expect(held.warned).toEqual([]);
});

const aborted = (signal: AbortSignal) =>
  new Promise<void>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

test('what was measured last is told, also of a guest that is left alone', async () => {
  const { watch, round } = await world({ 100: { memory: '1024' } });
  await round(50, sized(100, 700), silent(101));
  expect([100, 101, 102].map((vmid) => watch.last(vmid)?.sizeBytes)).toEqual([
    700 * mebibyte,
    undefined,
    undefined,
  ]);
  await round(50, silent(100));
  expect(watch.last(100)).toBeUndefined();
});
