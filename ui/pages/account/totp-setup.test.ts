// The set-up of authenticator apps.
import { expect, test } from 'vitest';
import { asCode, encodeBase32, inGroups, newSecret, totpProblems, totpUri } from './totp-setup.ts';

test.each([
  ['', ''],
  ['f', 'MY'],
  ['fo', 'MZXQ'],
  ['foo', 'MZXW6'],
  ['foob', 'MZXW6YQ'],
  ['fooba', 'MZXW6YTB'],
  ['foobar', 'MZXW6YTBOI'],
])('base32 of %j as in RFC 4648, 10', (text, encoded) => {
  expect(encodeBase32(new TextEncoder().encode(text))).toBe(encoded);
});

test('a secret is 160 random bits', () => {
  const secrets = new Set(Array.from({ length: 50 }, newSecret));
  expect(secrets.size).toBe(50);
  for (const secret of secrets) expect(secret).toMatch(/^[A-Z2-7]{32}$/);
});

test('the address names service and user, whatever is in their names', () => {
  const uri = totpUri('Croft: a&b', 'jö#e?@pve', 'GEZDGNBVGY3TQOJQ');
  const url = new URL(uri);
  expect([url.protocol, url.host]).toEqual(['otpauth:', 'totp']);
  expect(decodeURIComponent(url.pathname)).toBe('/Croft  a&b:jö#e?@pve');
  expect(Object.fromEntries(url.searchParams)).toEqual({
    secret: 'GEZDGNBVGY3TQOJQ',
    issuer: 'Croft  a&b',
  });
  expect(url.hash).toBe('');
});

test('a secret in groups', () => {
  expect(inGroups('ABCDEFGHIJ')).toBe('ABCD EFGH IJ');
  expect(inGroups('ABCDEFGH')).toBe('ABCD EFGH');
});

test('a code is six digits, with blanks where they were put; the app needs a name', () => {
  expect(totpProblems({ description: 'Phone', code: ' 123 456' })).toEqual({});
  expect(asCode(' 123 456')).toBe('123456');
  expect(totpProblems({ description: ' ', code: '12345' })).toEqual({
    description: 'description',
    code: 'code',
  });
  expect(totpProblems({ description: 'a', code: '12345x' })).toEqual({ code: 'code' });
});
