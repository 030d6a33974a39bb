// What the resources of VMs and containers have in common. Pure.
import type { HclBlock } from './as-hcl.ts';
import type { TakenParams, TakenProperties } from './as-taken.ts';
import { words } from './plain-rules.ts';

/** A name of Terraform's own: letters, digits, `_` and `-`, not beginning with a digit. */
export function resourceLabel(name: string | undefined, vmid: number): string {
  const label = (name ?? '').replaceAll(/[^A-Za-z0-9_-]+/g, '_').slice(0, 64);
  return /^[A-Za-z_]/.test(label) ? label : `guest_${vmid}`;
}

export function tagsOf(tags: string | undefined): string[] | undefined {
  return tags === undefined ? undefined : words(tags).sort();
}

/** `local:32` allocates 32 GiB; undefined for a volume that is there, and for a part of a GiB. */
export function allocationOf(text: string): { storage: string; gib: number } | undefined {
  const match = /^([A-Za-z][\w.-]*):(\d{1,7})$/.exec(text);
  return match ? { storage: match[1] ?? '', gib: Number(match[2]) } : undefined;
}

/** Servers and a domain for names; undefined when the request names neither. */
export function dnsBlock(given: TakenParams): HclBlock | undefined {
  const domain = given.text('searchdomain');
  const servers = given.text('nameserver');
  if (domain === undefined && servers === undefined) return undefined;
  return { name: 'dns', attributes: { domain, servers: servers === undefined ? undefined : words(servers) } };
}

/** The addresses of a card, out of `text`; `key` is the parameter that holds them. */
export function addressBlock(given: TakenParams, key: string, text: TakenProperties): HclBlock {
  const family = (name: 'ipv4' | 'ipv6', ip: 'ip' | 'ip6', gw: 'gw' | 'gw6') => {
    const address = text.text(ip);
    const gateway = text.text(gw);
    if (address === undefined) return undefined;
    if (address === 'dhcp' || address.includes('/')) return { name, attributes: { address, gateway } };
    // The provider documents neither `auto` nor `manual`.
    given.miss(`${key}: ${ip}=${address}`);
    return undefined;
  };
  return {
    name: 'ip_config',
    attributes: {},
    blocks: [family('ipv4', 'ip', 'gw'), family('ipv6', 'ip6', 'gw6')],
  };
}

export function startupBlock(given: TakenParams): HclBlock | undefined {
  return given.properties('startup', (startup) => ({
    name: 'startup',
    attributes: {
      order: (startup.text('order') ?? startup.lead) || undefined,
      up_delay: startup.text('up'),
      down_delay: startup.text('down'),
    },
  }));
}
