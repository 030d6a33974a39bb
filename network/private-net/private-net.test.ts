// Model, choice of addresses, and the texts for other programs.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { mustReadIpv4Range, renderIpv4 } from '../ipv4.ts';
import type { HostNetwork } from '../observe/observe-host.ts';
import { renderBridgeChange } from './bridge.ts';
import { chooseSubnet, collisionOf } from './choose-subnet.ts';
import { fingerprintOf, renderDhcpHosts, renderDnsmasqConf, renderNames } from './dnsmasq-conf.ts';
import { readDnsmasqCommand } from './dnsmasq-process.ts';
import { readLeases } from './leases.ts';
import { renderNatRules } from './nat-rules.ts';
import { readMark, renderMark, warnOfDrops } from './observe-private-net.ts';
import { checkPrivateNet, layOutSubnet, type PrivateNet } from './private-net.ts';

const golden = (name: string) => readFileSync(new URL(`../testdata/${name}`, import.meta.url), 'utf8');

const net: PrivateNet = {
  name: 'vmbr0',
  mac: '02:11:22:33:44:55',
  ...layOutSubnet(mustReadIpv4Range('10.86.1.0/24')),
  domain: 'croft.internal',
  hostName: 'pve1',
  dnsUpstream: 'host',
  reservations: [
    { mac: 'BC:24:11:00:00:02', address: '10.86.1.20', name: 'DB' },
    { mac: 'bc:24:11:00:00:01', name: 'web' },
    { mac: 'bc:24:11:00:00:03', address: '10.86.1.21' },
  ],
};
const files = {
  pidFile: '/run/croft/network/vmbr0/dnsmasq.pid',
  leasesFile: '/var/lib/croft/network/vmbr0.leases',
  dhcpHostsFile: '/run/croft/network/vmbr0/dhcp-hosts',
  namesFile: '/run/croft/network/vmbr0/names',
};

function host(routes: string[], addresses: string[] = []): HostNetwork {
  return {
    links: addresses.map((text, index) => ({
      name: `eth${index}`,
      kind: '',
      linkType: 'ether',
      mac: '',
      mtu: 1500,
      up: true,
      master: undefined,
      alias: '',
      vlanFiltering: false,
      vlanId: undefined,
      parent: undefined,
      addresses: [
        {
          family: 'inet' as const,
          address: text.split('/')[0] ?? '',
          prefixLength: Number(text.split('/')[1]),
          scope: 'global',
          dynamic: false,
        },
      ],
    })),
    routes: routes.map((destination) => ({
      destination,
      device: 'tun0',
      gateway: undefined,
      table: 'main',
      type: 'unicast',
    })),
  };
}
const chosen = (...args: Parameters<typeof chooseSubnet>) => renderIpv4(chooseSubnet(...args).network);

test('layout of subnets of several sizes', () => {
  expect(layOutSubnet(mustReadIpv4Range('10.86.1.0/24'))).toEqual({
    subnet: '10.86.1.0/24',
    address: '10.86.1.1',
    dhcpRange: { first: '10.86.1.50', last: '10.86.1.254' },
  });
  for (const subnet of ['10.0.0.0/16', '10.0.0.8/29', '10.0.0.128/25'])
    expect(() =>
      checkPrivateNet({ ...net, ...layOutSubnet(mustReadIpv4Range(subnet)), reservations: [] }),
    ).not.toThrow();
});

test('a good network passes its check', () => {
  expect(() => checkPrivateNet(net)).not.toThrow();
});

