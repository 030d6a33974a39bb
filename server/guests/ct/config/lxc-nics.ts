// The network part of a container's LXC configuration, and what the driver does besides on the host's side.
import { invalidInput } from '../../../core/errors.ts';
import type { CtNicPlan } from '../ct-driver.ts';
import type { CtModel, CtNic } from '../ct-model.ts';
import { ctVethName } from '../ct-paths.ts';
import type { CtHostFacts } from './ct-host-facts.ts';
import { lxcLine } from './lxc-line.ts';
import { isFixedAddress, isRouted } from './read-ct-devices.ts';

/** 10^6, as the API has it for containers. */
const megabyte = 1_000_000;

/**
 * Every card as a pair of veth. The driver's hook plugs the host's end in before init runs: bridge, VLANs, speed limit, routes, all
 * at once, so that a card is never in its bridge without its VLAN.
 */
export function nicLines(model: CtModel, { bridges }: Pick<CtHostFacts, 'bridges'>): string[] {
  // Without any card LXC would leave the container in the host's network.
  if (model.nics.length === 0) return [lxcLine('lxc.net.0.type', 'empty')];
  return model.nics.flatMap((nic) => {
    checkBridge(nic, bridges);
    const set = (name: string, value: string | number | undefined) =>
      value === undefined ? [] : [lxcLine(`lxc.net.${nic.index}.${name}`, value)];
    return [
      ...set('type', 'veth'),
      ...set('veth.pair', ctVethName(model.vmid, nic.index)),
      ...set('name', nic.name),
      ...set('hwaddr', nic.mac),
      ...set('mtu', nic.mtu),
      ...(nic.hostManaged ? addressLines(nic, set) : []),
    ];
  });
}

/** Only for cards that the host manages: elsewhere the system inside brings its cards up, by what the set-up wrote. */
function addressLines(nic: CtNic, set: (name: string, value: string | undefined) => string[]): string[] {
  const routed = isRouted(nic);
  // `dev`: a default route through the card, whose other end answers for every address.
  const gateway = (address: string | undefined, gw: string | undefined) =>
    gw ?? (routed && isFixedAddress(address) ? 'dev' : undefined);
  return [
    ...set('flags', 'up'),
    ...set('ipv4.address', isFixedAddress(nic.ip) ? nic.ip : undefined),
    ...set('ipv4.gateway', gateway(nic.ip, nic.gw)),
    ...set('ipv6.address', isFixedAddress(nic.ip6) ? nic.ip6 : undefined),
    ...set('ipv6.gateway', gateway(nic.ip6, nic.gw6)),
  ];
}

/** Throws `invalid-input` when a card's bridge is not there, or cannot do its VLANs. */
export function checkBridge(nic: CtNic, bridges: CtHostFacts['bridges']): void {
  if (nic.bridge === undefined) return;
  const bridge = bridges.get(nic.bridge);
  if (!bridge) throw invalidInput({ [nic.key]: `bridge '${nic.bridge}' does not exist on this node` });
  if (!bridge.vlanFiltering && (nic.tag !== undefined || nic.trunks.length > 0))
    throw invalidInput({
      [nic.key]: `bridge '${nic.bridge}' knows no VLANs, so tag and trunks have no meaning there: make it VLAN-aware`,
    });
}

/** What the driver is told of a card. */
export function nicPlan(vmid: number, nic: CtNic): CtNicPlan {
  return {
    key: nic.key,
    hostName: ctVethName(vmid, nic.index),
    name: nic.name,
    rateBytesPerSecond:
      nic.rate === undefined || nic.rate === 0 ? undefined : Math.round(nic.rate * megabyte),
    linkDown: nic.linkDown,
    bridge: nic.bridge,
    tag: nic.tag,
    trunks: nic.trunks,
    mac: nic.mac ?? '',
    mtu: nic.mtu,
    routed: isRouted(nic) ? [...hostRoute(nic.ip, 32), ...hostRoute(nic.ip6, 128)] : [],
  };
}

/** The address alone: what else is in its net is not this container's. */
function hostRoute(address: string | undefined, bits: number): string[] {
  return isFixedAddress(address) ? [`${address.split('/')[0]}/${bits}`] : [];
}
