import { describe, expect, test } from 'vitest';
import { type PaceSample, paceOf, roundedLeft, withSample } from './task-pace.ts';

const GiB = 1024 ** 3;
const steady = (seconds: number, from = 0): PaceSample[] =>
  Array.from({ length: seconds + 1 }, (_, i) => ({
    ...{ at: (from + i) * 1000, progress: (from + i) / 100, done: ((from + i) / 100) * 10 * GiB },
  }));
const all = (samples: readonly PaceSample[]) => samples.reduce<PaceSample[]>(withSample, []);

describe('the pace of a task', () => {
  test('is what it did in the last half minute', () => {
    const pace = paceOf(all(steady(50)), 50_000);
    expect(pace.rate).toBeCloseTo(GiB / 10);
    expect(pace.leftSeconds).toBeCloseTo(50);
  });

  test('is not told of before there is something to tell', () => {
    expect(paceOf([], 0)).toEqual({});
    expect(paceOf(all(steady(2)), 2000)).toEqual({});
    expect(paceOf(all(steady(3)), 3000)).toHaveProperty('rate');
  });

  test('goes on counting between two words of it, and ends when it is silent', () => {
    const samples = all(steady(50));
    expect(paceOf(samples, 60_000).leftSeconds).toBeCloseTo(40);
    expect(paceOf(samples, 71_000)).toEqual({});
  });

  test('has no rate where no bytes are known', () => {
    const pace = paceOf(all(steady(10).map(({ at, progress }) => ({ at, progress }))), 10_000);
    expect(pace).toEqual({ leftSeconds: expect.closeTo(90) });
  });

  test('counts bytes anew with the next guest of a job, and goes on with the whole', () => {
    const next = steady(10, 50).map((one, i) => ({ ...one, done: (i / 10) * 5 * GiB }));
    const samples = all([...steady(50), ...next]);
    const pace = paceOf(samples, 60_000);
    expect(pace.rate).toBeCloseTo(GiB / 2);
    expect(pace.leftSeconds).toBeCloseTo(40);
    // Of the next one too little is known yet.
    const early = paceOf(all([...steady(50), ...next.slice(0, 3)]), 52_000);
    expect(early).toEqual({ leftSeconds: expect.closeTo(48) });
  });

  test('begins again when the whole does', () => {
    expect(all([...steady(50), ...steady(5)].map((one, at) => ({ ...one, at: at * 1000 })))).toHaveLength(6);
  });

  test('keeps no more than it needs', () => {
    const samples = all(steady(90));
    expect(samples).toHaveLength(31);
    expect(samples[0]!.at).toBe(60_000);
    const still = withSample(samples, { ...samples.at(-1)!, at: 99_000 });
    expect(still).toEqual(samples);
  });
});

test.each([
  [1, 5],
  [58, 60],
  [63, 60],
  [595, 600],
  [631, 660],
  [7200, 7200],
])('%i seconds are about %i', (left, told) => {
  expect(roundedLeft(left)).toBe(told);
});
