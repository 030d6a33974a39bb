// Rules for the network cards of a container: names, addresses, what goes together with a bridge and without one.
import type { CtNic } from '../ct-model.ts';
import { isFixedAddress } from './read-ct-devices.ts';

/** Adds what is wrong with the cards, under their keys. */
export function checkCtNics(nics: readonly CtNic[], wrong: Record<string, string>): void {
  const names = new Map<string, string>();
  const macs = new Map<string, string>();
  for (const nic of nics) {
    const sameName = names.get(nic.name);
    const sameMac = nic.mac === undefined ? undefined : macs.get(nic.mac);
    names.set(nic.name, nic.key);
    if (nic.mac !== undefined) macs.set(nic.mac, nic.key);
    if (sameName !== undefined) wrong[nic.key] = `has the name of ${sameName}`;
    else if (sameMac !== undefined) wrong[nic.key] = `has the MAC address of ${sameMac}`;
    else {
      const complaint = nicComplaint(nic);
      if (complaint !== undefined) wrong[nic.key] = complaint;
    }
  }
}

function nicComplaint(nic: CtNic): string | undefined {
  if (nic.name.length > 15) return 'name must not be longer than 15 characters';
  if (nic.gw !== undefined && !isFixedAddress(nic.ip)) return 'gw needs a fixed address: ip=192.0.2.5/24';
  if (nic.gw6 !== undefined && !isFixedAddress(nic.ip6))
    return 'gw6 needs a fixed address: ip6=2001:db8::5/64';
  if (nic.gw !== undefined && nic.gw === nic.ip?.split('/')[0]) return 'gw is its own address';
  if (nic.gw6 !== undefined && nic.gw6 === nic.ip6?.split('/')[0]) return 'gw6 is its own address';
  // RFC 8200, section 5: with less the kernel takes IPv6 off the interface.
  if (nic.mtu !== undefined && nic.mtu < 1280 && nic.ip6 !== undefined)
    return 'mtu must be at least 1280 for IPv6';
  const asked = [nic.ip, nic.ip6].find((word) => word === 'dhcp' || word === 'auto');
  if (nic.hostManaged && asked !== undefined) return `host-managed needs fixed addresses, not ${asked}`;
  if (nic.bridge !== undefined) {
    if (nic.tag !== undefined && nic.trunks.includes(nic.tag)) return `trunks: ${nic.tag} is its tag already`;
    return undefined;
  }
  if (asked !== undefined)
    return `${asked} needs a bridge: without one the card is routed, by fixed addresses`;
  if (nic.tag !== undefined || nic.trunks.length > 0) return 'tag and trunks need a bridge';
  return undefined;
}
