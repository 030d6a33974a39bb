import { expect, test } from 'vitest';
import { alternating, beside, beyond, reached } from './bench.ts';
import { renderTable } from './table.ts';

test('works take turns, and the first round does not count', async () => {
  const done: string[] = [];
  const seen = await alternating(2, {
    ours: async (round) => done.push(`ours ${round}`),
    theirs: async (round) => done.push(`theirs ${round}`),
  });
  expect(done).toEqual(['ours -1', 'theirs -1', 'ours 0', 'theirs 0', 'ours 1', 'theirs 1']);
  expect([seen.ours.length, seen.theirs.length]).toEqual([2, 2]);
});

test('what is beyond a peer is the median of the differences, not the difference of medians', () => {
  const [ours, theirs] = [
    [10, 20, 60],
    [9, 5, 58],
  ];
  expect(beside('x', ours!, 'y', theirs!)).toMatchObject({ value: 20, peer: { name: 'y', value: 9 } });
  const row = beyond('x', ours!, theirs!, 1);
  expect(row.value).toBe(2);
  expect(reached(row)).toBe(false);
});

test('a ratio may have something on top of it', () => {
  const row = { measure: 'x', unit: 'ms', peer: { name: 'y', value: 10 } } as const;
  const goal = { of: 'ratio', atMost: 1.3, plus: 20 } as const;
  expect(reached({ ...row, value: 33, goal })).toBe(true);
  expect(reached({ ...row, value: 33.1, goal })).toBe(false);
  expect(reached({ ...row, value: 14, goal: { of: 'ratio', atMost: 1.3 } })).toBe(false);
  expect(renderTable([{ ...row, value: 33, goal }])).toContain('<= 1.3x + 20 ms');
});
