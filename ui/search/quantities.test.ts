// Amounts as people write them.
import { expect, it } from 'vitest';
import { readBytes, readCount, readSeconds, readShare } from './quantities.ts';

it('sizes need a unit', () => {
  expect(['4G', '4gb', '1.5GiB', '512m', '2T', '1k', '0'].map(readBytes)).toEqual([
    4 * 1024 ** 3,
    4 * 1024 ** 3,
    1.5 * 1024 ** 3,
    512 * 1024 ** 2,
    2 * 1024 ** 4,
    1024,
    0,
  ]);
  expect(['4', 'G', '-4G', '4 G', '4X', '1e3G', '.5G', ''].map(readBytes)).toEqual(Array(8).fill(undefined));
});

it('durations need units', () => {
  expect(['30s', '90m', '12h', '3d', '2w', '1d12h', '0'].map(readSeconds)).toEqual([
    30, 5400, 43_200, 259_200, 1_209_600, 129_600, 0,
  ]);
  expect(['3', 'd', '3d4', '-3d', '3 d', ''].map(readSeconds)).toEqual(Array(6).fill(undefined));
});

it('shares and counts', () => {
  expect(['50%', '0.5%', '50', '%'].map(readShare)).toEqual([0.5, 0.005, undefined, undefined]);
  expect(['101', '2.5', '1k', '0x10', ''].map(readCount)).toEqual([
    101,
    2.5,
    undefined,
    undefined,
    undefined,
  ]);
});
