// The network of a guest, card by card: as cloud-init's network config version 1, and as interfaces(5) for config drives.
import { brokenNameservers, brokenSearchDomains } from '../../contract/qemu-cloudinit-strings.ts';
import type { IpConfig } from '../config/cloud-init-keys.ts';
import type { VmModel } from '../config/vm-model.ts';
import { renderYaml, type YamlValue } from './render-yaml.ts';

/** Name servers of the host, for guests that name none. Texts of the host's own files: not trusted. */
export interface HostDns {
  readonly nameservers: readonly string[];
  /** Separated by blanks. */
  readonly searchDomain: string | undefined;
}

interface GuestDns {
  readonly nameservers: readonly string[];
  readonly domains: readonly string[];
}

function dnsOf({ cloudInit }: VmModel, host: HostDns): GuestDns {
  const hostDomains = (host.searchDomain ?? '').split(/\s+/).filter(Boolean);
  const { nameservers, searchDomains } = cloudInit;
  return {
    nameservers: nameservers.length > 0 ? nameservers : usable(host.nameservers, brokenNameservers),
    domains: searchDomains.length > 0 ? searchDomains : usable(hostDomains, brokenSearchDomains),
  };
}

function usable(words: readonly string[], broken: (word: string) => string | undefined): string[] {
  return words.filter((word) => broken(word) === undefined);
}

/**
 * The cards that are set up, each with what is set up on it. Where nothing is said of any card all ask for an IPv4 address by DHCP:
 * a description without cards would leave the guest without a network.
 */
function cardsOf({ nics, cloudInit }: VmModel): (IpConfig & { readonly mac: string })[] {
  const cards = nics.flatMap(({ index, mac }) =>
    mac === undefined ? [] : [{ index, mac: mac.toLowerCase() }],
  );
  const said = cards.flatMap((card) => {
    const config = cloudInit.ipConfigs.find(({ index }) => index === card.index);
    if (!config) return [];
    const empty = config.ip === undefined && config.ip6 === undefined;
    return [{ ...config, ...card, ...(empty ? { ip: 'dhcp' } : {}) }];
  });
  return said.length > 0 ? said : cards.map((card) => ({ ...card, ip: 'dhcp' }));
}

/** cloud-init, "Networking config version 1": all that it knows how to apply on every distribution, SLAAC since 19.4. */
export function renderNetworkConfig(model: VmModel, host: HostDns): string {
  const cards = cardsOf(model).map(({ index, mac, ip, gw, ip6, gw6 }): YamlValue => {
    const subnets: YamlValue[] = [];
    if (ip === 'dhcp') subnets.push({ type: 'dhcp4' });
    else if (ip !== undefined) {
      const { address, prefix } = splitCidr(ip);
      subnets.push({ type: 'static', address, netmask: netmask(prefix), gateway: gw });
    }
    if (ip6 === 'dhcp') subnets.push({ type: 'dhcp6' });
    else if (ip6 === 'auto') subnets.push({ type: 'ipv6_slaac' });
    else if (ip6 !== undefined) subnets.push({ type: 'static6', address: ip6, gateway: gw6 });
    return { type: 'physical', name: `eth${index}`, mac_address: mac, subnets };
  });
  const { nameservers, domains } = dnsOf(model, host);
  const dns: YamlValue = {
    type: 'nameserver',
    address: nameservers.length > 0 ? nameservers : undefined,
    search: domains.length > 0 ? domains : undefined,
  };
  const hasDns = nameservers.length + domains.length > 0;
  return renderYaml({ version: 1, config: [...cards, ...(hasDns ? [dns] : [])] });
}

/** interfaces(5), with resolvconf's options for DNS: what config drives carry and cloudbase-init reads too. */
export function renderInterfaces(model: VmModel, host: HostDns): string {
  const { nameservers, domains } = dnsOf(model, host);
  const dns = [
    ...(nameservers.length > 0 ? [`dns-nameservers ${nameservers.join(' ')}`] : []),
    ...(domains.length > 0 ? [`dns-search ${domains.join(' ')}`] : []),
  ];
  const stanzas = cardsOf(model).map(({ index, ip, gw, ip6, gw6 }) => {
    const name = `eth${index}`;
    const lines = [`auto ${name}`];
    const add = (head: string, options: readonly (string | undefined)[]) =>
      lines.push(head, ...options.filter((line) => line !== undefined).map((line) => `        ${line}`));
    if (ip === 'dhcp') add(`iface ${name} inet dhcp`, dns);
    else if (ip !== undefined) {
      const { address, prefix } = splitCidr(ip);
      const gateway = gw === undefined ? undefined : `gateway ${gw}`;
      add(`iface ${name} inet static`, [`address ${address}`, `netmask ${netmask(prefix)}`, gateway, ...dns]);
    }
    if (ip6 === 'dhcp' || ip6 === 'auto') add(`iface ${name} inet6 ${ip6}`, dns);
    else if (ip6 !== undefined) {
      const { address, prefix } = splitCidr(ip6);
      const gateway = gw6 === undefined ? undefined : `gateway ${gw6}`;
      add(`iface ${name} inet6 static`, [`address ${address}`, `netmask ${prefix}`, gateway, ...dns]);
    }
    return lines.join('\n');
  });
  return `${['auto lo\niface lo inet loopback', ...stanzas].join('\n\n')}\n`;
}

function splitCidr(cidr: string): { readonly address: string; readonly prefix: number } {
  const [address = '', prefix = ''] = cidr.split('/');
  return { address, prefix: Number(prefix) };
}

/** 24 as `255.255.255.0`. */
function netmask(prefix: number): string {
  return [0, 8, 16, 24].map((before) => 256 - 2 ** (8 - Math.min(8, Math.max(0, prefix - before)))).join('.');
}
