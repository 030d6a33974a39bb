// Telling codes from recovery keys, and reading what is asked for.
import { expect, test } from 'vitest';
import { kindSoFar, readAnswer, readChallenge } from './second-factor.ts';

const challenge = (json: string) => `PVE:!tfa!${encodeURIComponent(json)}:6740AB12::c2lnbmF0dXJl`;

test.each([
  ['123456', 'totp:123456'],
  [' 123 456\n', 'totp:123456'],
  ['1234-5678', 'totp:12345678'],
  ['0123-4567-89ab-cdef', 'recovery:0123-4567-89ab-cdef'],
  ['0123456789ABCDEF', 'recovery:0123-4567-89ab-cdef'],
  [' 0123 4567\u20138 9ab cdef ', 'recovery:0123-4567-89ab-cdef'],
  ['1234-5678-9012-3456', 'recovery:1234-5678-9012-3456'],
])('%j is read', (typed, text) => {
  expect(readAnswer(typed)?.text).toBe(text);
});

test.each(['', '12345', '123456789', '0123-4567-89ab-cde', '0123-4567-89ab-cdeg', 'totp:123456', '१२३४५६'])(
  '%j is neither',
  (typed) => {
    expect(readAnswer(typed)).toBeUndefined();
  },
);

test.each([
  ['', undefined],
  [' ', undefined],
  ['1', 'totp'],
  ['123 456', 'totp'],
  ['123456789', 'recovery'],
  ['0a', 'recovery'],
])('while it is typed, %j is %s', (typed, kind) => {
  expect(kindSoFar(typed)).toBe(kind);
});

test('what is asked for is read from the challenge; what cannot be read asks for a code', () => {
  expect(readChallenge(challenge('{"totp":true,"recovery":[0,3]}'))).toEqual({ code: true, keys: 2 });
  expect(readChallenge(challenge('{"recovery":[]}'))).toEqual({ code: false, keys: 0 });
  expect(readChallenge(challenge('{"totp":true}'))).toEqual({ code: true, keys: undefined });
  for (const odd of ['', 'PVE:!tfa!%E0%A4%A:1::x', challenge('null'), challenge('7')])
    expect(readChallenge(odd)).toEqual({ code: true, keys: undefined });
});