const bad: [string, Partial<PrivateNet>, string][] = [
  ['a name with a blank', { name: 'vm br0' }, 'name'],
  ['a name that ends a quote', { name: 'a"; flush ruleset' }, 'name'],
  ['a multicast MAC', { mac: '01:00:00:00:00:01' }, 'mac'],
  ['an address outside', { address: '10.86.2.1' }, 'address'],
  ['the broadcast address', { address: '10.86.1.255' }, 'address'],
  ['too small a subnet', { subnet: '10.86.1.0/30' }, 'subnet'],
  ['a range upside down', { dhcpRange: { first: '10.86.1.99', last: '10.86.1.9' } }, 'dhcpRange'],
  ['a domain with a line end', { domain: 'a.b\ndhcp-script=/bin/sh' }, 'domain'],
  ['a host name with a comma', { hostName: 'a,b' }, 'hostName'],
  ['an upstream with a path', { dnsUpstream: ['/etc/passwd'] }, 'dnsUpstream'],
  [
    'a reserved name with a line end',
    { reservations: [{ mac: 'bc:24:11:00:00:01', name: 'a\nb' }] },
    'reservation bc:24:11:00:00:01',
  ],
  [
    'the address of the host reserved',
    { reservations: [{ mac: 'bc:24:11:00:00:01', address: '10.86.1.1' }] },
    'reservation bc:24:11:00:00:01',
  ],
  [
    'a name reserved twice',
    {
      reservations: [
        { mac: 'bc:24:11:00:00:01', name: 'a' },
        { mac: 'bc:24:11:00:00:02', name: 'A' },
      ],
    },
    'reservation bc:24:11:00:00:02',
  ],
];
test.each(bad)('refuses %s', (_name, change, field) => {
  let fields: object | undefined;
  try {
    checkPrivateNet({ ...net, ...change });
  } catch (error) {
    fields = (error as { fields?: object }).fields;
  }
  expect(Object.keys(fields ?? {})).toContain(field);
});

test('the chosen subnet keeps away from addresses, routes, gateways and what else it is told', () => {
  expect(chosen(host(['default']))).toBe('10.86.1.0');
  expect(chosen(host([], ['10.86.1.7/24']))).toBe('10.86.2.0');
  expect(chosen(host([], ['10.86.0.1/22']))).toBe('10.86.4.0');
  expect(chosen(host(['10.86.0.0/16']))).toBe('10.87.1.0');
  expect(chosen(host(['10.0.0.0/8']))).toBe('172.24.1.0');
  expect(chosen(host(['10.0.0.0/8', '172.16.0.0/12']))).toBe('192.168.201.0');
  expect(chosen(host([]), ['10.86.1.53', 'fe80::1'])).toBe('10.86.2.0');
  expect(chosen(host(['10.86.1.0/24']), [], 'tun0')).toBe('10.86.1.0');
  expect(() => chosen(host(['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16']))).toThrow(
    'no private address range',
  );
});

test('a collision is named', () => {
  const subnet = mustReadIpv4Range('10.86.1.0/24');
  expect(collisionOf(subnet, host(['10.0.0.0/8']))).toBe('route 10.0.0.0/8 on tun0');
  expect(collisionOf(subnet, host([], ['10.86.1.9/24']))).toBe('interface eth0');
  expect(collisionOf(subnet, host(['default', '10.87.0.0/16']))).toBeUndefined();
});

test('dnsmasq’s configuration', () => {
  expect(renderDnsmasqConf(net, files)).toBe(golden('dnsmasq.conf'));
  const own = renderDnsmasqConf({ ...net, dnsUpstream: ['192.0.2.53'] }, files);
  expect(own).toContain('no-resolv\nserver=192.0.2.53\n');
  expect(own).not.toContain('resolv-file');
});

test('reservations and names', () => {
  expect(renderDhcpHosts(net)).toBe(
    'bc:24:11:00:00:01,web,43200\nbc:24:11:00:00:02,10.86.1.20,db,43200\nbc:24:11:00:00:03,10.86.1.21,43200\n',
  );
  expect(renderNames(net)).toBe('10.86.1.20 db\n');
  expect(renderDhcpHosts({ ...net, reservations: [] })).toBe('');
});

