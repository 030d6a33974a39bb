// Fedora, CentOS, Rocky and their like: old network scripts, NetworkManager or systemd-networkd, whichever the root has.
import { applySystemdGettys } from '../gettys.ts';
import { applyIdentity } from '../identity.ts';
import { applyRedHatIfcfg } from '../network/ifcfg.ts';
import { applyNetworkd } from '../network/networkd.ts';
import { applyNetworkManager } from '../network/nm-keyfile.ts';
import type { FamilyWork } from './system-families.ts';

export async function setUpRedHat({ writer, model, facts, plans }: FamilyWork): Promise<void> {
  await applyIdentity(writer, model, facts);
  if (await writer.isThere('/etc/sysconfig/network-scripts/ifup-eth')) {
    // The scripts do nothing without this line.
    const path = '/etc/sysconfig/network';
    if (!/^NETWORKING=yes$/m.test((await writer.read(path)) ?? '')) {
      await writer.block(path, ['NETWORKING=yes']);
    }
    await applyRedHatIfcfg(writer, plans);
  } else if (await writer.isThere('/usr/sbin/NetworkManager')) await applyNetworkManager(writer, plans);
  else if (await writer.isThere('/usr/lib/systemd/systemd-networkd')) await applyNetworkd(writer, plans);
  await applySystemdGettys(writer, model);
}
