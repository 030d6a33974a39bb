// Doing one thing to many.
import { expect, test } from 'vitest';
import { type Outcome, partByReason, runBulk } from './bulk-run.ts';

test('no more than some at a time, and one that is refused holds no other back', async () => {
  let busy = 0;
  let most = 0;
  const outcomes: Outcome<number>[] = [];
  const asked: string[] = [];
  await runBulk(
    [1, 2, 3, 4, 5],
    2,
    async (one) => {
      busy += 1;
      most = Math.max(most, busy);
      await Promise.resolve();
      busy -= 1;
      if (one === 2) throw new Error('no');
      return one * 10;
    },
    (place, outcome) => {
      if (outcome.state === 'asking') asked.push(String(place));
      outcomes[place] = outcome;
    },
  );
  expect(most).toBe(2);
  expect(asked).toEqual(['0', '1', '2', '3', '4']);
  expect(outcomes.map((one) => one.state)).toEqual(['asked', 'refused', 'asked', 'asked', 'asked']);
  expect(outcomes[4]).toEqual({ state: 'asked', reply: 50 });
});

test('nothing is done with nothing', async () => {
  await runBulk(
    [],
    4,
    async () => expect.fail(),
    () => expect.fail(),
  );
});

test('a list is parted by the reasons', () => {
  const parts = partByReason([1, 2, 3], (one) => (one === 2 ? 'even' : undefined));
  expect(parts.able).toEqual([1, 3]);
  expect(parts.unable).toEqual([{ one: 2, reason: 'even' }]);
});
