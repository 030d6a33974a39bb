// Addresses and ranges.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { netmaskOf, overlap, readIpv4, readIpv4Range, renderIpv4 } from './ipv4.ts';

test('every address survives being written and read', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (value) => readIpv4(renderIpv4(value)) === value),
  );
});

test.each(['', '1.2.3', '1.2.3.4.5', '256.1.1.1', '01.2.3.4', '1.2.3.4 ', '1.2.3.-4', '::1'])(
  '%j is no address',
  (text) => {
    expect(readIpv4(text)).toBeUndefined();
  },
);

test('a range loses its host bits; a bare address is a range of one', () => {
  expect(readIpv4Range('10.1.2.77/24')).toEqual(readIpv4Range('10.1.2.0/24'));
  expect(readIpv4Range('255.255.255.255')?.prefixLength).toBe(32);
  expect(readIpv4Range('0.0.0.0/0')).toEqual({ network: 0, prefixLength: 0 });
  expect(readIpv4Range('10.0.0.0/33')).toBeUndefined();
  expect(readIpv4Range('default')).toBeUndefined();
});

test('ranges overlap when one holds the other, not when they touch', () => {
  const range = (text: string) => readIpv4Range(text) ?? { network: -1, prefixLength: 32 };
  expect(overlap(range('10.0.0.0/8'), range('10.86.1.0/24'))).toBe(true);
  expect(overlap(range('10.86.1.0/24'), range('10.86.0.0/16'))).toBe(true);
  expect(overlap(range('10.86.1.0/24'), range('10.86.2.0/24'))).toBe(false);
  expect(overlap(range('192.168.0.0/16'), range('10.0.0.0/8'))).toBe(false);
});

test('netmasks', () => {
  expect([0, 16, 24, 29, 32].map(netmaskOf)).toEqual([
    '0.0.0.0',
    '255.255.0.0',
    '255.255.255.0',
    '255.255.255.248',
    '255.255.255.255',
  ]);
});
