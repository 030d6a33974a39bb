// Charts' geometry.
import { expect, test } from 'vitest';
import { nearest, niceCeiling, paths, runs } from './chart-scale.ts';

test.each([
  [0, 1000, 1],
  [0.03, 1000, 0.05],
  [0.2, 1000, 0.2],
  [7, 1000, 10],
  [1200, 1000, 2000],
  [3 * 1024 ** 2, 1024, 5 * 1024 ** 2],
  [900 * 1024, 1024, 1000 * 1024],
] as const)('%d goes up to %d-round %d', (value, base, top) => {
  expect(niceCeiling(value, base)).toBeCloseTo(top, 6);
});

const points = [
  { time: 0, value: 0 },
  { time: 10, value: 5 },
  { time: 20, value: undefined },
  { time: 30, value: 10 },
];

test('a gap breaks the line', () => {
  expect(runs(points).map((run) => run.length)).toEqual([2, 1]);
  const box = { from: 0, to: 30, max: 10, width: 300, height: 100 };
  expect(paths(points, box)).toEqual({
    line: 'M0 100L100 50M300 0L300 0',
    area: 'M0 100L0 100L100 50L100 100ZM300 100L300 0L300 100Z',
  });
});

test('the nearest measured point is found', () => {
  expect(nearest(points, 19)?.time).toBe(10);
  expect(nearest(points, 26)?.time).toBe(30);
  expect(nearest([], 3)).toBeUndefined();
});
