// Arch Linux: systemd-networkd.
import { applySystemdGettys } from '../gettys.ts';
import { applyIdentity } from '../identity.ts';
import { applyNetworkd } from '../network/networkd.ts';
import type { FamilyWork } from './system-families.ts';

export async function setUpArchLinux({ writer, model, facts, plans }: FamilyWork): Promise<void> {
  await applyIdentity(writer, model, facts);
  await applyNetworkd(writer, plans);
  await applySystemdGettys(writer, model);
}
