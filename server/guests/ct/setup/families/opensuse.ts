// openSUSE: wicked, NetworkManager or systemd-networkd, whichever the root has; DNS by netconfig where that writes resolv.conf.
import { applySystemdGettys } from '../gettys.ts';
import { applyDns, applyHostname, applyHosts, applyTimezone, dnsOf } from '../identity.ts';
import { applyWicked } from '../network/ifcfg.ts';
import { applyNetworkd } from '../network/networkd.ts';
import { applyNetworkManager } from '../network/nm-keyfile.ts';
import type { FamilyWork } from './system-families.ts';

const netconfig = '/etc/sysconfig/network/config';

export async function setUpOpenSuse(work: FamilyWork): Promise<void> {
  const { writer, model, facts, plans } = work;
  await applyHostname(writer, model);
  await applyHosts(writer, model, facts);
  if (/^NETCONFIG_DNS_STATIC_SERVERS=/m.test((await writer.read(netconfig)) ?? ''))
    await applyNetconfig(work);
  else await applyDns(writer, model, facts);
  await applyTimezone(writer, model, facts);
  if (await writer.isThere('/usr/sbin/wicked')) await applyWicked(writer, plans);
  else if (await writer.isThere('/usr/sbin/NetworkManager')) await applyNetworkManager(writer, plans);
  else if (await writer.isThere('/usr/lib/systemd/systemd-networkd')) await applyNetworkd(writer, plans);
  await applySystemdGettys(writer, model);
}

/** netconfig(8) merges these with what DHCP says. Only the two values change. */
async function applyNetconfig({ writer, model, facts }: FamilyWork): Promise<void> {
  const { servers, search } = dnsOf(model, facts);
  const text = (await writer.read(netconfig)) ?? '';
  const set = (all: string, key: string, value: string) =>
    all.replace(new RegExp(`^${key}=.*$`, 'm'), () => `${key}="${value}"`);
  const withServers = set(text, 'NETCONFIG_DNS_STATIC_SERVERS', servers.join(' '));
  await writer.put(netconfig, set(withServers, 'NETCONFIG_DNS_STATIC_SEARCHLIST', search));
}
