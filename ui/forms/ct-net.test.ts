// Network cards of containers: what forms make is what the contract takes.
import { expect, test } from 'vitest';
import { ctNetString } from '../../server/contract/lxc-strings.ts';
import { checkNic, type NicForm, newNic, nicString, readNic } from './ct-net.ts';
import { parseProperties } from './property-string.ts';

const nic: NicForm = { ...newNic('eth0'), bridge: 'vmbr0' };

test.each<[Partial<NicForm>, string]>([
  [{}, 'name=eth0,bridge=vmbr0,ip=dhcp,ip6=auto'],
  [{ ip6: 'none' }, 'name=eth0,bridge=vmbr0,ip=dhcp'],
  [
    { ip4: 'static', address4: '10.0.0.5/24', gateway4: '10.0.0.1', ip6: 'dhcp' },
    'name=eth0,bridge=vmbr0,ip=10.0.0.5/24,gw=10.0.0.1,ip6=dhcp',
  ],
  [
    { connection: 'routed', address4: '192.0.2.7', tag: '5', gateway4: '192.0.2.1', address6: '2001:db8::7' },
    'name=eth0,ip=192.0.2.7/32,ip6=2001:db8::7/128',
  ],
  [
    {
      tag: '5',
      trunks: '7, 8',
      rate: '12.5',
      mtu: '1400',
      mac: 'BC:24:11:00:00:01',
      firewall: true,
      unplugged: true,
    },
    'name=eth0,bridge=vmbr0,tag=5,trunks=7;8,rate=12.5,hwaddr=BC:24:11:00:00:01,mtu=1400,firewall=1,link_down=1,ip=dhcp,ip6=auto',
  ],
])('%j makes %s', (change, text) => {
  const form = { ...nic, ...change };
  expect(checkNic(form)).toEqual({});
  expect(nicString(form)).toBe(text);
  expect(ctNetString.parse(text)).toMatchObject({ ok: true });
});

test('reading and writing a card changes nothing, also not what the form does not know', () => {
  for (const text of [
    'name=eth0,bridge=vmbr0,hwaddr=BC:24:11:00:00:01,ip=dhcp,type=veth',
    'name=eth1,hwaddr=BC:24:11:00:00:02,ip=10.0.0.5/32,type=veth',
    'name=eth2,bridge=vmbr1,firewall=1,ip=10.0.0.5/24,gw=10.0.0.1,ip6=manual,link_down=1,host-managed=1,type=veth',
  ]) {
    const before = parseProperties(text);
    const again = parseProperties(nicString(readNic(before), before));
    expect(Object.fromEntries(again.options)).toEqual(Object.fromEntries(before.options));
  }
});

test('what is switched off goes from the string', () => {
  const before = parseProperties('name=eth0,bridge=vmbr0,tag=5,ip=10.0.0.5/24,gw=10.0.0.1,firewall=1');
  const form = { ...readNic(before), tag: '', ip4: 'dhcp' as const, firewall: false };
  expect(nicString(form, before)).toBe('name=eth0,bridge=vmbr0,ip=dhcp');
});

test.each<[Partial<NicForm>, object]>([
  [{ name: 'lo' }, { name: 'nicName' }],
  [{ name: 'a-name-that-is-too-long' }, { name: 'nicName' }],
  [{ name: 'eth9' }, { name: 'nameTaken' }],
  [{ bridge: '' }, { bridge: 'required' }],
  [{ tag: '4095' }, { tag: 'vlan' }],
  [{ tag: '7', trunks: '7' }, { trunks: 'vlan' }],
  [{ mac: 'BC:24:11' }, { mac: 'mac' }],
  [{ mac: '01:00:5e:00:00:01' }, { mac: 'mac' }],
  [{ mtu: '63' }, { mtu: 'mtu' }],
  [{ mtu: '1200' }, { mtu: 'mtu6' }],
  [{ mtu: '1200', ip6: 'none' }, {}],
  [{ ip4: 'static', address4: '10.0.0.5' }, { address4: 'cidr4' }],
  [{ ip4: 'static', address4: '2001:db8::1/64' }, { address4: 'cidr4' }],
  [{ ip4: 'static', address4: '10.0.0.5/24', gateway4: '10.0.1.1' }, { gateway4: 'gateway4' }],
  [{ ip4: 'static', address4: '10.0.0.5/24', gateway4: '10.0.0.5' }, { gateway4: 'ownGateway' }],
  [{ ip6: 'static', address6: '2001:db8::5/64', gateway6: 'fe80::1' }, {}],
  [{ connection: 'routed' }, { address4: 'routedAddress' }],
  [{ connection: 'routed', address4: '10.0.0.300' }, { address4: 'ip4' }],
  [{ hostManaged: true }, { hostManaged: 'hostManaged' }],
])('%j is checked: %j', (change, wrong) => {
  expect(checkNic({ ...nic, ...change }, ['eth9'])).toEqual(wrong);
});
