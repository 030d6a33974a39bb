// The model of a private network: a bridge with its own addresses, DHCP, DNS and the way out; and the check of its values.
import { invalidInput } from '../../server/core/errors.ts';
import { contains, type Ipv4Range, readIpv4, readIpv4Range, renderIpv4, sizeOf } from '../ipv4.ts';

/** What a guest always gets, found by the MAC address of its network card. */
export interface Reservation {
  /** `02:aa:bb:cc:dd:ee`. */
  readonly mac: string;
  /** A fixed address inside the subnet; without it DHCP chooses one and keeps it as long as it can. */
  readonly address?: string;
  /** Host name, answered by DNS with and without the domain. */
  readonly name?: string;
}

export interface PrivateNet {
  /** Name of the bridge: `vmbr0`. */
  readonly name: string;
  /** The bridge's own MAC; fixed, so that guests do not take the host for another router after a restart. */
  readonly mac: string;
  /** `10.86.1.0/24`. */
  readonly subnet: string;
  /** The host's address on the bridge: the guests' router and name server. */
  readonly address: string;
  /** First and last address that DHCP may give to guests without a reserved one. */
  readonly dhcpRange: { readonly first: string; readonly last: string };
  /** DNS domain of the guests: `croft.internal`. */
  readonly domain: string;
  /** The name under which guests find the host itself. */
  readonly hostName?: string;
  /** Whom to ask about names outside: what the host's /etc/resolv.conf says (followed as it changes), or these addresses. */
  readonly dnsUpstream: 'host' | readonly string[];
  readonly reservations: readonly Reservation[];
}

export const defaultDomain = 'croft.internal';

const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;
const macAddress = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i;

/** Is it a name that the kernel, nftables and our files all take for a bridge? */
export function isBridgeName(name: string): boolean {
  return /^[a-z][a-z0-9_-]{0,14}$/i.test(name);
}

/** One label of a DNS name. */
function isHostName(name: string): boolean {
  return label.test(name);
}

/** The usual layout of a subnet: the host first, guests set up by hand up to .49 of a /24, DHCP above. */
export function layOutSubnet(subnet: Ipv4Range): Pick<PrivateNet, 'subnet' | 'address' | 'dhcpRange'> {
  const size = sizeOf(subnet);
  return {
    subnet: `${renderIpv4(subnet.network)}/${subnet.prefixLength}`,
    address: renderIpv4(subnet.network + 1),
    dhcpRange: {
      first: renderIpv4(subnet.network + Math.max(2, Math.floor(size / 5) - 1)),
      last: renderIpv4(subnet.network + size - 2),
    },
  };
}

/** Throws `invalid-input` naming every value that breaks its rule; these values end up in other programs' files. */
export function checkPrivateNet(net: PrivateNet): void {
  const fields: Record<string, string> = {};
  const rule = (holds: boolean, field: string, text: string): void => {
    if (!holds) fields[field] ??= text;
  };
  const subnet = readIpv4Range(net.subnet);
  const inside = (address: string): boolean => {
    const value = readIpv4(address);
    return value !== undefined && subnet !== undefined && isHostAddress(subnet, value);
  };
  rule(isBridgeName(net.name), 'name', 'a letter, then up to 14 letters, digits, - or _');
  rule(isUnicastMac(net.mac), 'mac', 'a unicast MAC address such as 02:11:22:33:44:55');
  rule(
    subnet !== undefined && subnet.prefixLength >= 16 && subnet.prefixLength <= 29,
    'subnet',
    'an IPv4 range of /16 to /29',
  );
  rule(inside(net.address), 'address', 'an address inside the subnet');
  const { first, last } = net.dhcpRange;
  rule(inside(first) && inside(last), 'dhcpRange', 'two addresses inside the subnet');
  rule((readIpv4(first) ?? 0) <= (readIpv4(last) ?? 0), 'dhcpRange', 'the first address before the last');
  rule(net.domain.length <= 190 && net.domain.split('.').every(isHostName), 'domain', 'a DNS domain');
  rule(net.hostName === undefined || isHostName(net.hostName), 'hostName', 'letters, digits and hyphens');
  rule(
    net.dnsUpstream === 'host' || net.dnsUpstream.every((address) => readIpv4(address) !== undefined),
    'dnsUpstream',
    'IPv4 addresses of name servers',
  );
  checkReservations(net, rule, inside);
  if (Object.keys(fields).length > 0)
    throw invalidInput(fields, `private network '${net.name}' is not valid`);
}

function checkReservations(
  net: PrivateNet,
  rule: (holds: boolean, field: string, text: string) => void,
  inside: (address: string) => boolean,
): void {
  const seen = new Set<string>();
  for (const { mac, address, name } of net.reservations) {
    const field = `reservation ${/^[0-9a-f:]{1,17}$/i.test(mac) ? mac : '?'}`;
    rule(isUnicastMac(mac), field, 'a unicast MAC address is needed');
    rule(address === undefined || inside(address), field, 'the address must be inside the subnet');
    rule(address !== net.address, field, 'the address is the host’s own');
    rule(name === undefined || isHostName(name), field, 'the name must be letters, digits and hyphens');
    // dnsmasq answers a name or address reserved twice with a warning and one of the two: refuse it here instead.
    for (const key of [mac, address, name]) {
      if (key === undefined) continue;
      rule(!seen.has(key.toLowerCase()), field, `'${key}' is reserved twice`);
      seen.add(key.toLowerCase());
    }
  }
}

function isHostAddress(subnet: Ipv4Range, address: number): boolean {
  const last = subnet.network + sizeOf(subnet) - 1;
  return contains(subnet, address) && address !== subnet.network && address !== last;
}

function isUnicastMac(mac: string): boolean {
  return macAddress.test(mac) && (Number.parseInt(mac.slice(0, 2), 16) & 1) === 0;
}
