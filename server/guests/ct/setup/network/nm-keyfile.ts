// Addresses as keyfiles of NetworkManager (nm-settings-keyfile(5)).
import type { SetupWriter } from '../setup-writer.ts';
import type { AddressPlan, NicPlan } from './network-plan.ts';

const folder = '/etc/NetworkManager/system-connections';
const ours = /^croft-.*\.nmconnection$/;

export async function applyNetworkManager(writer: SetupWriter, plans: readonly NicPlan[]): Promise<void> {
  const names = plans.map(({ name }) => `croft-${name}.nmconnection`);
  for (const [index, plan] of plans.entries()) {
    // It does not read files that others can.
    await writer.put(`${folder}/${names[index]}`, renderKeyfile(plan), { mode: 0o600 });
  }
  for (const name of await writer.list(folder)) {
    if (ours.test(name) && !names.includes(name)) await writer.remove(`${folder}/${name}`);
  }
}

function renderKeyfile({ name, ip4, ip6 }: NicPlan): string {
  const lines = ['# Written by Croft at each start.', '[connection]', `id=croft-${name}`, 'type=ethernet'];
  lines.push(`interface-name=${name}`, 'autoconnect=true', 'autoconnect-priority=100');
  lines.push('', '[ipv4]', ...ip4Lines(ip4), '', '[ipv6]', ...ip6Lines(ip6));
  return `${lines.join('\n')}\n`;
}

function ip4Lines(plan: AddressPlan): string[] {
  if (plan.kind === 'dhcp') return ['method=auto'];
  return plan.kind === 'static' ? ['method=manual', ...addressLines(plan, '0.0.0.0/0')] : ['method=disabled'];
}

function ip6Lines(plan: AddressPlan): string[] {
  if (plan.kind === 'auto') return ['method=auto'];
  if (plan.kind === 'dhcp') return ['method=dhcp'];
  return plan.kind === 'static' ? ['method=manual', ...addressLines(plan, '::/0')] : ['method=link-local'];
}

function addressLines({ address, prefix, gateway, onLink }: AddressPlan, everywhere: string): string[] {
  const lines = [`address1=${address}/${prefix}`];
  if (gateway === undefined) return lines;
  return onLink
    ? [...lines, `route1=${everywhere},${gateway}`, 'route1_options=onlink=true']
    : [...lines, `gateway=${gateway}`];
}
