// Reads what `ip -j` prints: links with their addresses, and routes. Pure.
import { AppError } from '../../server/core/errors.ts';

export interface LinkAddress {
  readonly family: 'inet' | 'inet6';
  readonly address: string;
  readonly prefixLength: number;
  /** `global`, `link`, `host`. */
  readonly scope: string;
  /** Given by DHCP or router advertisement: it expires. */
  readonly dynamic: boolean;
}

export interface HostLink {
  readonly name: string;
  /** The kernel's kind: `bridge`, `veth`, `tun`, `bond`, `vlan`, ...; empty for hardware and loopback. */
  readonly kind: string;
  /** `ether`, `loopback`, `none`, ... */
  readonly linkType: string;
  readonly mac: string;
  readonly mtu: number;
  /** Switched on by the administrator (not: has a carrier). */
  readonly up: boolean;
  /** The bridge or bond it is a port of. */
  readonly master: string | undefined;
  /** Free text set with `ip link set alias`. */
  readonly alias: string;
  readonly addresses: readonly LinkAddress[];
  /** Of bridges: do they filter VLANs? Of VLANs: number and parent. */
  readonly vlanFiltering: boolean;
  readonly vlanId: number | undefined;
  readonly parent: string | undefined;
}

export interface HostRoute {
  /** In CIDR notation, a bare address for a range of one, or `default`. */
  readonly destination: string;
  readonly device: string | undefined;
  readonly gateway: string | undefined;
  /** `main`, `local`, a number, ... */
  readonly table: string;
  /** `unicast`, `local`, `broadcast`, `blackhole`, ... */
  readonly type: string;
}

type JsonObject = Readonly<Record<string, unknown>>;

/** Links and addresses from the output of `ip -j -d addr`. Throws `command-failed` when it is not that. */
export function readLinks(output: string): HostLink[] {
  return readArray(output, 'ip addr').map((link) => {
    const info = objectOf(link['linkinfo']);
    const data = objectOf(info['info_data']);
    return {
      name: textOf(link['ifname']),
      kind: textOf(info['info_kind']),
      linkType: textOf(link['link_type']),
      mac: textOf(link['address']),
      mtu: Number(link['mtu'] ?? 0),
      up: Array.isArray(link['flags']) && link['flags'].includes('UP'),
      master: optionalText(link['master']),
      alias: textOf(link['ifalias']),
      addresses: arrayOf(link['addr_info']).filter(isIpAddress).map(readAddress),
      vlanFiltering: data['vlan_filtering'] === 1,
      vlanId: typeof data['id'] === 'number' ? data['id'] : undefined,
      parent: optionalText(link['link']),
    };
  });
}

/** Routes from the output of `ip -j route show table all`. Throws `command-failed` when it is not that. */
export function readRoutes(output: string): HostRoute[] {
  return readArray(output, 'ip route').map((route) => ({
    destination: textOf(route['dst']),
    device: optionalText(route['dev']),
    gateway: optionalText(route['gateway']),
    table: textOf(route['table']) || 'main',
    type: textOf(route['type']) || 'unicast',
  }));
}

function isIpAddress(address: JsonObject): boolean {
  return address['family'] === 'inet' || address['family'] === 'inet6';
}

function readAddress(address: JsonObject): LinkAddress {
  return {
    family: address['family'] === 'inet6' ? 'inet6' : 'inet',
    address: textOf(address['local']),
    prefixLength: Number(address['prefixlen'] ?? 0),
    scope: textOf(address['scope']),
    dynamic: address['dynamic'] === true,
  };
}

function readArray(output: string, command: string): JsonObject[] {
  // `ip -j` prints nothing at all, not even brackets, in some versions when there is nothing to list.
  if (output.trim() === '') return [];
  try {
    return arrayOf(JSON.parse(output)).filter((item) => Object.keys(item).length > 0);
  } catch (cause) {
    throw new AppError('command-failed', `read the answer of ${command}: not JSON`, {
      detail: output.slice(0, 2000),
      cause,
    });
  }
}

function arrayOf(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.map(objectOf) : [];
}

function objectOf(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null ? (value as JsonObject) : {};
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function optionalText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
