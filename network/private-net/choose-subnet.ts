// Chooses the addresses of a private network so that they collide with nothing that the host knows. Pure.
import { AppError } from '../../server/core/errors.ts';
import { type Ipv4Range, overlap, readIpv4Range } from '../ipv4.ts';
import type { HostNetwork } from '../observe/observe-host.ts';

/**
 * Tried in this order. 10.86 to 10.95: rarely used by routers, container engines (172.17, 10.88), libvirt (192.168.122)
 * and Kubernetes (10.42 to 10.43, 10.96, 10.244). The others are for hosts on which a VPN has claimed all of 10/8.
 */
function* subnetCandidates(): Generator<Ipv4Range> {
  for (let second = 86; second <= 95; second += 1)
    for (let third = 1; third <= 254; third += 1) yield range(10, second, third);
  for (let second = 24; second <= 31; second += 1)
    for (let third = 1; third <= 254; third += 1) yield range(172, second, third);
  for (let third = 201; third <= 254; third += 1) yield range(192, 168, third);
}

/**
 * Every range that the host already uses: addresses of its interfaces, destinations of its routes in any table, and
 * `more` (name servers, VPN ranges that are not up). The default route claims nothing. What belongs to the bridge
 * `except` is not counted.
 */
function claimedRanges(
  host: HostNetwork,
  more: readonly string[] = [],
  except?: string,
): { readonly range: Ipv4Range; readonly by: string }[] {
  const claims: { range: Ipv4Range; by: string }[] = [];
  const add = (text: string, by: string): void => {
    const range = readIpv4Range(text);
    if (range && range.prefixLength > 0) claims.push({ range, by });
  };
  for (const link of host.links) {
    if (link.name === except) continue;
    for (const { family, address, prefixLength } of link.addresses)
      if (family === 'inet') add(`${address}/${prefixLength}`, `interface ${link.name}`);
  }
  for (const route of host.routes) {
    if (except !== undefined && route.device === except) continue;
    add(route.destination, `route ${route.destination}${route.device ? ` on ${route.device}` : ''}`);
    if (route.gateway) add(route.gateway, `gateway ${route.gateway}`);
  }
  for (const text of more) add(text, text);
  return claims;
}

/** What collides with the subnet, in words (`route 10.0.0.0/8 on tun0`); undefined when nothing does. */
export function collisionOf(
  subnet: Ipv4Range,
  host: HostNetwork,
  more: readonly string[] = [],
  except?: string,
): string | undefined {
  return claimedRanges(host, more, except).find((claim) => overlap(claim.range, subnet))?.by;
}

/** The first candidate without a collision. Throws `no-capacity` when the host's routes claim all of them. */
export function chooseSubnet(host: HostNetwork, more: readonly string[] = [], except?: string): Ipv4Range {
  const claims = claimedRanges(host, more, except);
  for (const candidate of subnetCandidates())
    if (!claims.some((claim) => overlap(claim.range, candidate))) return candidate;
  throw new AppError(
    'no-capacity',
    'no private address range is free: the routes of this host claim all of them',
  );
}

function range(first: number, second: number, third: number): Ipv4Range {
  return { network: ((first * 256 + second) * 256 + third) * 256, prefixLength: 24 };
}
