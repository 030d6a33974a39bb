// What was chosen last: its order, its length, and that what is stored is not trusted.
import { expect, test } from 'vitest';
import { mostRecent, readRecent, recentKey, withRecent } from './recent.ts';

test('the last one is first, each is there once, the oldest go', () => {
  expect(withRecent(['a', 'b', 'c'], 'c')).toEqual(['c', 'a', 'b']);
  const many = Array.from({ length: 20 }, (_, i) => `n${i}`).reduce(withRecent, [] as string[]);
  expect(many).toHaveLength(mostRecent);
  expect(many[0]).toBe('n19');
});

test('what does not look like a list of ids is left out', () => {
  expect(readRecent(null)).toEqual([]);
  expect(readRecent('{')).toEqual([]);
  expect(readRecent('{"a":1}')).toEqual([]);
  expect(
    readRecent(JSON.stringify(['qemu/100', 7, null, '', 'x'.repeat(301), 'qemu/100', 'page:/'])),
  ).toEqual(['qemu/100', 'page:/']);
});

test('each user has their own', () => {
  expect(recentKey('root@pam')).not.toBe(recentKey('anna@pve'));
});
