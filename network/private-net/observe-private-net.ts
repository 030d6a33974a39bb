// Finds out how a private network is right now. Reads only.
import { readFile } from 'node:fs/promises';
import type { HostLink } from '../observe/ip-json.ts';
import type { NftChain } from '../observe/nft-json.ts';
import {
  type HostNetwork,
  type ObserveOptions,
  observeChains,
  observeForwarding,
  observeNetwork,
  observeRuleComments,
} from '../observe/observe-host.ts';
import type { ObservedNet } from '../plan.ts';
import type { DnsmasqControl, RunningDnsmasq } from './dnsmasq-process.ts';
import { natTableOf } from './nat-rules.ts';

export interface Observation {
  readonly net: ObservedNet;
  readonly host: HostNetwork;
  readonly running: readonly RunningDnsmasq[];
  /** Base chains of others that drop what no rule of theirs accepts. */
  readonly foreignDrops: readonly NftChain[];
}

/** The mark on bridges that we made, in the kernel's own note field of the link: it lives as long as the bridge. */
export function renderMark(cidr: string): string {
  return `croft-private-net ${cidr}`;
}

/** The address in our mark; undefined when the alias is not our mark. */
export function readMark(alias: string): string | undefined {
  return /^croft-private-net (\S+)$/.exec(alias)?.[1];
}

/** Looks at bridge, rules, forwarding and dnsmasq. `folder` is where this network's dnsmasq has its files. */
export async function observePrivateNet(
  bridge: string,
  folder: string,
  dnsmasq: DnsmasqControl,
  options: ObserveOptions,
): Promise<Observation> {
  const table = natTableOf(bridge);
  const [host, chains, forwarding, running, hosts] = await Promise.all([
    observeNetwork(options),
    observeChains(options),
    observeForwarding(options),
    dnsmasq.find(folder),
    readFile(hostsStampFile(folder), 'utf8').catch(() => undefined),
  ]);
  const ours = chains.some((chain) => chain.family === 'inet' && chain.table === table);
  const natComments = ours ? await observeRuleComments(table, options) : undefined;
  const link = host.links.find((candidate) => candidate.name === bridge);
  return {
    host,
    running,
    foreignDrops: chains.filter(dropsByDefault).filter((chain) => !chain.table.startsWith('croft_')),
    net: {
      ...observeLink(link),
      ports: host.links.filter((candidate) => candidate.master === bridge).map(({ name }) => name),
      forwarding,
      natComments,
      // More than one of ours: none counts as right, all are replaced by one.
      dnsmasqConf: running.length > 1 ? 'several' : running[0]?.conf,
      hosts,
    },
  };
}

/** Where the fingerprint of the reservations that dnsmasq was told last stands. */
export function hostsStampFile(folder: string): string {
  return `${folder}/hosts.told`;
}

/** Warnings about packet filters of others that our rules cannot overrule: in nftables every base chain must accept. */
export function warnOfDrops(bridge: string, drops: readonly NftChain[]): string[] {
  return drops.map(
    ({ family, table, name, hook }) =>
      `the packet filter chain '${family} ${table} ${name}' of another program drops ${
        hook === 'forward' ? 'forwarded packets' : 'incoming packets'
      } that no rule of its own accepts: guests on ${bridge} ${
        hook === 'forward' ? 'may not reach the outside' : 'may not get an address or resolve names'
      } until it accepts the interface ${bridge}`,
  );
}

function dropsByDefault(chain: NftChain): boolean {
  const ipv4 = chain.family === 'inet' || chain.family === 'ip';
  return ipv4 && chain.policy === 'drop' && (chain.hook === 'forward' || chain.hook === 'input');
}

function observeLink(
  link: HostLink | undefined,
): Pick<ObservedNet, 'link' | 'up' | 'mac' | 'markedCidr' | 'cidrs'> {
  if (!link) return { link: 'absent', up: false, mac: '', markedCidr: undefined, cidrs: [] };
  const markedCidr = readMark(link.alias);
  return {
    link: link.kind === 'bridge' && markedCidr !== undefined ? 'ours' : 'foreign',
    up: link.up,
    mac: link.mac,
    markedCidr,
    cidrs: link.addresses
      .filter(({ family }) => family === 'inet')
      .map(({ address, prefixLength }) => `${address}/${prefixLength}`),
  };
}
