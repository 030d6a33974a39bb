// How this machine is reached: one card, one bridge, DHCP or one fixed address. Checks it; says what is wrong by field.
import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { invalidInput } from '../../server/core/errors.ts';
import { type HostNetworkSettings, hostBridge } from '../../server/core/host-network.ts';
import { readIpv4Range, renderIpv4, sizeOf } from '../ipv4.ts';

const mostNameServers = 3;

/**
 * The settings with the MAC in lower case, or `invalid-input` naming the field and the rule. What passes holds only
 * addresses and a name: nothing in it can begin a line of its own in a configuration file.
 */
export function checkHostNetwork(given: HostNetworkSettings): HostNetworkSettings {
  const fields: Record<string, string> = {};
  const note = (field: string, problem: string | undefined) => {
    if (problem !== undefined) fields[field] = problem;
  };
  const mac = given.mac.toLowerCase();
  note('mac', macProblem(mac));
  note('nicName', nameProblem(given.nicName));
  const { mode, address, gateway, dns } = given;
  if (mode === 'static') {
    note('address', address === undefined ? 'is needed without DHCP' : addressProblem(address));
    if (gateway !== undefined && address !== undefined && fields['address'] === undefined)
      note('gateway', gatewayProblem(gateway, address));
  } else if (mode === 'dhcp') {
    const taken = 'is given by the DHCP server; leave it out';
    note('address', address === undefined ? undefined : taken);
    note('gateway', gateway === undefined ? undefined : taken);
  } else note('mode', 'must be dhcp or static');
  note('dns', nameServersProblem(dns));
  if (Object.keys(fields).length > 0) throw invalidInput(fields);
  return { mode, mac, nicName: given.nicName, address, gateway, dns: [...dns] };
}

/** Is this an IPv6 address, with or without its prefix length? */
export function isV6(text: string): boolean {
  return text.includes(':');
}

/** Why an address with its prefix length cannot be a machine's own; undefined when it can. */
function addressProblem(text: string): string | undefined {
  const [address = '', prefix = '', ...rest] = text.split('/');
  const shape = 'must be an address with its prefix length, such as 192.0.2.10/24';
  if (rest.length > 0 || !/^\d{1,3}$/.test(prefix)) return shape;
  const length = Number(prefix);
  if (isPlainV6(address)) {
    if (length < 1 || length > 128) return 'the prefix length of an IPv6 address is 1 to 128';
    return unusableV6.check(address, 'ipv6') ? 'is not an address that a machine can have' : undefined;
  }
  const range = isIPv4(address) ? readIpv4Range(text) : undefined;
  if (!range) return shape;
  if (length < 1) return 'the prefix length of an IPv4 address is 1 to 32';
  if (unusableV4.check(address)) return 'is not an address that a machine can have';
  if (length < 31 && address === renderIpv4(range.network))
    return 'is the address of the network, not of a machine in it';
  if (length < 31 && address === renderIpv4(range.network + sizeOf(range) - 1))
    return 'is the broadcast address of its network';
  return undefined;
}

function gatewayProblem(gateway: string, cidr: string): string | undefined {
  const [address = '', prefix = ''] = cidr.split('/');
  const family = isV6(cidr) ? 'ipv6' : 'ipv4';
  if (family === 'ipv6' ? !isPlainV6(gateway) : !isIPv4(gateway))
    return `must be an ${family === 'ipv6' ? 'IPv6' : 'IPv4'} address, as the machine's own is`;
  if (sameAddress(gateway, address, family)) return "is the machine's own address";
  // Routers of IPv6 are often reached by their link-local address.
  if (family === 'ipv6' && linkLocal.check(gateway, 'ipv6')) return undefined;
  const network = new BlockList();
  network.addSubnet(address, Number(prefix), family);
  if (!network.check(gateway, family)) return `is not in the network of ${cidr}`;
  return addressProblem(`${gateway}/${prefix}`);
}

function nameServersProblem(servers: readonly string[]): string | undefined {
  if (servers.length > mostNameServers) return `at most ${mostNameServers} name servers are used`;
  const wrong = servers.find((server) => !isIPv4(server) && !isPlainV6(server));
  if (wrong !== undefined) return `'${wrong.slice(0, 50)}' is not an IP address`;
  return new Set(servers).size < servers.length ? 'names a server twice' : undefined;
}

function macProblem(mac: string): string | undefined {
  if (!/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac)) return 'must be a MAC address such as 52:54:00:12:34:56';
  // The lowest bit of the first byte marks groups (IEEE 802).
  const group = (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1;
  return group || mac === '00:00:00:00:00:00' ? 'is not the address of a card' : undefined;
}

/** Names as the kernel has them (dev_valid_name), of at most 15 characters; stricter, so that files stay readable. */
function nameProblem(name: string): string | undefined {
  if (!/^[a-zA-Z][a-zA-Z0-9_.-]{0,14}$/.test(name)) return 'must be the name of a network card';
  return name === 'lo' || name === hostBridge ? 'must be a card, not the bridge' : undefined;
}

/** Without a zone, and without an IPv4 address inside: these are texts for files of other programs. */
function isPlainV6(text: string): boolean {
  return isIPv6(text) && /^[0-9a-fA-F:]+$/.test(text);
}

function sameAddress(one: string, other: string, family: 'ipv4' | 'ipv6'): boolean {
  const list = new BlockList();
  list.addAddress(one, family);
  return list.check(other, family);
}

function blockList(family: 'ipv4' | 'ipv6', subnets: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of subnets) list.addSubnet(network, prefix, family);
  return list;
}

/** "This network", loopback, groups, reserved (RFC 6890). Link-local addresses of IPv4 may be set by hand. */
const unusableV4 = blockList('ipv4', [
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  ['224.0.0.0', 3],
]);

const linkLocal = blockList('ipv6', [['fe80::', 10]]);

/** Unspecified, loopback, mapped IPv4, link-local (every card has its own already), groups. */
const unusableV6 = blockList('ipv6', [
  ['::', 127],
  ['::ffff:0:0', 96],
  ['fe80::', 10],
  ['ff00::', 8],
]);
