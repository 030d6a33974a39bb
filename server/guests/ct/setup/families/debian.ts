// Debian, Devuan and Ubuntu: netplan, ifupdown or systemd-networkd, whichever the root has.
import { applyInittab, applySystemdGettys } from '../gettys.ts';
import { applyIdentity, together } from '../identity.ts';
import { applyIfupdown } from '../network/ifupdown.ts';
import { applyNetplan } from '../network/netplan.ts';
import { applyNetworkd } from '../network/networkd.ts';
import type { SetupWriter } from '../setup-writer.ts';
import type { FamilyWork } from './system-families.ts';

export async function setUpDebian({ writer, model, facts, plans }: FamilyWork): Promise<void> {
  await together([
    applyIdentity(writer, model, facts),
    applyNetwork(writer, plans),
    applySystemdGettys(writer, model),
    applyInittab(writer, model, 'sysv'),
  ]);
}

async function applyNetwork(writer: SetupWriter, plans: FamilyWork['plans']): Promise<void> {
  const has = async (...paths: string[]) => {
    for (const path of paths) if (await writer.isThere(path)) return true;
    return false;
  };
  if (await has('/usr/sbin/netplan')) await applyNetplan(writer, plans);
  else if (await has('/usr/sbin/ifup', '/sbin/ifup')) await applyIfupdown(writer, plans, 'debian');
  else if (await has('/usr/lib/systemd/systemd-networkd', '/lib/systemd/systemd-networkd'))
    await applyNetworkd(writer, plans);
}
