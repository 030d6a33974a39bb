import { expect, it } from 'vitest';
import { checkIpSettings, type IpSettings, ipOptions, readIpSettings } from './ip-settings.ts';

const none: IpSettings = readIpSettings(() => '');

it('reads what is not said as none', () => {
  expect(none).toEqual({ ip4: 'none', address4: '', gateway4: '', ip6: 'none', address6: '', gateway6: '' });
  expect(ipOptions(none)).toEqual({ ip: undefined, gw: undefined, ip6: undefined, gw6: undefined });
});

it.each([
  [{ ip4: 'static', address4: '192.0.2.5/24', gateway4: '192.0.2.1' }, {}],
  [{ ip4: 'static', address4: '192.0.2.5' }, { address4: 'cidr4' }],
  [{ ip4: 'static', address4: '' }, { address4: 'cidr4' }],
  [{ ip4: 'static', address4: '2001:db8::5/64' }, { address4: 'cidr4' }],
  [{ ip4: 'static', address4: '192.0.2.5/33' }, { address4: 'cidr4' }],
  [{ ip4: 'static', address4: '192.0.2.5/24', gateway4: '198.51.100.1' }, { gateway4: 'gateway4' }],
  [{ ip4: 'static', address4: '192.0.2.5/24', gateway4: '192.0.2.5' }, { gateway4: 'ownGateway' }],
  [{ ip4: 'static', address4: '192.0.2.5/32', gateway4: '198.51.100.1' }, {}],
  [{ ip6: 'static', address6: '2001:db8::5/64', gateway6: 'fe80::1' }, {}],
  [{ ip6: 'static', address6: '2001:db8::5' }, { address6: 'cidr6' }],
  [{ ip6: 'static', address6: '2001:db8::5/64', gateway6: '192.0.2.1' }, { gateway6: 'gateway6' }],
  [{ ip4: 'dhcp', address4: 'left over', gateway4: 'left over', ip6: 'auto', address6: 'x' }, {}],
] as [Partial<IpSettings>, object][])('%j', (part, problems) => {
  expect(checkIpSettings({ ...none, ...part })).toEqual(problems);
});
