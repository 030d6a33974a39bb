import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mebibyte } from '../core/units.ts';
import { type BalloonedGuest, planBalloons } from './balloon-plan.ts';

const gibibyte = 1024 * mebibyte;
const target = 0.8;

/** A host of 100 GiB, used to so many percent. */
const host = (percent: number) => ({ totalBytes: 100 * gibibyte, usedBytes: percent * gibibyte, target });
/** From 1 to 4 GiB. */
const guest = (vmid: number, sizeMib: number, more: Partial<BalloonedGuest> = {}): BalloonedGuest => ({
  ...{ vmid, minBytes: gibibyte, maxBytes: 4 * gibibyte, shares: 1000 },
  ...{ sizeBytes: sizeMib * mebibyte, freeBytes: 0 },
  ...more,
});
/** New sizes in MiB. */
const planned = (percent: number, guests: readonly BalloonedGuest[]) =>
  Object.fromEntries([...planBalloons(host(percent), guests)].map(([vmid, size]) => [vmid, size / mebibyte]));

test('nobody gives or gets between 79 and 80 %, all give above, all get below', () => {
  const guests = [guest(1, 2048), guest(2, 3072)];
  expect(planned(79, guests)).toEqual({});
  expect(planned(79.9, guests)).toEqual({});
  expect(planned(80, guests)).toEqual({});
  const step = 3072 / 20;
  expect(planned(90, guests)).toEqual({ 1: 2048 - Math.floor(step), 2: 3072 - Math.floor(step) });
  expect(planned(50, guests)).toEqual({ 1: 2048 + Math.floor(step), 2: 3072 + Math.floor(step) });
});

test('a little too much is taken, and no more', () => {
  expect(planned(80.063, [guest(1, 2048), guest(2, 2048)])).toEqual({ 1: 2016, 2: 2016 });
});

test('what there is above the minimum goes by shares', () => {
  const guests = [guest(1, 1024), guest(2, 1024, { shares: 3000 })];
  // 79 % less 120 MiB: 30 for the one, 90 for the other.
  expect(planned(79 - 120 / 1024, guests)).toEqual({ 1: 1054, 2: 1114 });
  // Who has more than his share gives first.
  expect(planned(80.063, [guest(1, 3072), guest(2, 3072, { shares: 3000 })])).toEqual({ 1: 3008 });
});

test('free memory is taken before memory in use, and hungry guests get before others', () => {
  const idle = { freeBytes: 1.5 * gibibyte };
  expect(planned(80.063, [guest(1, 2048), guest(2, 2048, idle)])).toEqual({ 2: 1984 });
  expect(planned(78.937, [guest(1, 2048), guest(2, 2048, idle)])).toEqual({ 1: 2112 });
});

test('one outside of its range is put into it, however the host is', () => {
  expect(planned(79.5, [guest(1, 512), guest(2, 5000)])).toEqual({ 1: 1024, 2: 4096 });
});

const anyGuests = fc
  .array(
    fc.record({
      minMib: fc.integer({ min: 16, max: 200_000 }),
      rangeMib: fc.integer({ min: 1, max: 400_000 }),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      free: fc.double({ min: 0, max: 1, noNaN: true }),
      shares: fc.integer({ min: 1, max: 50_000 }),
    }),
    { maxLength: 8 },
  )
  .map((made) =>
    made.map(({ minMib, rangeMib, at, free, shares }, vmid): BalloonedGuest => {
      const sizeBytes = (minMib + Math.floor(rangeMib * at * 1024) / 1024) * mebibyte;
      const maxBytes = (minMib + rangeMib) * mebibyte;
      return {
        ...{ vmid, shares, sizeBytes, maxBytes },
        ...{ minBytes: minMib * mebibyte, freeBytes: free * sizeBytes },
      };
    }),
  );
/** Used by others than the guests, 0 to 1 of what the guests have at most. */
const anyOthers = fc.double({ min: 0, max: 1, noNaN: true });
const anyTotal = fc.integer({ min: 1, max: 4000 }).map((gib) => gib * gibibyte);
const stepOf = ({ minBytes, maxBytes }: BalloonedGuest) =>
  Math.max(100 * mebibyte, (maxBytes - minBytes) / 20);

test('a size is never outside of its range, a change never too large, and all of one kind', () => {
  fc.assert(
    fc.property(
      anyTotal,
      fc.double({ min: 0, max: 1, noNaN: true }),
      anyGuests,
      (totalBytes, used, guests) => {
        const usedBytes = totalBytes * used;
        let change = 0;
        for (const [vmid, size] of planBalloons({ totalBytes, usedBytes, target }, guests)) {
          const { minBytes, maxBytes, sizeBytes } = guests[vmid]!;
          expect(size).toBeGreaterThanOrEqual(minBytes);
          expect(size).toBeLessThanOrEqual(maxBytes);
          expect(Math.abs(size - sizeBytes)).toBeLessThanOrEqual(stepOf(guests[vmid]!));
          if (used > target) expect(size).toBeLessThan(sizeBytes);
          else expect(size).toBeGreaterThan(sizeBytes);
          change += size - sizeBytes;
        }
        // Not more than is missing, nor than is to spare.
        if (used > target) expect(-change).toBeLessThanOrEqual(usedBytes - totalBytes * target + 1);
        else expect(change).toBeLessThanOrEqual(Math.max(0, totalBytes * (target - 0.01) - usedBytes) + 1);
      },
    ),
  );
});

/** Rounds until nothing changes, when guests use all that they have; the sizes at the end. */
function settle(totalBytes: number, others: number, guests: readonly BalloonedGuest[]) {
  let now = guests;
  const used = () => others + now.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const directions = new Set<boolean>();
  for (let rounds = 0; rounds <= 100; rounds++) {
    const plan = planBalloons({ totalBytes, usedBytes: used(), target }, now);
    if (plan.size === 0) return { now, used: used(), directions };
    const before = used();
    now = now.map((one) => ({ ...one, sizeBytes: plan.get(one.vmid) ?? one.sizeBytes, freeBytes: 0 }));
    directions.add(used() > before);
  }
  throw new Error('it still changes after a hundred rounds');
}

test('it comes to rest without going to and fro: near the target, or with all at their bounds', () => {
  fc.assert(
    fc.property(anyTotal, anyOthers, anyGuests, (totalBytes, share, guests) => {
      const { now, used, directions } = settle(totalBytes, totalBytes * share, guests);
      expect(directions.size).toBeLessThanOrEqual(1);
      const near = now.length * mebibyte + 1;
      const at = (bound: 'minBytes' | 'maxBytes') =>
        now.every(({ sizeBytes, [bound]: limit }) => Math.abs(sizeBytes - limit) < mebibyte);
      const calm = used <= totalBytes * target + near && used >= totalBytes * (target - 0.01) - near;
      expect(calm || at(used > totalBytes * target ? 'minBytes' : 'maxBytes')).toBe(true);
    }),
    { numRuns: 200 },
  );
});

test('a thousand guests are planned in no time', () => {
  const guests = Array.from({ length: 1000 }, (_, i) => guest(i, 1024 + (i % 3000), { shares: 1 + i }));
  const began = performance.now();
  const host = { totalBytes: 4000 * gibibyte, usedBytes: 3300 * gibibyte, target };
  expect(planBalloons(host, guests).size).toBeGreaterThan(900);
  expect(performance.now() - began).toBeLessThan(500);
});
