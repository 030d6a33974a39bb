// Wishes about guests: whole verbs, beginnings of verbs, verbs of several words.
import { expect, test } from 'vitest';
import { readWishes } from './verbs.ts';

const verbs = [
  { action: 'start', names: ['Start', 'start'] },
  { action: 'shutdown', names: ['Shut down', 'shutdown'] },
  { action: 'stop', names: ['Stop', 'stop'] },
  { action: 'reset', names: ['Reset', 'reset'] },
  { action: 'resume', names: ['Resume', 'resume'] },
];

test.each([
  ['start 101', [{ action: 'start', rest: '101' }]],
  ['  START   Büro  2 ', [{ action: 'start', rest: 'buro 2' }]],
  ['shutdown web', [{ action: 'shutdown', rest: 'web' }]],
  ['shut down web', [{ action: 'shutdown', rest: 'web' }]],
  ['stop', [{ action: 'stop', rest: '' }]],
  ['sta 101', [{ action: 'start', rest: '101' }]],
  [
    'res 7',
    [
      { action: 'reset', rest: '7' },
      { action: 'resume', rest: '7' },
    ],
  ],
  ['st 101', []],
  ['starter 101', []],
  ['web start', []],
  ['', []],
])('%j', (text, wishes) => {
  expect(readWishes(text, verbs)).toEqual(wishes);
});
