// Renders the packet filter rules of one private network: the way out, and nothing else. Pure.
import { fingerprintOf } from './dnsmasq-conf.ts';
import type { PrivateNet } from './private-net.ts';

export interface NatRules {
  readonly table: string;
  /** For `nft -f -`: replaces the whole table in one transaction. */
  readonly script: string;
  /** What `observeRuleComments` finds when exactly these rules are loaded. */
  readonly comments: readonly string[];
}

/** The table (family `inet`) that belongs to the bridge, and to us alone. */
export function natTableOf(bridge: string): string {
  return `croft_${bridge}`;
}

/**
 * Guests may go anywhere; answers and forwarded ports come back in; everything else from outside is refused. Every rule
 * carries the fingerprint of the whole set and its number, by which a missing or foreign rule is noticed.
 */
export function renderNatRules(net: Pick<PrivateNet, 'name' | 'subnet'>): NatRules {
  const table = natTableOf(net.name);
  const bridge = `"${net.name}"`;
  const outside = `{ ${net.subnet}, 224.0.0.0/4, 255.255.255.255 }`;
  const chains = [
    {
      name: 'input',
      base: 'type filter hook input priority filter; policy accept;',
      rules: [`iifname ${bridge} udp dport { 53, 67 } accept`, `iifname ${bridge} tcp dport 53 accept`],
    },
    {
      name: 'forward',
      base: 'type filter hook forward priority filter; policy accept;',
      rules: [
        // Uplinks with a smaller packet size (tunnels, PPPoE) whose path discovery is broken would stall TCP.
        `iifname ${bridge} tcp flags syn tcp option maxseg size set rt mtu`,
        `iifname ${bridge} accept`,
        `oifname ${bridge} ct state established,related accept`,
        `oifname ${bridge} ct status dnat accept`,
        `oifname ${bridge} reject with icmpx admin-prohibited`,
      ],
    },
    {
      name: 'postrouting',
      base: 'type nat hook postrouting priority srcnat; policy accept;',
      rules: [`ip saddr ${net.subnet} ip daddr != ${outside} oifname != ${bridge} masquerade`],
    },
  ];
  const mark = fingerprintOf(JSON.stringify(chains));
  let number = 0;
  const comments: string[] = [];
  const body = chains.map(({ name, base, rules }) => {
    const lines = rules.map((rule) => {
      number += 1;
      const comment = `croft ${mark} ${number}`;
      comments.push(`${name}: ${comment}`);
      return `    ${rule} comment "${comment}"`;
    });
    return [`  chain ${name} {`, `    ${base}`, ...lines, '  }'].join('\n');
  });
  const script = [
    `table inet ${table}`,
    `delete table inet ${table}`,
    `table inet ${table} {`,
    ...body,
    '}',
    '',
  ];
  return { table, script: script.join('\n'), comments };
}
