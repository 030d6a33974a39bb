// Addresses of containers given in short: what they make of the network cards.
import { expect, test } from 'vitest';
import { AppError } from '../core/errors.ts';
import { changeCards, joinAddressWords } from './ct-words.ts';

const bridge = 'vmbr0';
const card = 'name=eth0,bridge=vmbr0,hwaddr=BC:24:11:00:00:01,type=veth';

test('verbs of --ip belong to its value', () => {
  expect(joinAddressWords(['--hostname', 'web', '--ip', 'add', '10.0.0.5', '--ip', 'dhcp'])).toEqual([
    ...['--hostname', 'web', '--ip=add 10.0.0.5', '--ip', 'dhcp'],
  ]);
  expect(joinAddressWords(['--ip', 'add'])).toEqual(['--ip', 'add']);
});

test.each<[string, Record<string, string>, string, Record<string, string | undefined>]>([
  [
    'an address without a prefix is routed',
    {},
    'add 10.0.0.5',
    { net0: 'name=eth0,ip=10.0.0.5/32,type=veth' },
  ],
  [
    'beside a card that is there',
    { net0: card },
    'add fd00::5',
    { net1: 'name=eth1,ip6=fd00::5/128,type=veth' },
  ],
  [
    'one with a prefix is on the bridge',
    {},
    '10.0.0.5/24',
    { net0: 'name=eth0,bridge=vmbr0,ip=10.0.0.5/24,type=veth' },
  ],
  [
    'on the card that has none yet',
    { net0: card },
    'dhcp',
    { net0: 'name=eth0,bridge=vmbr0,hwaddr=BC:24:11:00:00:01,ip=dhcp,type=veth' },
  ],
  ['taking it away', { net0: `${card},ip=10.0.0.5/24,gw=10.0.0.1` }, 'del 10.0.0.5', { net0: card }],
  [
    'and its routed card',
    { net3: 'name=eth0,ip=10.0.0.5/32,type=veth' },
    'del 10.0.0.5',
    { net3: undefined },
  ],
])('%s', (_name, cards, wish, expected) => {
  const changed = changeCards(new Map(Object.entries(cards)), wish, { bridge });
  const sorted = (text: string | undefined) => text?.split(',').sort();
  expect(Object.keys(changed)).toEqual(Object.keys(expected));
  for (const [key, value] of Object.entries(expected)) expect(sorted(changed[key])).toEqual(sorted(value));
});

test('what is not there cannot be taken away; the gateway goes with its family', () => {
  expect(() => changeCards(new Map(), 'del 10.0.0.9', { bridge })).toThrow(AppError);
  expect(changeCards(new Map(), 'fd00::2/64', { bridge, gw: 'fd00::1' })['net0']).toContain('gw6=fd00::1');
});
