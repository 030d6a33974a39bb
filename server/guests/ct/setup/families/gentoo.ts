// Gentoo: names and DNS, its inittab, and systemd-networkd or netifrc.
import { applyInittab, applySystemdGettys } from '../gettys.ts';
import { applyDns, applyHostname, applyHosts, applyTimezone, shortName } from '../identity.ts';
import type { AddressPlan, NicPlan } from '../network/network-plan.ts';
import { applyNetworkd } from '../network/networkd.ts';
import type { FamilyWork } from './system-families.ts';

export async function setUpGentoo({ writer, model, facts, plans }: FamilyWork): Promise<void> {
  await applyHosts(writer, model, facts);
  await applyDns(writer, model, facts);
  await applyTimezone(writer, model, facts);
  if (await writer.isThere('/etc/init.d/net.lo')) {
    await writer.block('/etc/conf.d/hostname', [`hostname="${shortName(model)}"`]);
    await writer.block('/etc/conf.d/net', plans.flatMap(renderNetifrc));
    for (const { name } of plans) {
      await writer.link(`/etc/init.d/net.${name}`, 'net.lo');
      await writer.link(`/etc/runlevels/default/net.${name}`, `/etc/init.d/net.${name}`);
    }
    // Links of cards that are gone would be started in vain.
    for (const name of await writer.list('/etc/runlevels/default')) {
      const card = /^net\.(.+)$/.exec(name)?.[1];
      if (card !== undefined && card !== 'lo' && !plans.some((plan) => plan.name === card))
        await writer.remove(`/etc/runlevels/default/${name}`);
    }
  } else {
    await applyHostname(writer, model);
    if (await writer.isThere('/usr/lib/systemd/systemd-networkd')) await applyNetworkd(writer, plans);
  }
  await applySystemdGettys(writer, model);
  await applyInittab(writer, model, 'gentoo');
}

/** https://wiki.gentoo.org/wiki/Netifrc: each line of a value is an address, or what `ip route add` takes. */
function renderNetifrc({ name, ip4, ip6 }: NicPlan): string[] {
  const addresses = [ip4, ip6].flatMap(addressOf);
  const routes = [ip4, ip6].flatMap(({ gateway, onLink }) =>
    gateway === undefined ? [] : [...(onLink ? [gateway] : []), `default via ${gateway}`],
  );
  const value = (lines: readonly string[]) => `"${lines.join('\n')}"`;
  const key = name.replace(/\W/g, '_');
  const config = `config_${key}=${value(addresses.length === 0 ? ['null'] : addresses)}`;
  return routes.length === 0 ? [config] : [config, `routes_${key}=${value(routes)}`];
}

function addressOf({ kind, address, prefix }: AddressPlan): string[] {
  if (kind === 'static') return [`${address}/${prefix}`];
  return kind === 'dhcp' ? ['dhcp'] : [];
}
