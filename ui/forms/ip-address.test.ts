// Addresses: what is one, what is inside which.
import { expect, test } from 'vitest';
import { isInside, isNetworkOrBroadcast, isUnusable, readCidr, readIp } from './ip-address.ts';

test.each([
  ['192.0.2.10', 0xc000020an],
  ['0.0.0.0', 0n],
  ['255.255.255.255', 0xffffffffn],
  ['::', 0n],
  ['::1', 1n],
  ['2001:db8::10', 0x20010db8000000000000000000000010n],
  ['1:2:3:4:5:6:7:8', 0x00010002000300040005000600070008n],
  ['1::3:4:5:6:7:8', 0x00010000000300040005000600070008n],
  ['::ffff:192.0.2.1', 0xffffc0000201n],
])('%s is an address', (text, value) => {
  expect(readIp(text)?.value).toBe(value);
});

test.each([
  ['192.0.2'],
  ['192.0.2.256'],
  ['192.0.2.010'],
  ['192.0.2.1.5'],
  ['192.0.2.-1'],
  [' 192.0.2.1'],
  [''],
  [':'],
  [':::'],
  ['1::2::3'],
  ['1:2:3:4:5:6:7'],
  ['1:2:3:4:5:6:7:8:9'],
  ['1:2:3:4:5:6:7::8:9'],
  ['12345::'],
  ['g::'],
  ['fe80::1%eth0'],
  ['::192.0.2'],
])('%j is none', (text) => {
  expect(readIp(text)).toBeUndefined();
});

test.each([['192.0.2.10'], ['192.0.2.10/33'], ['192.0.2.10/'], ['192.0.2.10/24/1'], ['::1/129'], ['x/24']])(
  '%s is no address with a prefix',
  (text) => {
    expect(readCidr(text)).toBeUndefined();
  },
);

test.each([
  ['192.0.2.1', '192.0.2.10/24', true],
  ['192.0.3.1', '192.0.2.10/24', false],
  ['192.0.3.1', '192.0.2.10/23', true],
  ['8.8.8.8', '192.0.2.10/0', true],
  ['192.0.2.10', '192.0.2.10/32', true],
  ['2001:db8::1', '2001:db8::10/64', true],
  ['2001:db9::1', '2001:db8::10/64', false],
  ['::1', '192.0.2.10/0', false],
])('%s in %s: %s', (ip, net, inside) => {
  const [address, subnet] = [readIp(ip), readCidr(net)];
  expect(address && subnet && isInside(address, subnet)).toBe(inside);
});

test.each([
  ['192.0.2.0/24', true],
  ['192.0.2.255/24', true],
  ['192.0.2.255/23', false],
  ['192.0.2.10/24', false],
  ['192.0.2.0/31', false],
  ['192.0.2.7/32', false],
  ['2001:db8::/64', false],
])('the first or last of %s: %s', (text, is) => {
  const net = readCidr(text);
  expect(net && isNetworkOrBroadcast(net)).toBe(is);
});

test.each([
  ['127.0.0.1', true],
  ['0.0.0.0', true],
  ['224.0.0.1', true],
  ['10.0.0.1', false],
  ['::1', true],
  ['ff02::1', true],
  ['fe80::1', false],
])('%s is no machine of a network: %s', (text, is) => {
  const ip = readIp(text);
  expect(ip && isUnusable(ip)).toBe(is);
});
