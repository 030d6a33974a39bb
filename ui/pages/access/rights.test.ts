// Reading the table of effective privileges.
import { expect, test } from 'vitest';
import { holds, holdsSomewhere, parentOf } from './rights.ts';

const held = {
  '/': { 'Sys.Audit': 1, 'Sys.Modify': 0 },
  '/vms': { 'VM.Audit': 1 },
  '/access/groups/shop': { 'User.Modify': 1 },
};

test.each([
  ['/', 'Sys.Audit', true],
  ['/', 'Sys.Modify', true],
  ['/nodes', 'Sys.Audit', true],
  // Not for what is below.
  ['/nodes', 'Sys.Modify', false],
  // What is nearer decides.
  ['/vms', 'Sys.Audit', false],
  ['/vms/100', 'VM.Audit', true],
  ['/access/groups', 'User.Modify', false],
] as const)('%s %s: %s', (path, privilege, expected) => {
  expect(holds(held, path, privilege)).toBe(expected);
});

test('somewhere below is enough for a list to offer it', () => {
  expect(holdsSomewhere(held, '/access/groups', 'User.Modify')).toBe(true);
  expect(holdsSomewhere(held, '/access', 'User.Modify')).toBe(true);
  expect(holdsSomewhere(held, '/access/group', 'User.Modify')).toBe(false);
  expect(holdsSomewhere(held, '/', 'VM.Audit')).toBe(true);
  expect(holdsSomewhere({}, '/', 'VM.Audit')).toBe(false);
});

test('nobody holds what every object has', () => {
  expect(holds({ '/': {} }, '/', 'toString' as 'VM.Audit')).toBe(false);
});

test('what is above', () => {
  expect(['/', '/vms', '/vms/100', '/access/groups/a'].map(parentOf)).toEqual([
    undefined,
    '/',
    '/vms',
    '/access/groups',
  ]);
});
