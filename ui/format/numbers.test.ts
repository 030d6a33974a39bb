// Sizes, shares and times in words.
import { expect, test } from 'vitest';
import { bytes, configSize, diskSize, duration, moment, percent, share } from './numbers.ts';

test.each([
  [0, '0 B'],
  [1023, '1,023 B'],
  [1024, '1 KiB'],
  [1536, '1.5 KiB'],
  [1024 ** 2 * 999.6, '1,000 MiB'],
  [1024 ** 3 - 1, '1 GiB'],
  [32 * 1024 ** 3, '32 GiB'],
  [1.2345 * 1024 ** 4, '1.23 TiB'],
  [-2048, '-2 KiB'],
  [undefined, '–'],
  [Number.NaN, '–'],
])('bytes %s: %s', (value, text) => {
  expect(bytes(value)).toBe(text);
});

test.each([
  [500_107_862_016, '500 GB'],
  [1_920_383_410_176, '1.9 TB'],
  [999_600_000_000, '1 TB'],
  [12 * 1024 ** 3, '13 GB'],
  [512, '512 B'],
  [2e15, '2,000 TB'],
])('a disk of %s: %s', (value, text) => {
  expect(diskSize(value)).toBe(text);
});

test.each([
  ['32G', '32 GiB'],
  ['1500M', '1500 MiB'],
  ['4194304', '4194304'],
  ['', ''],
])('a size of a configuration %j: %j', (text, shown) => {
  expect(configSize(text)).toBe(shown);
});

test.each([
  [0, '0s'],
  [59.9, '59s'],
  [60, '1m'],
  [302, '5m 2s'],
  [86_400 * 3 + 3600 * 4 + 59, '3d 4h'],
  [86_400 + 30, '1d'],
  [-5, '0s'],
  [undefined, '–'],
])('duration %s: %s', (value, text) => {
  expect(duration(value)).toBe(text);
});

test('percent shows a digit more where there is little', () => {
  expect(percent(0.004)).toBe('0.4%');
  expect(percent(0.125)).toBe('13%');
  expect(percent(0)).toBe('0%');
  expect(percent(undefined)).toBe('–');
});

test('a share stays between 0 and 1 and is unknown without a total', () => {
  expect(share(5, 10)).toBe(0.5);
  expect(share(20, 10)).toBe(1);
  expect(share(1, 0)).toBeUndefined();
  expect(share(undefined, 3)).toBeUndefined();
});

test('a moment of today has no date, one of another year has its year', () => {
  const now = new Date(2026, 5, 10, 12, 0, 0).getTime();
  expect(moment(new Date(2026, 5, 10, 9, 5, 7).getTime() / 1000, 'en', now)).toBe('09:05:07');
  expect(moment(new Date(2026, 5, 9, 9, 5).getTime() / 1000, 'en', now)).toBe('Jun 9, 09:05');
  expect(moment(new Date(2024, 0, 2, 9, 5).getTime() / 1000, 'en', now)).toBe('Jan 2, 2024, 09:05');
});
