import { describe, expect, test } from 'vitest';
import { isPoolId, PoolMembers, parentPool } from './pools.ts';

describe('ids of pools', () => {
  test.each(['a', 'Office_1', 'a/b', 'a/b/c', '__proto__', 'a.b', 'x'.repeat(128)])('%s is one', (id) => {
    expect(isPoolId(id)).toBe(true);
  });

  test.each([
    '',
    '/',
    'a/',
    '/a',
    'a//b',
    'a/b/c/d',
    '.',
    '..',
    'a/..',
    'a/./b',
    'a b',
    'ä',
    'a\n',
    'x'.repeat(129),
  ])('%j is none', (id) => {
    expect(isPoolId(id)).toBe(false);
  });

  test('name the pool that they lie in', () => {
    expect(['a', 'a/b', 'a/b/c'].map(parentPool)).toEqual([undefined, 'a', 'a/b']);
  });
});

test('members are found by their path, and the different answers below a path are few', () => {
  const members = new PoolMembers([
    { id: 'a', vms: [100, 101], storage: ['s'] },
    { id: 'b', vms: [102], storage: ['s', 't'] },
  ]);
  expect(members.poolsOf('/vms/101')).toEqual(['a']);
  expect(members.poolsOf('/vms/10')).toEqual([]);
  expect(members.poolsOf('/storage/s')).toEqual(['a', 'b']);
  expect(members.setsBelow('/vms')).toEqual([['a'], ['b']]);
  expect(members.setsBelow('/storage')).toEqual([['a', 'b'], ['b']]);
  expect([...members.paths()].sort()).toEqual([
    '/storage/s',
    '/storage/t',
    '/vms/100',
    '/vms/101',
    '/vms/102',
  ]);
});
