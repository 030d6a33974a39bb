// Addresses out of hostile agent answers.
import { expect, test } from 'vitest';
import { addressesOf } from './addresses.ts';

test('only addresses that others reach', () => {
  expect(
    addressesOf([
      { name: 'lo', 'ip-addresses': [{ 'ip-address': '127.0.0.1' }, { 'ip-address': '::1' }] },
      {
        name: 'eth0',
        'ip-addresses': [
          { 'ip-address': '10.0.0.7' },
          { 'ip-address': 'fe80::1' },
          { 'ip-address': '2001:db8::7' },
        ],
      },
    ]),
  ).toEqual(['10.0.0.7', '2001:db8::7']);
});

test('whatever else an agent says is left out', () => {
  for (const odd of [
    null,
    'x',
    7,
    {},
    [null],
    [{ 'ip-addresses': 'x' }],
    [{ 'ip-addresses': [null, 5, {}] }],
  ])
    expect(addressesOf(odd)).toEqual([]);
  expect(addressesOf([{ 'ip-addresses': [{ 'ip-address': '<img src=x onerror=alert(1)>' }] }])).toEqual([]);
  const flood = Array.from({ length: 1000 }, (_, i) => ({ 'ip-address': `10.0.${i >> 8}.${i & 255}` }));
  expect(addressesOf([{ 'ip-addresses': flood }])).toHaveLength(8);
});
