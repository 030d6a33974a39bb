// Which addresses count as a way to this machine, and in which order.
import type { NetworkInterfaceInfo } from 'node:os';
import { expect, test } from 'vitest';
import { reachableAddresses } from './reachable-addresses.ts';

const one = (address: string, internal = false) => ({ address, internal }) as NetworkInterfaceInfo;
const interfaces = {
  lo: [one('127.0.0.1', true), one('::1', true)],
  enp3s0: [one('fe80::1'), one('169.254.3.4'), one('2001:db8::1'), one('192.0.2.10')],
  enp4s0: [one('FEB0::1'), one('192.0.2.7')],
  vmbr0: [one('10.10.10.1')],
  veth100: [one('10.0.3.1')],
  gone: undefined,
};

test('neither loopback nor link-local ones, nor those of guests and of hidden interfaces; IPv4 first', () => {
  expect(reachableAddresses(['vmbr0'], interfaces)).toEqual(['192.0.2.10', '192.0.2.7', '2001:db8::1']);
  expect(reachableAddresses([], interfaces)).toEqual([
    '192.0.2.10',
    '192.0.2.7',
    '10.10.10.1',
    '2001:db8::1',
  ]);
});

test('none without a card that has one', () => {
  expect(reachableAddresses([], { lo: interfaces.lo, enp5s0: [one('169.254.3.4')] })).toEqual([]);
});
