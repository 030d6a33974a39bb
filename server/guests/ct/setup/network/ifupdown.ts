// Addresses in the words of interfaces(5): Debian's ifupdown, Alpine's ifupdown-ng and busybox.
import type { SetupWriter } from '../setup-writer.ts';
import type { AddressPlan, NicPlan } from './network-plan.ts';

const path = '/etc/network/interfaces';

/**
 * `alpine`: its programs know no `inet6 auto` (the kernel takes what routers say by itself), and its DHCP client tells the server
 * no name of its own accord: `hostname`.
 */
export async function applyIfupdown(
  writer: SetupWriter,
  plans: readonly NicPlan[],
  dialect: 'debian' | 'alpine',
  hostname = '',
): Promise<void> {
  const rest = (await writer.read(path)) ?? '';
  const loopback = /^\s*iface\s+lo\s+inet\s/m.test(outsideMarks(rest))
    ? []
    : ['auto lo', 'iface lo inet loopback', ''];
  const lines = [...loopback, ...plans.flatMap((plan) => [...renderStanzas(plan, dialect, hostname), ''])];
  const names = plans.map(({ name }) => name);
  await writer.block(path, lines.slice(0, -1), { edit: (text) => withoutStanzas(text, names) });
}

function renderStanzas(
  { name, ip4, ip6 }: NicPlan,
  dialect: 'debian' | 'alpine',
  hostname: string,
): string[] {
  const told =
    dialect === 'alpine' && ip4.kind === 'dhcp' && hostname !== '' ? [`\thostname ${hostname}`] : [];
  const six = ip6.kind === 'none' ? [] : stanza(name, 'inet6', ip6, dialect);
  return [`auto ${name}`, ...stanza(name, 'inet', ip4, dialect), ...told, ...six];
}

function stanza(name: string, family: 'inet' | 'inet6', plan: AddressPlan, dialect: string): string[] {
  if (plan.kind === 'none') return [`iface ${name} ${family} manual`];
  if (plan.kind !== 'static') {
    return [`iface ${name} ${family} ${plan.kind === 'auto' && dialect === 'alpine' ? 'manual' : plan.kind}`];
  }
  const { address, prefix, gateway, onLink } = plan;
  const netmask = family === 'inet' ? dottedNetmask(prefix) : prefix;
  const lines = [`iface ${name} ${family} static`, `\taddress ${address}`, `\tnetmask ${netmask}`];
  if (gateway === undefined) return lines;
  if (!onLink) return [...lines, `\tgateway ${gateway}`];
  const ip = family === 'inet' ? 'ip' : 'ip -6';
  // busybox' ip(8) has no `onlink`: a route to the gateway first.
  return [
    ...lines,
    `\tpost-up ${ip} route add ${gateway} dev ${name}`,
    `\tpost-up ${ip} route add default via ${gateway} dev ${name}`,
    `\tpre-down ${ip} route del default via ${gateway} dev ${name}`,
    `\tpre-down ${ip} route del ${gateway} dev ${name}`,
  ];
}

/** busybox' ifup takes no length for IPv4: the card would stay without an address. */
function dottedNetmask(prefix: number): string {
  return [0, 8, 16, 24].map((before) => 256 - 2 ** (8 - Math.min(8, Math.max(0, prefix - before)))).join('.');
}

/** The text without what it says about these interfaces: their stanzas, and their names in `auto` lines (interfaces(5)). */
function withoutStanzas(text: string, names: readonly string[]): string {
  let dropping = false;
  const kept = text.split('\n').flatMap((line): string[] => {
    const [word = '', ...rest] = line.trim().split(/\s+/);
    if (/^(auto|allow-[\w-]+)$/.test(word)) {
      dropping = false;
      const others = rest.filter((name) => !names.includes(name));
      if (others.length === rest.length) return [line];
      return others.length === 0 ? [] : [`${word} ${others.join(' ')}`];
    }
    if (/^(iface|mapping)$/.test(word)) dropping = names.includes(rest[0] ?? '');
    else if (/^(source|source-directory|no-auto-down|no-scripts|rename|template)$/.test(word))
      dropping = false;
    // A comment or an empty line after a stanza may belong to the next one.
    return dropping && !/^(#.*)?$/.test(line.trim()) ? [] : [line];
  });
  return kept.join('\n');
}

function outsideMarks(text: string): string {
  return text.replace(/^# --- BEGIN CROFT ---$[\s\S]*?^# --- END CROFT ---$/m, '');
}
