// What the host does for a container's cards, as input of its network programs: bridge, VLANs, rate, routes, source filter. Pure.
import { isIPv4, isIPv6 } from 'node:net';
import { AppError } from '../../../core/errors.ts';
import { type CtNicPlan, routedGateways } from '../ct-driver.ts';

/** What must be known of the host. */
export interface PlugFacts {
  /** `undefined`: no such bridge. `true`: it separates VLANs. */
  readonly filtersVlans: (bridge: string) => boolean | undefined;
  /** Interfaces of the host in whose network the address is: the host answers for it there. */
  readonly uplinksOf: (address: string) => readonly string[];
  /** Interfaces that would stop to learn from router advertisements once the host forwards IPv6. */
  readonly advertised: readonly string[];
}

/** One text for each program, the names of the files that the start hook reads. */
export interface Plug {
  /** `net/ipv4/conf/veth101i0/proxy_arp 1`: paths below /proc/sys. */
  readonly sysctl: string;
  readonly nft: string;
  readonly ip: string;
  readonly bridge: string;
  readonly tc: string;
  /** For `ip -force -batch`: what does not go with the card. */
  readonly unplugIp: string;
  /** A command of nft on each line. */
  readonly unplugNft: string;
}

/** nftables table of ours (netdev family, a chain for each card). */
const cardTable = 'netdev croft_ct';

/** Applying it again, or after an earlier one of the same card, gives the same. Errors: `invalid-input`, `wrong-state`. */
export function renderPlug(nics: readonly CtNicPlan[], facts: PlugFacts): Plug {
  const parts = nics.map((nic) => {
    checkNic(nic);
    return {
      sysctl: sysctlLines(nic, facts),
      nft: nftLines(nic),
      ip: ipLines(nic, facts),
      bridge: bridgeLines(nic, facts),
      tc: tcLines(nic),
      unplugIp: proxyAddresses(nic, facts).map((proxy) => `neigh del ${proxy}`),
      unplugNft: filtered(nic) ? [`delete chain ${cardTable} ${nic.hostName}`] : [],
    };
  });
  const all = (key: keyof Plug) => parts.flatMap((part) => part[key].map((line) => `${line}\n`)).join('');
  return {
    sysctl: all('sysctl'),
    nft: all('nft'),
    ip: all('ip'),
    bridge: all('bridge'),
    tc: all('tc'),
    unplugIp: all('unplugIp'),
    unplugNft: all('unplugNft'),
  };
}

const filtered = (nic: CtNicPlan) => nic.routed.length > 0 || nic.rateBytesPerSecond !== undefined;
const isRouted = (nic: CtNicPlan) => nic.routed.length > 0;
const routed4 = (nic: CtNicPlan) => nic.routed.filter((address) => isIPv4(address.split('/')[0] ?? ''));
const routed6 = (nic: CtNicPlan) => nic.routed.filter((address) => isIPv6(address.split('/')[0] ?? ''));
const filters = (nic: CtNicPlan, facts: PlugFacts) =>
  nic.bridge === undefined ? undefined : facts.filtersVlans(nic.bridge);

function ipLines(nic: CtNicPlan, facts: PlugFacts): string[] {
  const name = nic.hostName;
  const link = `link set dev ${name}`;
  const lines = nic.mtu === undefined ? [] : [`${link} mtu ${nic.mtu}`];
  if (nic.bridge !== undefined) {
    if (filters(nic, facts) === undefined)
      throw new AppError('invalid-input', `${nic.key}: there is no bridge '${nic.bridge}' on this host`);
    // Leaving a bridge makes the card forget its VLANs.
    lines.push(`${link} nomaster`, `${link} master ${nic.bridge}`);
  }
  lines.push(`${link} ${nic.linkDown ? 'down' : 'up'}`);
  if (!isRouted(nic) || nic.linkDown) return lines;
  if (routed4(nic).length > 0) lines.push(`addr replace ${routedGateways.ip}/32 dev ${name} scope link`);
  if (routed6(nic).length > 0) lines.push(`addr replace ${routedGateways.ip6}/64 dev ${name} nodad`);
  for (const address of nic.routed) lines.push(`route replace ${address} dev ${name}`);
  for (const proxy of proxyAddresses(nic, facts)) lines.push(`neigh replace ${proxy}`);
  return lines;
}

/** Single addresses only: the kernel answers for no whole network this way. */
function proxyAddresses(nic: CtNicPlan, facts: PlugFacts): string[] {
  return nic.routed.flatMap((prefixed) => {
    const [address = '', length] = prefixed.split('/');
    if (length !== undefined && length !== (isIPv4(address) ? '32' : '128')) return [];
    return facts.uplinksOf(address).map((uplink) => `proxy ${address} dev ${uplink}`);
  });
}

