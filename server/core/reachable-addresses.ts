// The addresses by which others reach this machine.
import { isIPv6 } from 'node:net';
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';

/** Interfaces of guests and of other programs; their addresses are no way to this machine. */
const notOurs = /^(veth|tap|vnet|fwbr|fwpr|fwln|virbr|lxcbr|docker|br-)/;

/** RFC 3927 and RFC 4291: what a card gives itself when nobody gave it an address. */
const linkLocal = /^(169\.254\.|fe[89ab])/i;

/**
 * Addresses of this machine without their prefix lengths, IPv4 first. Without loopback and link-local ones and without
 * those of `hidden` interfaces, such as the private network's bridge.
 */
export function reachableAddresses(
  hidden: readonly string[] = [],
  interfaces: NodeJS.Dict<NetworkInterfaceInfo[]> = networkInterfaces(),
): string[] {
  return Object.entries(interfaces)
    .filter(([name]) => !hidden.includes(name) && !notOurs.test(name))
    .flatMap(([, addresses]) => addresses ?? [])
    .filter(({ internal, address }) => !internal && !linkLocal.test(address))
    .map(({ address }) => address)
    .toSorted((one, other) => Number(isIPv6(one)) - Number(isIPv6(other)));
}
