// The network list, from recorded output.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { matchesType, renderInterfaces } from './list-interfaces.ts';
import { readLinks, readRoutes } from './observe/ip-json.ts';

const recorded = (name: string) => readFileSync(new URL(`testdata/${name}`, import.meta.url), 'utf8');
const links = readLinks(recorded('ip-addr.iproute2-6.1.json')).map((link) => {
  // The recording's outer cable end stands for a network card, its second bridge for one that knows VLANs.
  if (link.name === 'e1') return { ...link, name: 'eth0', kind: '' };
  return link.name === 'br-other' ? { ...link, vlanFiltering: true } : link;
});
const routes = readRoutes(recorded('ip-route.iproute2-6.1.json')).map((route) =>
  route.device === 'e1' ? { ...route, device: 'eth0' } : route,
);

test('bridges and cards with addresses; neither loopback nor interfaces of guests', () => {
  expect(renderInterfaces({ links, routes })).toEqual([
    {
      iface: 'br-other',
      type: 'bridge',
      priority: 1,
      families: ['inet'],
      method: 'manual',
      method6: 'manual',
      mtu: 1500,
      bridge_ports: '',
      bridge_vlan_aware: 1,
    },
    {
      iface: 'eth0',
      type: 'eth',
      active: 1,
      autostart: 1,
      exists: 1,
      priority: 2,
      families: ['inet', 'inet6'],
      method: 'static',
      method6: 'static',
      address: '192.0.2.2',
      netmask: '24',
      cidr: '192.0.2.2/24',
      gateway: '192.0.2.1',
      address6: 'fd00::2',
      netmask6: 64,
      cidr6: 'fd00::2/64',
      mtu: 1500,
    },
    {
      iface: 'vmbr0',
      type: 'bridge',
      active: 1,
      autostart: 1,
      priority: 3,
      families: ['inet'],
      method: 'static',
      method6: 'manual',
      address: '10.86.1.1',
      netmask: '24',
      cidr: '10.86.1.1/24',
      mtu: 1500,
      bridge_ports: 'tap100i0',
      bridge_stp: 'off',
      bridge_fd: '0',
      comments: expect.stringContaining('private network') as string,
    },
  ]);
});

test('an address that expires came by DHCP', () => {
  const dynamic = links.map((link) => ({
    ...link,
    addresses: link.addresses.map((address) => ({ ...address, dynamic: true })),
  }));
  const card = renderInterfaces({ links: dynamic, routes }).find((item) => item.iface === 'eth0');
  expect(card).toMatchObject({ method: 'dhcp', method6: 'auto' });
});

test('the type filter', () => {
  const names = (type: string | undefined) =>
    renderInterfaces({ links, routes })
      .filter((item) => matchesType(item, type))
      .map((item) => item.iface);
  expect(names(undefined)).toEqual(['br-other', 'eth0', 'vmbr0']);
  expect(names('any_bridge')).toEqual(['br-other', 'vmbr0']);
  expect(names('eth')).toEqual(['eth0']);
  expect(names('bond')).toEqual([]);
});
