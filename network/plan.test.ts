// From every state that a host can be in to the desired one.
import { expect, test } from 'vitest';
import { type DesiredNet, type ObservedNet, planPrivateNet, planRemoval } from './plan.ts';

const desired: DesiredNet = {
  bridge: 'vmbr0',
  mac: '02:11:22:33:44:55',
  cidr: '10.86.1.1/24',
  dnsmasqConf: 'conf1',
  hosts: 'hosts1',
  natComments: ['forward: croft a 1', 'postrouting: croft a 2'],
};
const good: ObservedNet = {
  link: 'ours',
  up: true,
  mac: '02:11:22:33:44:55',
  markedCidr: '10.86.1.1/24',
  cidrs: ['10.86.1.1/24'],
  ports: [],
  forwarding: true,
  natComments: ['forward: croft a 1', 'postrouting: croft a 2'],
  dnsmasqConf: 'conf1',
  hosts: 'hosts1',
};
const nothing: ObservedNet = {
  ...good,
  link: 'absent',
  up: false,
  mac: '',
  markedCidr: undefined,
  cidrs: [],
  forwarding: false,
  natComments: undefined,
  dnsmasqConf: undefined,
  hosts: undefined,
};

const cases: [string, Partial<ObservedNet>, string[]][] = [
  ['all well', {}, []],
  ['nothing there', nothing, ['create-bridge', 'load-nat', 'enable-forwarding', 'start-dnsmasq']],
  [
    'bridge lost while dnsmasq runs',
    { ...nothing, dnsmasqConf: 'conf1', hosts: 'hosts1', forwarding: true, natComments: good.natComments },
    ['create-bridge', 'restart-dnsmasq'],
  ],
  ['switched off', { up: false }, ['set-up']],
  ['another MAC', { mac: '02:00:00:00:00:01' }, ['set-mac']],
  ['MAC in capitals', { mac: '02:11:22:33:44:55'.toUpperCase() }, []],
  ['address taken away', { cidrs: [] }, ['set-address', 'restart-dnsmasq']],
  ['an address more', { cidrs: ['10.86.1.1/24', '192.0.2.9/24'] }, []],
  [
    'another subnet before',
    { markedCidr: '10.86.9.1/24', cidrs: ['10.86.9.1/24'], dnsmasqConf: 'conf0' },
    ['set-address', 'restart-dnsmasq'],
  ],
  ['rules gone', { natComments: undefined }, ['load-nat']],
  ['one rule gone', { natComments: ['forward: croft a 1'] }, ['load-nat']],
  [
    'a rule of somebody in our table',
    { natComments: ['forward: croft a 1', 'forward: ', 'postrouting: croft a 2'] },
    ['load-nat'],
  ],
  ['forwarding switched off', { forwarding: false }, ['enable-forwarding']],
  ['dnsmasq dead', { dnsmasqConf: undefined }, ['start-dnsmasq']],
  ['dnsmasq with an old configuration', { dnsmasqConf: 'conf0', hosts: 'hosts0' }, ['restart-dnsmasq']],
  ['other reservations', { hosts: 'hosts0' }, ['reload-hosts']],
  ['reservations never told', { hosts: undefined }, ['reload-hosts']],
  ['foreign bridge', { ...nothing, link: 'foreign' }, []],
  [
    'foreign bridge in place of ours',
    { link: 'foreign', markedCidr: undefined },
    ['stop-dnsmasq', 'delete-nat'],
  ],
];

test.each(cases)('%s', (_name, difference, expected) => {
  const changes = planPrivateNet(desired, { ...good, ...difference });
  expect(changes.map((change) => change.do)).toEqual(expected);
  for (const change of changes) expect(change.why).not.toBe('');
});

test('removal takes what is there, and of a foreign bridge nothing', () => {
  const removal = (observed: ObservedNet) => planRemoval('vmbr0', observed).map((change) => change.do);
  expect(removal(good)).toEqual(['stop-dnsmasq', 'delete-nat', 'delete-bridge']);
  expect(removal(nothing)).toEqual([]);
  expect(removal({ ...nothing, link: 'foreign' })).toEqual([]);
});
