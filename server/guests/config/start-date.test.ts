import { expect, test } from 'vitest';
import { startSeconds } from './start-date.ts';

test.each([
  ['1970-01-01', 0],
  ['2030-1-31T8:05:09', 1896077109],
  ['2024-02-29', 1709164800],
  ['2023-02-29', undefined],
  ['2030-13-01', undefined],
  ['2030-01-01T23:59:60', undefined],
  ['1969-12-31', undefined],
  ['0000-00-00', undefined],
  ['now', undefined],
])('%s is %s', (text, seconds) => {
  expect(startSeconds(text)).toBe(seconds);
});
