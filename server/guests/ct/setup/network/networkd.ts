// Addresses in the words of systemd.network(5).
import type { SetupWriter } from '../setup-writer.ts';
import type { AddressPlan, NicPlan } from './network-plan.ts';

const folder = '/etc/systemd/network';
const ours = /^10-croft-.*\.network$/;

/** One file for each card; those of cards that are gone are removed. */
export async function applyNetworkd(writer: SetupWriter, plans: readonly NicPlan[]): Promise<void> {
  const names = plans.map(({ name }) => `10-croft-${name}.network`);
  for (const [index, plan] of plans.entries()) {
    await writer.put(`${folder}/${names[index]}`, renderNetworkd(plan));
  }
  for (const name of await writer.list(folder)) {
    if (ours.test(name) && !names.includes(name)) await writer.remove(`${folder}/${name}`);
  }
  if (plans.length === 0) return;
  // As `systemctl enable` does; a preset does not count any more after the first start.
  for (const unitFolder of ['/usr/lib/systemd/system', '/lib/systemd/system']) {
    const unit = `${unitFolder}/systemd-networkd.service`;
    if (!(await writer.isThere(unit))) continue;
    const wanted = '/etc/systemd/system/multi-user.target.wants/systemd-networkd.service';
    if (!(await writer.files.stat(wanted, { follow: false }).catch(() => undefined)))
      await writer.link(wanted, unit);
    return;
  }
}

function renderNetworkd({ name, ip4, ip6 }: NicPlan): string {
  const dhcp =
    ip4.kind === 'dhcp' ? (ip6.kind === 'dhcp' ? 'yes' : 'ipv4') : ip6.kind === 'dhcp' ? 'ipv6' : 'no';
  const lines = ['# Written by Croft at each start.', '[Match]', `Name=${name}`, '', '[Network]'];
  lines.push(`DHCP=${dhcp}`);
  // DHCPv6 begins with what a router says, too.
  lines.push(`IPv6AcceptRA=${ip6.kind === 'auto' || ip6.kind === 'dhcp' ? 'yes' : 'no'}`);
  for (const plan of [ip4, ip6]) {
    if (plan.kind === 'static') lines.push(`Address=${plan.address}/${plan.prefix}`);
    if (plan.gateway !== undefined && !plan.onLink) lines.push(`Gateway=${plan.gateway}`);
  }
  lines.push(...[ip4, ip6].flatMap(onLinkRoute));
  // Names of neighbours are looked up in the domain that the server tells of, and what this system is called is not its matter.
  if (ip4.kind === 'dhcp') lines.push('', '[DHCPv4]', 'UseDomains=yes', 'UseHostname=no');
  if (ip6.kind === 'dhcp') lines.push('', '[DHCPv6]', 'UseDomains=yes');
  return `${lines.join('\n')}\n`;
}

function onLinkRoute({ gateway, onLink }: AddressPlan): string[] {
  return gateway !== undefined && onLink ? ['', '[Route]', `Gateway=${gateway}`, 'GatewayOnLink=yes'] : [];
}
