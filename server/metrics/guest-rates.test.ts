// Rates from counters: differences over time, resets, guests that go.
import { expect, it } from 'vitest';
import type { GuestStats } from '../guests/guest-driver.ts';
import { GuestRateMeter } from './guest-rates.ts';

const stats = (vmid: number, cpuSeconds: number, netInBytes = 0): GuestStats => ({
  vmid,
  cpuTimeNs: cpuSeconds * 1e9,
  cpus: 2,
  memoryBytes: 1,
  residentBytes: 1,
  netInBytes,
  netOutBytes: 0,
  diskReadBytes: 0,
  diskWriteBytes: 0,
});

it('needs two looks, and divides by time and processors', () => {
  const meter = new GuestRateMeter();
  expect(meter.measure(0, [stats(100, 5)]).size).toBe(0);
  expect(meter.measure(10_000, [stats(100, 15, 5000)]).get(100)).toMatchObject({ cpu: 0.5, netin: 500 });
});

it('starts over when a counter does', () => {
  const meter = new GuestRateMeter();
  meter.measure(0, [stats(100, 50)]);
  expect(meter.measure(10_000, [stats(100, 1)]).size).toBe(0);
  expect(meter.measure(20_000, [stats(100, 1 + 20)]).get(100)?.cpu).toBe(1);
});

it('forgets guests that are gone', () => {
  const meter = new GuestRateMeter();
  meter.measure(0, [stats(100, 1)]);
  meter.measure(10_000, []);
  expect(meter.measure(20_000, [stats(100, 2)]).size).toBe(0);
});
