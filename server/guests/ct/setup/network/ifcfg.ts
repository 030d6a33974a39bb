// Addresses as ifcfg files: Red Hat's old network scripts, and openSUSE's wicked (ifcfg(5), ifroute(5)).
import type { SetupWriter } from '../setup-writer.ts';
import type { NicPlan } from './network-plan.ts';

const head = '# Written by Croft at each start.';
const redHatFolder = '/etc/sysconfig/network-scripts';
const suseFolder = '/etc/sysconfig/network';

export async function applyRedHatIfcfg(writer: SetupWriter, plans: readonly NicPlan[]): Promise<void> {
  for (const plan of plans) {
    await writer.put(`${redHatFolder}/ifcfg-${plan.name}`, renderRedHatIfcfg(plan));
    await routes(writer, `${redHatFolder}/route-${plan.name}`, redHatRoutes(plan, 'ip4'));
    await routes(writer, `${redHatFolder}/route6-${plan.name}`, redHatRoutes(plan, 'ip6'));
  }
  await removeGone(writer, redHatFolder, plans);
}

export async function applyWicked(writer: SetupWriter, plans: readonly NicPlan[]): Promise<void> {
  for (const plan of plans) {
    await writer.put(`${suseFolder}/ifcfg-${plan.name}`, renderWicked(plan));
    await routes(writer, `${suseFolder}/ifroute-${plan.name}`, wickedRoutes(plan));
  }
  await removeGone(writer, suseFolder, plans);
}

function renderRedHatIfcfg({ name, ip4, ip6 }: NicPlan): string {
  const lines = [head, `DEVICE=${name}`, 'ONBOOT=yes', 'NM_CONTROLLED=no'];
  lines.push(`BOOTPROTO=${ip4.kind === 'dhcp' ? 'dhcp' : 'none'}`);
  if (ip4.kind === 'static') lines.push(`IPADDR=${ip4.address}`, `PREFIX=${ip4.prefix}`);
  if (ip4.gateway !== undefined && !ip4.onLink) lines.push(`GATEWAY=${ip4.gateway}`);
  lines.push(`IPV6INIT=${ip6.kind === 'none' ? 'no' : 'yes'}`);
  if (ip6.kind !== 'none') lines.push(`IPV6_AUTOCONF=${ip6.kind === 'auto' ? 'yes' : 'no'}`);
  if (ip6.kind === 'dhcp') lines.push('DHCPV6C=yes');
  if (ip6.kind === 'static') lines.push(`IPV6ADDR=${ip6.address}/${ip6.prefix}`);
  if (ip6.gateway !== undefined && !ip6.onLink) lines.push(`IPV6_DEFAULTGW=${ip6.gateway}`);
  return `${lines.join('\n')}\n`;
}

/** Lines for `ip route add`. */
function redHatRoutes(plan: NicPlan, family: 'ip4' | 'ip6'): string[] {
  const { gateway, onLink } = plan[family];
  if (gateway === undefined || !onLink) return [];
  return [`${gateway} dev ${plan.name}`, `default via ${gateway} dev ${plan.name}`];
}

function renderWicked({ ip4, ip6 }: NicPlan): string {
  const dhcp4 = ip4.kind === 'dhcp';
  const dhcp6 = ip6.kind === 'dhcp';
  const proto = dhcp4 ? (dhcp6 ? 'dhcp' : 'dhcp4') : dhcp6 ? 'dhcp6' : 'static';
  const lines = [head, 'STARTMODE=auto', `BOOTPROTO=${proto}`];
  for (const [index, { address, prefix }] of [ip4, ip6].filter(({ kind }) => kind === 'static').entries()) {
    lines.push(`IPADDR_${index}=${address}/${prefix}`);
  }
  return `${lines.join('\n')}\n`;
}

/** Destination, gateway, netmask, interface (ifroute(5)). */
function wickedRoutes({ name, ip4, ip6 }: NicPlan): string[] {
  return [ip4, ip6].flatMap(({ gateway, onLink }) =>
    gateway === undefined
      ? []
      : [...(onLink ? [`${gateway} - - ${name}`] : []), `default ${gateway} - ${name}`],
  );
}

async function routes(writer: SetupWriter, path: string, lines: readonly string[]): Promise<void> {
  if (lines.length > 0) return writer.put(path, `${[head, ...lines].join('\n')}\n`);
  if ((await writer.read(path))?.startsWith(head)) await writer.remove(path);
}

/** Files with our first line, of cards that are gone. */
async function removeGone(writer: SetupWriter, folder: string, plans: readonly NicPlan[]): Promise<void> {
  for (const name of await writer.list(folder)) {
    const card = /^(?:ifcfg|route6?|ifroute)-(.+)$/.exec(name)?.[1];
    if (card === undefined || plans.some((plan) => plan.name === card)) continue;
    if ((await writer.read(`${folder}/${name}`))?.startsWith(head)) await writer.remove(`${folder}/${name}`);
  }
}
