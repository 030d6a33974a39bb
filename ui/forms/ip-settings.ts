// How a network card comes by its addresses, as forms have it: what is wrong with fixed addresses and their gateways. Pure.
import { isInside, readCidr, readIp } from './ip-address.ts';

export type Ip4Mode = 'dhcp' | 'static' | 'manual' | 'none';
export type Ip6Mode = 'auto' | 'dhcp' | 'static' | 'manual' | 'none';

/** An address and a gateway count only where the mode is `static`. */
export interface IpSettings {
  readonly ip4: Ip4Mode;
  readonly address4: string;
  readonly gateway4: string;
  readonly ip6: Ip6Mode;
  readonly address6: string;
  readonly gateway6: string;
}

export type IpProblem = 'cidr4' | 'cidr6' | 'gateway4' | 'gateway6' | 'ownGateway';
export type IpProblems = Partial<Record<keyof IpSettings, IpProblem>>;

/** The parts `ip`, `gw`, `ip6` and `gw6` of a property string. */
export function readIpSettings(option: (key: string) => string): IpSettings {
  const [ip, ip6] = [option('ip'), option('ip6')];
  return {
    ip4: ip.includes('/') ? 'static' : ip === 'dhcp' || ip === 'manual' ? ip : 'none',
    address4: ip.includes('/') ? ip : '',
    gateway4: option('gw'),
    ip6: ip6.includes('/') ? 'static' : ip6 === 'auto' || ip6 === 'dhcp' || ip6 === 'manual' ? ip6 : 'none',
    address6: ip6.includes('/') ? ip6 : '',
    gateway6: option('gw6'),
  };
}

/** The same as options; undefined where there is nothing to say. */
export function ipOptions(form: IpSettings): Record<'ip' | 'gw' | 'ip6' | 'gw6', string | undefined> {
  const text = (value: string) => (value.trim() === '' ? undefined : value.trim());
  const address = (mode: string, fixed: string) =>
    mode === 'static' ? fixed.trim() : mode === 'none' ? undefined : mode;
  return {
    ip: address(form.ip4, form.address4),
    gw: form.ip4 === 'static' ? text(form.gateway4) : undefined,
    ip6: address(form.ip6, form.address6),
    gw6: form.ip6 === 'static' ? text(form.gateway6) : undefined,
  };
}

/** What would certainly be refused. */
export function checkIpSettings(form: IpSettings): IpProblems {
  const wrong: IpProblems = {};
  checkFixed(form, 4, wrong);
  checkFixed(form, 6, wrong);
  return wrong;
}

function checkFixed(form: IpSettings, version: 4 | 6, wrong: IpProblems): void {
  if (form[`ip${version}`] !== 'static') return;
  const net = readCidr(form[`address${version}`].trim());
  if (net?.version !== version || net.prefix < 8) {
    wrong[`address${version}`] = `cidr${version}`;
    return;
  }
  const text = form[`gateway${version}`].trim();
  if (text === '') return;
  const gateway = readIp(text);
  // A gateway may be outside of the net only for IPv6: link-local ones are usual there.
  if (gateway?.version !== version || (version === 4 && net.prefix < 32 && !isInside(gateway, net)))
    wrong[`gateway${version}`] = `gateway${version}`;
  else if (gateway.value === net.value) wrong[`gateway${version}`] = 'ownGateway';
}
