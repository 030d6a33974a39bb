// Arch Linux: systemd-networkd.
import { applySystemdGettys } from '../gettys.ts';
import { applyDns, applyHostname, applyHosts, applyTimezone } from '../identity.ts';
import { applyNetworkd } from '../network/networkd.ts';
import type { FamilyWork } from './system-families.ts';

export async function setUpArchLinux({ writer, model, facts, plans }: FamilyWork): Promise<void> {
  await applyHostname(writer, model);
  await applyHosts(writer, model, facts);
  await applyDns(writer, model, facts);
  await applyTimezone(writer, model, facts);
  await applyNetworkd(writer, plans);
  await applySystemdGettys(writer, model);
}
