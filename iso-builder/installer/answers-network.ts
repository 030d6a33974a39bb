// The table [network] of the answer file: which card, DHCP or a fixed address.
import { BlockList, isIP, isIPv4 } from 'node:net';
import { quoted, type Section } from './answers-section.ts';
import type { NetworkAnswers } from './types.ts';

export const networkKeys = ['mode', 'nic', 'address', 'gateway', 'dns'] as const;

interface Cidr {
  readonly address: string;
  readonly family: 'ipv4' | 'ipv6';
  readonly prefixLength: number;
}

/** Reads the table; contradictions are noted as problems. */
export function readNetwork(section: Section): NetworkAnswers {
  const mode = section.choice('mode', ['dhcp', 'static'], 'dhcp');
  const nic = readNic(section);
  const address = section.text('address');
  const gateway = section.text('gateway');
  const dns = section.texts('dns') ?? [];
  const cidr = address === undefined ? undefined : readAddress(section, address);
  if (mode === 'dhcp') {
    for (const key of ['address', 'gateway'])
      if (section.has(key))
        section.problem(key, 'does not go with DHCP: add mode = "static", or leave it out');
  } else if (!section.has('address'))
    section.problem('address', 'is needed with mode = "static": address = "192.0.2.10/24"');
  if (gateway !== undefined) {
    const wrong = gatewayProblem(gateway, cidr);
    if (wrong !== undefined) section.problem('gateway', wrong);
  }
  dns.forEach((server, index) => {
    if (isIP(server) === 0) section.problem('dns', `${quoted(server)} is no IP address`, index);
    else if (dns.indexOf(server) < index) section.problem('dns', `${server} is there twice`, index);
  });
  return { mode, nic, address, gateway, dns };
}

function readNic(section: Section): string | undefined {
  const text = section.text('nic');
  if (text === undefined) return undefined;
  const mac = text.toLowerCase().replaceAll('-', ':');
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(mac))
    section.problem('nic', 'must be the MAC address of a network card: nic = "52:54:00:12:34:56"');
  else if (Number.parseInt(mac.slice(0, 2), 16) % 2 === 1 || mac === '00:00:00:00:00:00')
    section.problem('nic', `${mac} is not the address of a card`);
  return mac;
}

function readAddress(section: Section, text: string): Cidr | undefined {
  const [address = '', prefix = '', ...rest] = text.split('/');
  const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
  const longest = family === 'ipv4' ? 32 : 128;
  if (isIP(address) === 0 || address.includes('%') || rest.length > 0) {
    section.problem('address', `${quoted(text)} is no address such as 192.0.2.10/24`);
    return undefined;
  }
  if (prefix === '') {
    section.problem('address', `the length of the network's prefix is missing: ${address}/24 for instance`);
    return undefined;
  }
  if (!/^\d{1,3}$/.test(prefix) || Number(prefix) < 1 || Number(prefix) > longest) {
    section.problem('address', `the length of the prefix must be 1 to ${longest}`);
    return undefined;
  }
  const cidr: Cidr = { address, family, prefixLength: Number(prefix) };
  const wrong = hostAddressProblem(cidr);
  if (wrong !== undefined) section.problem('address', wrong);
  return cidr;
}

const unusable = new BlockList();
unusable.addSubnet('0.0.0.0', 8, 'ipv4');
unusable.addSubnet('127.0.0.0', 8, 'ipv4');
unusable.addSubnet('224.0.0.0', 3, 'ipv4');
unusable.addSubnet('::', 127, 'ipv6');
unusable.addSubnet('ff00::', 8, 'ipv6');
unusable.addSubnet('fe80::', 10, 'ipv6');

function hostAddressProblem({ address, family, prefixLength }: Cidr): string | undefined {
  if (unusable.check(address, family)) return `${address} cannot be the address of a machine`;
  // Networks of one or two addresses have neither network nor broadcast address (RFC 3021).
  if (family === 'ipv6' || prefixLength >= 31) return undefined;
  const host = ipv4Number(address) % 2 ** (32 - prefixLength);
  if (host === 0) return `${address} is the address of the network itself`;
  return host === 2 ** (32 - prefixLength) - 1
    ? `${address} is the broadcast address of its network`
    : undefined;
}

function gatewayProblem(gateway: string, cidr: Cidr | undefined): string | undefined {
  if (isIP(gateway) === 0 || gateway.includes('%')) return `${quoted(gateway)} is no IP address`;
  if (cidr === undefined) return undefined;
  const family = isIPv4(gateway) ? 'ipv4' : 'ipv6';
  if (family !== cidr.family) return `${gateway} and the address ${cidr.address} are not of the same kind`;
  const subnet = new BlockList();
  subnet.addSubnet(cidr.address, cidr.prefixLength, cidr.family);
  const linkLocal = family === 'ipv6' && /^fe[89ab]/i.test(gateway);
  if (!linkLocal && !subnet.check(gateway, family))
    return `${gateway} is not in the network of ${cidr.address}/${cidr.prefixLength}`;
  const own = new BlockList();
  own.addAddress(cidr.address, cidr.family);
  if (own.check(gateway, family)) return "is the machine's own address";
  if (!linkLocal && hostAddressProblem({ ...cidr, address: gateway }) !== undefined)
    return `${gateway} cannot be the address of a router`;
  return undefined;
}

function ipv4Number(address: string): number {
  return address.split('.').reduce((value, part) => value * 256 + Number(part), 0);
}
