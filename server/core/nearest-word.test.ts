// Nearest words: what is near enough, what is nearest, and what needs no guess.
import { expect, test } from 'vitest';
import { nearestWord } from './nearest-word.ts';

const known = ['memory', 'cores', 'net0', 'net1', 'name', 'B'];

test('letters swapped, left out, replaced, added', () => {
  expect(nearestWord('memroy', known)).toBe('memory');
  expect(nearestWord('core', known)).toBe('cores');
  expect(nearestWord('cares', known)).toBe('cores');
  expect(nearestWord('nname', known)).toBe('name');
});

test('two letters away at most, a swap counting as one, and never a word of which nothing is left', () => {
  expect(nearestWord('emmroy', known)).toBe('memory');
  expect(nearestWord('emmrody', known)).toBeUndefined();
  expect(nearestWord('onboot', known)).toBeUndefined();
  expect(nearestWord('x', ['B'])).toBeUndefined();
});

test('the nearest wins, the first of two, and one that differs in case only before all', () => {
  expect(nearestWord('net', ['next0', 'net0'])).toBe('net0');
  expect(nearestWord('net2', known)).toBe('net0');
  expect(nearestWord('NAME', ['NAMES', 'name'])).toBe('name');
  expect(nearestWord('b', known)).toBe('B');
});

test('what is known needs no guess', () => {
  expect(nearestWord('net0', known)).toBeUndefined();
});
