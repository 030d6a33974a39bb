// Fetching code again after a failure.
import { expect, it } from 'vitest';
import { loadAgain } from './load-again.ts';

const after = (failures: number) => {
  const slept: number[] = [];
  let asked = 0;
  const load = async () => {
    asked += 1;
    if (asked <= failures) throw new TypeError(`failed ${asked}`);
    return 'code';
  };
  return { slept, asked: () => asked, answer: loadAgain(load, async (ms) => void slept.push(ms)) };
};

it('answers what comes at last, with longer and longer pauses', async () => {
  const { answer, slept } = after(2);
  await expect(answer).resolves.toBe('code');
  expect(slept).toEqual([150, 500]);
});

it('asks once when all is well, and gives up in the end', async () => {
  const well = after(0);
  await expect(well.answer).resolves.toBe('code');
  expect(well.asked()).toBe(1);
  const never = after(99);
  await expect(never.answer).rejects.toThrow('failed 4');
});
