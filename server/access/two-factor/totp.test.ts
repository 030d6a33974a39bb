import { describe, expect, test } from 'vitest';
import { matchingStep, readTotpUri, type TotpKey, totpCode } from './totp.ts';

/** The secrets of RFC 6238, appendix B: the digits 1 to 0, repeated to the length of the hash. */
const secrets = {
  sha1: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ',
  sha256: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA',
  sha512:
    'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNA',
};
const key = (algorithm: TotpKey['algorithm'], digits = 8): TotpKey => ({
  ...{ algorithm, digits },
  secret: secrets[algorithm],
  period: 30,
});

describe('codes', () => {
  test.each([
    [59, '94287082', '46119246', '90693936'],
    [1111111109, '07081804', '68084774', '25091201'],
    [1234567890, '89005924', '91819424', '93441116'],
    [20000000000, '65353130', '77737706', '47863826'],
  ])('are those of RFC 6238 at %d', (time, sha1, sha256, sha512) => {
    const step = Math.floor(time / 30);
    expect(totpCode(key('sha1'), step)).toBe(sha1);
    expect(totpCode(key('sha256'), step)).toBe(sha256);
    expect(totpCode(key('sha512'), step)).toBe(sha512);
    expect(totpCode(key('sha1', 6), step)).toBe(sha1.slice(2));
  });

  const six = key('sha1', 6);
  const now = 1_800_000_000;
  const step = now / 30;

  test('of the step before and after are accepted, others are not', () => {
    for (const skew of [-1, 0, 1])
      expect(matchingStep(six, totpCode(six, step + skew), now, 0)).toBe(step + skew);
    for (const skew of [-2, 2]) expect(matchingStep(six, totpCode(six, step + skew), now, 0)).toBeUndefined();
  });

  test('are good once, and older ones not after newer ones', () => {
    expect(matchingStep(six, totpCode(six, step), now, step)).toBeUndefined();
    expect(matchingStep(six, totpCode(six, step - 1), now, step)).toBeUndefined();
    expect(matchingStep(six, totpCode(six, step + 1), now, step)).toBe(step + 1);
  });

  test('a step noted while the clock was years ahead locks nobody out', () => {
    expect(matchingStep(six, totpCode(six, step), now, step * 2)).toBe(step);
  });

  test.each(['', '12345', '1234567', '12345６', '-12345', '1e5   ', ' 12345', '0x1234'])(
    'what is no code is none: %j',
    (code) => {
      expect(matchingStep(six, code, now, 0)).toBeUndefined();
    },
  );
});

describe('URIs', () => {
  test('are read with their options and the usual ones', () => {
    expect(readTotpUri(`otpauth://totp/Croft:joe%40pve?secret=${secrets.sha1.toLowerCase()}====`)).toEqual(
      key('sha1', 6),
    );
    expect(
      readTotpUri(
        `otpauth://totp/x?algorithm=SHA256&digits=8&period=60&secret=${secrets.sha256}&issuer=a%20b`,
      ),
    ).toEqual({ ...key('sha256'), period: 60 });
  });

  const secret = `secret=${secrets.sha1}`;
  test.each([
    '',
    'otpauth://totp/x',
    `otpauth://hotp/x?${secret}`,
    `https://totp/x?${secret}`,
    `otpauth:totp?${secret}`,
    'otpauth://totp/x?secret=GEZDGNBV',
    'otpauth://totp/x?secret=GEZDGNBVGY3TQOJ1GEZDGNBV',
    `otpauth://totp/x?secret=${'A'.repeat(400)}`,
    `otpauth://totp/x?${secret}&secret=MFRGGZDFMZTWQ2LKMFRGGZDF`,
    `otpauth://totp/x?${secret}&algorithm=MD5`,
    `otpauth://totp/x?${secret}&digits=4`,
    `otpauth://totp/x?${secret}&digits=6.5`,
    `otpauth://totp/x?${secret}&period=0`,
    `otpauth://totp/x?${secret}&period=1e9`,
    `otpauth://totp/${'x'.repeat(3000)}?${secret}`,
  ])('that are wrong are told so, without the secret: %#', (uri) => {
    const problem = readTotpUri(uri);
    expect(problem).toBeTypeOf('string');
    expect(problem).not.toContain(secrets.sha1);
  });
});
