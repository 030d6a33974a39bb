// resolv.conf(5) and the drop-in for systemd-networkd that stands for it: reading and writing name servers. Pure.
import { isIP } from 'node:net';
import type { DnsSettings } from '../contract/node-settings.ts';
import { readList } from '../contract/params.ts';
import { brokenFormat } from '../contract/property-formats.ts';
import { invalidInput } from '../core/errors.ts';

/** Name servers in their order, at most three (MAXNS); the last `search` or `domain` counts. */
export function readResolvConf(text: string): DnsSettings {
  const servers: string[] = [];
  let search: string | undefined;
  for (const line of text.split('\n')) {
    const [word, ...values] = line.trim().split(/\s+/);
    if (word === 'nameserver' && values[0] !== undefined) servers.push(values[0]);
    // `.` is what resolved writes for none.
    if (word === 'search' || word === 'domain') search = values.filter((name) => name !== '.').join(' ');
  }
  return toSettings(servers, search);
}

export function toSettings(servers: readonly string[], search: string | undefined): DnsSettings {
  const [dns1, dns2, dns3] = servers;
  return {
    ...(dns1 === undefined ? {} : { dns1 }),
    ...(dns2 === undefined ? {} : { dns2 }),
    ...(dns3 === undefined ? {} : { dns3 }),
    ...(search ? { search } : {}),
  };
}

/** Name servers and domains of what a caller wants. Throws `invalid-input`, naming the field. */
export function checkDns(wanted: DnsSettings): { readonly servers: string[]; readonly domains: string[] } {
  const fields: Record<string, string> = {};
  const servers: string[] = [];
  for (const name of ['dns1', 'dns2', 'dns3'] as const) {
    const server = wanted[name];
    if (server === undefined || server === '') continue;
    if (isIP(server.replace(/%[\w.-]+$/, '')) === 0) fields[name] = 'not an IP address';
    else if (!servers.includes(server)) servers.push(server);
  }
  const domains = readList(wanted.search);
  for (const domain of domains) {
    const broken = brokenFormat('dns-name', domain.replace(/\.$/, ''));
    if (broken !== undefined) fields['search'] = `'${domain}': ${broken}`;
  }
  if (domains.length > 6) fields['search'] = 'at most six domains (resolv.conf(5))';
  if (Object.keys(fields).length > 0) throw invalidInput(fields);
  return { servers, domains };
}

/** The file with other servers and domains; comments and options stay. */
export function renderResolvConf(
  before: string,
  servers: readonly string[],
  domains: readonly string[],
): string {
  const kept = before
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^\s*(nameserver|search|domain)\s/.test(`${line} `));
  return `${[
    ...kept,
    ...(domains.length > 0 ? [`search ${domains.join(' ')}`] : []),
    ...servers.map((server) => `nameserver ${server}`),
  ].join('\n')}\n`;
}

/**
 * An empty assignment forgets what stood before it; `UseDNS=no`: these and no others (systemd.network(5)). Undefined when
 * there is nothing to say: the network's own servers count.
 */
export function renderDnsDropIn(servers: readonly string[], domains: readonly string[]): string | undefined {
  if (servers.length + domains.length === 0) return undefined;
  const sections = ['[DHCPv4]', '[DHCPv6]', '[IPv6AcceptRA]'];
  return `${[
    '# Written by Croft from the name servers of this node; changes made here are lost.',
    '[Network]',
    ...(servers.length > 0 ? ['DNS=', ...servers.map((server) => `DNS=${server}`)] : []),
    ...(domains.length > 0 ? ['Domains=', `Domains=${domains.join(' ')}`] : []),
    ...(servers.length > 0 ? sections.flatMap((section) => ['', section, 'UseDNS=no']) : []),
  ].join('\n')}\n`;
}
