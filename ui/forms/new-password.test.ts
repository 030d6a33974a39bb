// New passwords.
import { expect, test } from 'vitest';
import { newPasswordProblems } from './new-password.ts';

test.each([
  ['', '', { password: 'passwordShort' }],
  ['1234567', '1234567', { password: 'passwordShort' }],
  ['12345678', '12345678', {}],
  ['12345678', '1234567', { passwordAgain: 'passwordDiffers' }],
  ['x'.repeat(64), 'x'.repeat(64), {}],
  ['x'.repeat(65), 'x'.repeat(65), { password: 'passwordLong' }],
  // Blanks count.
  [' 1234567', '1234567', { passwordAgain: 'passwordDiffers' }],
])('%j, %j', (password, passwordAgain, problems) => {
  expect(newPasswordProblems({ password, passwordAgain })).toEqual(problems);
});
