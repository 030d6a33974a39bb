// Charts' numbers.
import { expect, test } from 'vitest';
import { columnsOf, nearest, niceCeiling } from './chart-scale.ts';

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

test('columns have every time once, in order, with a gap where nothing was measured', () => {
  const other = [
    { time: 30, value: Number.NaN },
    { time: 5, value: 2 },
  ];
  expect(columnsOf([points, other])).toEqual([
    [0, 5, 10, 20, 30],
    [0, null, 5, null, 10],
    [null, 2, null, null, null],
  ]);
  expect(columnsOf([])).toEqual([[]]);
});

test('the nearest measured point is found', () => {
  expect(nearest(points, 19)?.time).toBe(10);
  expect(nearest(points, 26)?.time).toBe(30);
  expect(nearest([], 3)).toBeUndefined();
});
