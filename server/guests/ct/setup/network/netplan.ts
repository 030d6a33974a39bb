// Addresses in netplan's YAML (https://netplan.readthedocs.io/en/stable/netplan-yaml/).
import type { SetupWriter } from '../setup-writer.ts';
import type { NicPlan } from './network-plan.ts';

/** Late in the order: what it says of a card wins over the template's own files. */
const path = '/etc/netplan/90-croft.yaml';

export async function applyNetplan(writer: SetupWriter, plans: readonly NicPlan[]): Promise<void> {
  if (plans.length === 0) return writer.remove(path);
  // netplan complains about files that others can read.
  await writer.put(path, renderNetplan(plans), { mode: 0o600 });
}

function renderNetplan(plans: readonly NicPlan[]): string {
  const lines = ['# Written by Croft at each start.', 'network:', '  version: 2', '  ethernets:'];
  for (const { name, ip4, ip6 } of plans) {
    lines.push(`    ${name}:`, `      dhcp4: ${ip4.kind === 'dhcp'}`, `      dhcp6: ${ip6.kind === 'dhcp'}`);
    lines.push(`      accept-ra: ${ip6.kind === 'auto' || ip6.kind === 'dhcp'}`);
    const fixed = [ip4, ip6].filter(({ kind }) => kind === 'static');
    if (fixed.length > 0) lines.push('      addresses:');
    for (const { address, prefix } of fixed) lines.push(`        - "${address}/${prefix}"`);
    const routes = fixed.filter(({ gateway }) => gateway !== undefined);
    if (routes.length > 0) lines.push('      routes:');
    for (const plan of routes) {
      lines.push(
        `        - to: "${plan === ip4 ? '0.0.0.0/0' : '::/0'}"`,
        `          via: "${plan.gateway}"`,
      );
      if (plan.onLink) lines.push('          on-link: true');
    }
  }
  return `${lines.join('\n')}\n`;
}
