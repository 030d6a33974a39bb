import { expect, test } from 'vitest';
import { onlineCpus, readCpuList } from './cpu-list.ts';

test.each([
  ['0', [0]],
  ['0-3\n', [0, 1, 2, 3]],
  ['0-1,4,6-7', [0, 1, 4, 6, 7]],
  ['0-2,8\n', [0, 1, 2, 8]],
  ['', []],
  ['x,3-1', []],
])('processors %j', (text, list) => {
  expect(readCpuList(text)).toEqual(list);
});

test('a list without end is cut off', () => {
  expect(readCpuList('0-99999999999').length).toBe(8192);
});

test('this host has a processor that runs', () => {
  expect(onlineCpus().length).toBeGreaterThan(0);
});
