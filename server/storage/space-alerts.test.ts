// When a storage's fill is worth a word.
import { expect, test } from 'vitest';
import { type SpaceLevel, spaceLevel } from './space-alerts.ts';

test.each([
  [0, 0, 0],
  [0.7499, 0, 0],
  [0.75, 0, 75],
  [0.849, 0, 75],
  [0.85, 0, 85],
  [0.95, 0, 95],
  [1.2, 0, 95],
  // It wavers: told once.
  [0.74, 75, 75],
  [0.7199, 75, 0],
  [0.84, 85, 85],
  [0.81, 85, 75],
  [0.94, 95, 95],
  [0.91, 95, 85],
  [0.1, 95, 0],
  [0.96, 75, 95],
] as const)('%d after level %d is level %d', (fraction, before, level) => {
  expect(spaceLevel(fraction, before as SpaceLevel)).toBe(level);
});
