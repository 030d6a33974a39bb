// How hard passwords look.
import { expect, test } from 'vitest';
import { passwordStrength } from './password-strength.ts';

test.each([
  ['', undefined],
  ['password', 'weak'],
  ['aaaaaaaaaaaaaaaaaaaa', 'weak'],
  ['1234567890123', 'weak'],
  ['abcdefghijkl', 'weak'],
  ['Sommer2026', 'fair'],
  ['correct horse battery', 'good'],
  ['x7#Qm9!vT2pL', 'good'],
])('%j: %s', (password, strength) => {
  expect(passwordStrength(password)).toBe(strength);
});
