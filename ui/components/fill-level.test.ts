// How full is full.
import { expect, test } from 'vitest';
import { fillLevel } from './fill-level.ts';

test.each([
  [undefined, 'ok'],
  [0, 'ok'],
  [0.7499, 'ok'],
  [0.75, 'watch'],
  [0.85, 'warn'],
  [0.9499, 'warn'],
  [0.95, 'full'],
  [1, 'full'],
] as const)('%s is %s', (share, level) => {
  expect(fillLevel(share)).toBe(level);
});