function bridgeLines(nic: CtNicPlan, facts: PlugFacts): string[] {
  const vlans = nic.tag !== undefined || nic.trunks.length > 0;
  if (!filters(nic, facts)) {
    if (vlans && nic.bridge !== undefined)
      throw new AppError('wrong-state', `${nic.key}: bridge '${nic.bridge}' does not separate VLANs`);
    return [];
  }
  const vlan = (verb: string, id: number | string, flags = '') =>
    `vlan ${verb} dev ${nic.hostName} vid ${id}${flags}`;
  const trunks = nic.trunks.map((id) => vlan('add', id));
  // Without a tag: untagged frames belong to VLAN 1, all others pass as they are.
  if (nic.tag === undefined) return trunks.length > 0 ? trunks : [vlan('add', '2-4094')];
  // Added first, so that taking it away succeeds also where ports do not begin with it.
  const forget = nic.tag === 1 ? [] : [vlan('add', 1), vlan('del', 1)];
  return [...forget, vlan('add', nic.tag, ' pvid untagged'), ...trunks];
}

/** To the container: a token bucket (tc-tbf(8)) on the host's side. `bps` are bytes there. */
function tcLines({ hostName, rateBytesPerSecond: rate }: CtNicPlan): string[] {
  if (rate === undefined) return [];
  return [`qdisc replace dev ${hostName} root tbf rate ${rate}bps burst ${burstBytes(rate)} latency 100ms`];
}

/** A fiftieth of a second, but never less than two of the largest packets that a card hands over at once (64 KiB). */
function burstBytes(rate: number): number {
  return Math.max(131_072, Math.ceil(rate / 50));
}

/**
 * What comes from the container, before a bridge or the host's routing sees it. The rate is policed here too: nftables is there
 * where the traffic control classes and actions of a kernel are not.
 */
function nftLines(nic: CtNicPlan): string[] {
  if (!filtered(nic)) return [];
  const name = nic.hostName;
  const rule = (text: string) => `add rule ${cardTable} ${name} ${text}`;
  const rate = nic.rateBytesPerSecond;
  const lines = [
    `add table ${cardTable}`,
    `add chain ${cardTable} ${name} { type filter hook ingress device "${name}" priority -400; policy accept; }`,
    `flush chain ${cardTable} ${name}`,
  ];
  if (rate !== undefined)
    lines.push(rule(`limit rate over ${rate} bytes/second burst ${burstBytes(rate)} bytes drop`));
  if (!isRouted(nic)) return lines;
  const [ip, ip6] = [routed4(nic), routed6(nic)];
  if (ip.length > 0) {
    // 0.0.0.0: an address probe (RFC 5227).
    lines.push(rule(`arp saddr ip { ${[...ip, '0.0.0.0'].join(', ')} } accept`));
    lines.push(rule(`ip saddr { ${ip.join(', ')} } accept`));
  }
  if (ip6.length > 0) {
    lines.push(rule(`ip6 saddr { ${ip6.join(', ')} } accept`));
    // Neighbour discovery with the host (RFC 4861); link-local addresses are never forwarded.
    lines.push(rule('ip6 saddr { fe80::/10, ::/128 } meta l4proto ipv6-icmp accept'));
  }
  lines.push(rule('drop'));
  return lines;
}

function sysctlLines(nic: CtNicPlan, facts: PlugFacts): string[] {
  const name = nic.hostName;
  const lines: string[] = [];
  if (routed4(nic).length > 0) {
    lines.push('net/ipv4/ip_forward 1');
    // It may name any gateway: the host answers for all that it has a route to. At once: 0.8 seconds is the default.
    lines.push(`net/ipv4/conf/${name}/proxy_arp 1`, `net/ipv4/neigh/${name}/proxy_delay 0`);
    lines.push(`net/ipv4/conf/${name}/rp_filter 1`);
  }
  if (routed6(nic).length > 0) {
    // A host that forwards ignores router advertisements unless told so (2; kernel: ip-sysctl.rst, accept_ra).
    lines.push(...facts.advertised.map((uplink) => `net/ipv6/conf/${uplink}/accept_ra 2`));
    lines.push('net/ipv6/conf/all/forwarding 1', `net/ipv6/conf/${name}/proxy_ndp 1`);
    const uplinks = new Set(routed6(nic).flatMap((address) => facts.uplinksOf(address.split('/')[0] ?? '')));
    lines.push(...[...uplinks].map((uplink) => `net/ipv6/conf/${uplink}/proxy_ndp 1`));
  }
  return lines;
}

/** What goes into these texts is words without blanks or quotes. */
function checkNic(nic: CtNicPlan): void {
  const word = /^[A-Za-z0-9_.-]{1,15}$/;
  const refuse = (what: string) => {
    throw new AppError('invalid-input', `${nic.key}: ${what}`);
  };
  if (!word.test(nic.hostName) || !word.test(nic.name)) refuse('not a name of a network card');
  if (nic.bridge !== undefined && !word.test(nic.bridge)) refuse('not a name of a bridge');
  if (!/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(nic.mac)) refuse('not a MAC address');
  const numbers = [nic.mtu, nic.tag, nic.rateBytesPerSecond, ...nic.trunks].filter((n) => n !== undefined);
  if (!numbers.every((n) => Number.isInteger(n) && n > 0)) refuse('numbers must be whole and positive');
  for (const prefixed of nic.routed) {
    const [address = '', length = '0'] = prefixed.split('/');
    if (!(isIPv4(address) || isIPv6(address)) || !/^\d{1,3}$/.test(length) || /%/.test(address))
      refuse(`'${prefixed}' is no address`);
  }
}
