// Limits of speed: how they are read, which one holds, and a stream that keeps to one.
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import {
  bytesPerSecond,
  configuredLimitKib,
  readBandwidthLimits,
  requestedLimitKib,
} from './bandwidth-limits.ts';
import { slowed } from './slowed-stream.ts';

test('limits are read as the API writes them', () => {
  expect(readBandwidthLimits('clone=100,default=0, move=1.5')).toEqual({ clone: 100, default: 0, move: 1.5 });
  expect(readBandwidthLimits('')).toEqual({});
});

test.each([
  '100',
  'clone',
  'clone=',
  'clone=-1',
  'clone=1e3',
  'clone=0x10',
  'swap=1',
  'clone=1,clone=2',
  'clone=1=2',
  'clone=9999999999999',
  'clone=NaN',
])('%s is refused, naming the option', (text) => {
  try {
    readBandwidthLimits(text);
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({ fields: { bwlimit: expect.any(String) } });
  }
});

test.each([
  ['nothing is said', undefined, [undefined, undefined], 0],
  ['the datacenter says', 'move=300', [undefined, undefined], 300],
  ['the default of the datacenter', 'default=200,clone=5', [undefined], 200],
  ['a storage says otherwise', 'move=300', ['move=900', undefined], 300],
  ['a storage has its own, faster', 'move=300', ['move=900', 'default=800'], 800],
  ['a storage has none', 'move=300', ['move=0'], 0],
  ['what cannot be read does not count', 'move=x', ['move=90,move=1'], 0],
])('%s', (_what, datacenter, storages, limit) => {
  expect(configuredLimitKib('move', { datacenter, storages })).toBe(limit);
});

test('everybody may go slower, administrators faster', () => {
  expect(requestedLimitKib(100, undefined, false)).toBe(100);
  expect(requestedLimitKib(100, 50, false)).toBe(50);
  expect([0, 500].map((wish) => requestedLimitKib(100, wish, false))).toEqual([100, 100]);
  expect([0, 500].map((wish) => requestedLimitKib(100, wish, true))).toEqual([0, 500]);
  expect([0, 0.0001, 2].map(bytesPerSecond)).toEqual([undefined, 1, 2048]);
});

test('a stream passes at the speed wanted, whole and in order', async () => {
  let now = 0;
  const clock: Clock = {
    now: () => now,
    sleep: async (ms) => {
      now += ms;
    },
  };
  const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, i) => i % 251));
  const source = Readable.from([bytes.subarray(0, 7), bytes.subarray(7, 60_000), bytes.subarray(60_000)]);
  const passed = await buffer(slowed(source, 10_000, new AbortController().signal, clock));
  expect(passed.equals(bytes)).toBe(true);
  // Ten seconds' worth; the last piece is not waited for.
  expect(now).toBeGreaterThan(9_500);
  expect(now).toBeLessThan(10_100);
});

test('a stream that waits ends when it is cancelled, and its source with it', async () => {
  const cancel = new AbortController();
  const source = Readable.from([Buffer.alloc(1000), Buffer.alloc(1000)]);
  const reading = buffer(slowed(source, 1, cancel.signal));
  setTimeout(() => cancel.abort(), 20);
  await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
  expect(source.destroyed).toBe(true);
});
