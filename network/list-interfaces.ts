// The interfaces of the node as the API's network list shows them, from what the kernel says. Pure, with one reader.
import type { HostLink, LinkAddress } from './observe/ip-json.ts';
import { type HostNetwork, type ObserveOptions, observeNetwork } from './observe/observe-host.ts';
import { readMark } from './private-net/observe-private-net.ts';

export type InterfaceType = 'bridge' | 'bond' | 'eth' | 'vlan' | 'unknown';
export type AddressMethod = 'static' | 'dhcp' | 'manual' | 'auto';

/** One line of the list; field names and meanings are the API's. */
export interface InterfaceItem {
  readonly iface: string;
  readonly type: InterfaceType;
  /** 1: switched on. Absent otherwise, as in the API. */
  readonly active?: 1;
  /** 1: there without a word from the user after each start: hardware, and what Croft makes. */
  readonly autostart?: 1;
  /** 1: a piece of hardware that is really there. */
  readonly exists?: 1;
  readonly priority: number;
  readonly families: readonly ('inet' | 'inet6')[];
  readonly method: AddressMethod;
  readonly method6: AddressMethod;
  readonly address?: string;
  /** Length of the prefix, as text. */
  readonly netmask?: string;
  readonly cidr?: string;
  readonly gateway?: string;
  readonly address6?: string;
  readonly netmask6?: number;
  readonly cidr6?: string;
  readonly mtu: number;
  /** Names separated by blanks; empty for a bridge without ports. */
  readonly bridge_ports?: string;
  readonly bridge_stp?: 'off';
  readonly bridge_fd?: '0';
  readonly bridge_vlan_aware?: 1;
  readonly slaves?: string;
  readonly 'vlan-id'?: number;
  readonly 'vlan-raw-device'?: string;
  readonly comments?: string;
}

const ourComment = "Croft's private network: DHCP, DNS and the way out through this host\n";

/** Interfaces that guests bring along; they come and go with them and are nobody's configuration. */
const guestKinds = new Set(['tun', 'veth', 'ifb', 'macvtap', 'ipvtap']);

/** The list, sorted by name. Loopback and the interfaces of guests are left out. */
export function renderInterfaces(host: HostNetwork): InterfaceItem[] {
  return host.links
    .filter((link) => link.linkType !== 'loopback' && !guestKinds.has(link.kind))
    .sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))
    .map((link, index) => renderInterface(link, host, index + 1));
}

/** Does the item pass the list's `type` filter? */
export function matchesType(item: InterfaceItem, type: string | undefined): boolean {
  if (type === undefined || type === 'include_sdn') return true;
  if (type === 'any_bridge' || type === 'any_local_bridge') return item.type === 'bridge';
  return item.type === type;
}

/** Reads the host and renders the list, filtered by the API's parameter `type`. */
export async function listInterfaces(
  options: ObserveOptions & { readonly type?: string | undefined },
): Promise<InterfaceItem[]> {
  const items = renderInterfaces(await observeNetwork(options));
  return items.filter((item) => matchesType(item, options.type));
}

function renderInterface(link: HostLink, host: HostNetwork, priority: number): InterfaceItem {
  const type = typeOf(link);
  const ours = readMark(link.alias) !== undefined;
  const v4 = link.addresses.find(({ family, scope }) => family === 'inet' && scope !== 'link');
  const v6 = link.addresses.find(({ family, scope }) => family === 'inet6' && scope !== 'link');
  const members = host.links.filter(({ master }) => master === link.name).map(({ name }) => name);
  const gateway = host.routes.find(
    (route) => route.destination === 'default' && route.device === link.name && route.table === 'main',
  )?.gateway;
  return {
    iface: link.name,
    type,
    ...(link.up ? { active: 1 } : {}),
    ...(type === 'eth' || ours ? { autostart: 1 } : {}),
    ...(type === 'eth' ? { exists: 1 } : {}),
    priority,
    families: v6 ? ['inet', 'inet6'] : ['inet'],
    method: methodOf(v4, 'dhcp'),
    method6: methodOf(v6, 'auto'),
    ...(v4
      ? { address: v4.address, netmask: String(v4.prefixLength), cidr: `${v4.address}/${v4.prefixLength}` }
      : {}),
    ...(gateway ? { gateway } : {}),
    ...(v6
      ? { address6: v6.address, netmask6: v6.prefixLength, cidr6: `${v6.address}/${v6.prefixLength}` }
      : {}),
    mtu: link.mtu,
    ...(type === 'bridge' ? { bridge_ports: members.join(' ') } : {}),
    ...(ours ? { bridge_stp: 'off', bridge_fd: '0', comments: ourComment } : {}),
    ...(link.vlanFiltering ? { bridge_vlan_aware: 1 } : {}),
    ...(type === 'bond' ? { slaves: members.join(' ') } : {}),
    ...(type === 'vlan' && link.vlanId !== undefined ? { 'vlan-id': link.vlanId } : {}),
    ...(type === 'vlan' && link.parent !== undefined ? { 'vlan-raw-device': link.parent } : {}),
  };
}

function typeOf(link: HostLink): InterfaceType {
  if (link.kind === 'bridge' || link.kind === 'bond' || link.kind === 'vlan') return link.kind;
  return link.kind === '' && link.linkType === 'ether' ? 'eth' : 'unknown';
}

function methodOf(address: LinkAddress | undefined, whenDynamic: 'dhcp' | 'auto'): AddressMethod {
  if (!address) return 'manual';
  return address.dynamic ? whenDynamic : 'static';
}
