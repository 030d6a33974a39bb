// Filters of tables: plain words, and what of the filter language cannot be read.
import { expect, test } from 'vitest';
import { resourceFilter, wordFilter } from './table-filter.ts';

const filter = wordFilter((row: { a: string; b?: string }) => [row.a, row.b]);

test('every word must be somewhere, in any case, and in one text', () => {
  const row = { a: 'VM 100 - Start', b: 'root@pam' };
  expect(filter('').matches(row)).toBe(true);
  expect(filter('  START root ').matches(row)).toBe(true);
  expect(filter('start nobody').matches(row)).toBe(false);
  expect(filter('startroot').matches(row)).toBe(false);
  expect(filter('undefined').matches({ a: 'x' })).toBe(false);
});

test('what cannot be read is told, and matches nothing', () => {
  const item = { id: 'qemu/1', type: 'qemu', node: 'a', status: 'running', vmid: 1 } as const;
  expect(resourceFilter('status:running').matches(item)).toBe(true);
  const bad = resourceFilter('colour:red x');
  expect(bad.problems).toHaveLength(1);
  expect(bad.matches(item)).toBe(false);
});