test('packet filter rules', () => {
  const rules = renderNatRules(net);
  expect(rules.script).toBe(golden('nat.nft'));
  expect(rules.table).toBe('croft_vmbr0');
  expect(rules.comments).toHaveLength(8);
  expect(renderNatRules({ ...net, subnet: '10.86.2.0/24' }).comments).not.toEqual(rules.comments);
});

test('a bridge is made and marked in one go, and only our own address is ever taken away', () => {
  const desired = {
    bridge: 'vmbr0',
    mac: net.mac,
    cidr: '10.86.1.1/24',
    dnsmasqConf: '',
    hosts: '',
    natComments: [],
  };
  const observed = {
    link: 'ours' as const,
    up: true,
    mac: net.mac,
    markedCidr: '10.86.9.1/24',
    cidrs: ['10.86.9.1/24', '192.0.2.9/24'],
    ports: [],
    forwarding: true,
    natComments: [],
    dnsmasqConf: '',
    hosts: '',
  };
  expect(renderBridgeChange('create-bridge', 'vmbr0', observed, desired)).toEqual([
    'link add name vmbr0 address 02:11:22:33:44:55 type bridge stp_state 0 forward_delay 0',
    'link set dev vmbr0 alias "croft-private-net 10.86.1.1/24"',
    'address add 10.86.1.1/24 broadcast + dev vmbr0',
    'link set dev vmbr0 up',
  ]);
  expect(renderBridgeChange('set-address', 'vmbr0', observed, desired)).toEqual([
    'address add 10.86.1.1/24 broadcast + dev vmbr0',
    'address delete 10.86.9.1/24 dev vmbr0',
    'link set dev vmbr0 alias "croft-private-net 10.86.1.1/24"',
  ]);
  expect(readMark(renderMark('10.86.1.1/24'))).toBe('10.86.1.1/24');
  expect(readMark('uplink of the office')).toBeUndefined();
});

test('a dnsmasq is ours only with a configuration of this folder', () => {
  const command = (...argv: string[]) => `${argv.join('\0')}\0`;
  const folder = '/run/croft/network/vmbr0';
  const ours = command('dnsmasq', '--keep-in-foreground', `--conf-file=${folder}/dnsmasq.abc123.conf`);
  expect(readDnsmasqCommand(ours, folder)).toBe('abc123');
  expect(readDnsmasqCommand(ours, '/run/croft/network/vmbr1')).toBeUndefined();
  expect(readDnsmasqCommand(command('/usr/sbin/dnsmasq', '--conf-file=/etc/x'), folder)).toBeUndefined();
  expect(
    readDnsmasqCommand(command('cat', `--conf-file=${folder}/dnsmasq.abc.conf`), folder),
  ).toBeUndefined();
  expect(readDnsmasqCommand('', folder)).toBeUndefined();
});

test('leases', () => {
  const text = [
    '1795000000 bc:24:11:00:00:01 10.86.1.77 web 01:bc:24:11:00:00:01',
    '0 BC:24:11:00:00:02 10.86.1.20 * *',
    'duid 00:01:00:01',
    '1795000000 1234 fd00::77 web 00:01',
    '17950000',
    '',
  ].join('\n');
  expect(readLeases(text)).toEqual([
    { mac: 'bc:24:11:00:00:01', address: '10.86.1.77', name: 'web', expiresAt: 1795000000 },
    { mac: 'bc:24:11:00:00:02', address: '10.86.1.20', name: undefined, expiresAt: undefined },
  ]);
});

test('the warning names the chain that is in the way', () => {
  const drop = { family: 'ip', table: 'filter', name: 'FORWARD', hook: 'forward', policy: 'drop' };
  expect(warnOfDrops('vmbr0', [drop])[0]).toContain("'ip filter FORWARD'");
  expect(warnOfDrops('vmbr0', [{ ...drop, hook: 'input' }])[0]).toContain('may not get an address');
});

test('fingerprints tell apart where one text ends', () => {
  expect(fingerprintOf('a', 'bc')).not.toBe(fingerprintOf('ab', 'c'));
});
