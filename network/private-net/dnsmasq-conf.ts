// Renders the configuration of the dnsmasq that serves one private network. Pure.
import { createHash } from 'node:crypto';
import { mustReadIpv4Range, netmaskOf, readIpv4, renderIpv4, sizeOf } from '../ipv4.ts';
import type { PrivateNet } from './private-net.ts';

/** Where this dnsmasq keeps its files. */
export interface DnsmasqFiles {
  readonly pidFile: string;
  readonly leasesFile: string;
  /** Reservations by MAC, read again on SIGHUP. */
  readonly dhcpHostsFile: string;
  /** Fixed names, read again on SIGHUP. */
  readonly namesFile: string;
}

const leaseSeconds = 12 * 3600;

/** The configuration file. Options as in dnsmasq(8); one dnsmasq a bridge, deaf to every other interface. */
export function renderDnsmasqConf(net: PrivateNet, files: DnsmasqFiles): string {
  const range = mustReadIpv4Range(net.subnet);
  const lines = [
    `# Private network ${net.name}. Written by Croft; changes made here are lost.`,
    '',
    '# Only this bridge: other name servers on this host keep their interfaces.',
    `interface=${net.name}`,
    'except-interface=lo',
    'bind-interfaces',
    `pid-file=${files.pidFile}`,
    'user=dnsmasq',
    '',
    '# Names: the guests here, the rest from the servers of the host.',
    `domain=${net.domain},${net.subnet},local`,
    'expand-hosts',
    'domain-needed',
    'localise-queries',
    'no-hosts',
    `addn-hosts=${files.namesFile}`,
    ...(net.hostName === undefined
      ? []
      : [`host-record=${net.hostName}.${net.domain},${net.hostName},${net.address}`]),
    ...renderUpstream(net.dnsUpstream),
    '',
    '# Addresses.',
    'dhcp-authoritative',
    `dhcp-range=${net.dhcpRange.first},${net.dhcpRange.last},${netmaskOf(range.prefixLength)},${leaseSeconds}`,
    `dhcp-option=option:router,${net.address}`,
    `dhcp-option=option:dns-server,${net.address}`,
    `dhcp-option=option:domain-search,${net.domain}`,
    `dhcp-leasefile=${files.leasesFile}`,
    `dhcp-hostsfile=${files.dhcpHostsFile}`,
    `dhcp-lease-max=${sizeOf(range)}`,
    '# The probe before an offer costs every new guest three seconds of its boot.',
    'no-ping',
    '# A guest called wpad would become the proxy of its neighbours.',
    'dhcp-name-match=set:hostile-name,wpad',
    'dhcp-ignore-names=tag:hostile-name',
    'quiet-dhcp',
    '',
  ];
  return lines.join('\n');
}

/** The lines of `dhcp-hostsfile`: `mac,address,name,lease time`. */
export function renderDhcpHosts(net: PrivateNet): string {
  const lines = net.reservations.map(({ mac, address, name }) =>
    [
      mac.toLowerCase(),
      ...(address ? [address] : []),
      ...(name ? [name.toLowerCase()] : []),
      String(leaseSeconds),
    ].join(','),
  );
  return lines
    .sort()
    .map((line) => `${line}\n`)
    .join('');
}

/** The lines of `addn-hosts`: names of reserved addresses, which answer before the guest asked for its lease. */
export function renderNames(net: PrivateNet): string {
  const lines = net.reservations.flatMap(({ address, name }) =>
    address && name ? [`${address} ${name.toLowerCase()}`] : [],
  );
  return lines
    .sort()
    .map((line) => `${line}\n`)
    .join('');
}

/** A short fingerprint of a text, to see whether what runs is what is wanted. */
export function fingerprintOf(...texts: string[]): string {
  return createHash('sha256').update(texts.join('\0')).digest('hex').slice(0, 12);
}

function renderUpstream(upstream: PrivateNet['dnsUpstream']): string[] {
  // dnsmasq follows changes of the file by itself, and skips its own address in it.
  if (upstream === 'host') return ['resolv-file=/etc/resolv.conf'];
  return ['no-resolv', ...upstream.map((address) => `server=${renderIpv4(readIpv4(address) ?? 0)}`)];
}
