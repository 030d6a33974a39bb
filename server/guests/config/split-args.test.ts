import { expect, test } from 'vitest';
import { splitArgs } from './split-args.ts';

test.each([
  ['', []],
  ['  -device  x,y=1 ', ['-device', 'x,y=1']],
  [`-name 'a b' "c 'd'"`, ['-name', 'a b', "c 'd'"]],
  [String.raw`a\ b "c\"d" 'e\f'`, ['a b', 'c"d', String.raw`e\f`]],
  [`a''b '' ""`, ['ab', '', '']],
])('%s', (text, words) => {
  expect(splitArgs(text)).toEqual(words);
});

test.each([
  ["-name 'a", /not closed/],
  ['-name "a', /not closed/],
  ['a\\', /backslash/],
  ['a\nb', /control/],
  ['a\u0000', /control/],
  ['\ud800', /control/],
  ['x'.repeat(8193), /more than/],
])('%j is refused', (text, rule) => {
  expect(splitArgs(text)).toEqual({ broken: expect.stringMatching(rule) });
});
