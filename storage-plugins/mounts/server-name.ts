// Names of servers as an administrator writes them: which are taken, and how they stand before a path.
import { isIP, isIPv6 } from 'node:net';
import { invalidInput } from '../../server/core/errors.ts';

const label = '[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?';
const hostName = new RegExp(`^(?=.{1,253}$)${label}(?:\\.${label})*$`);

/** A host name (RFC 1123) or an IP address, also link-local (`fe80::1%eth0`); `invalid-input` about `field`. */
export function readServer(field: string, value: unknown): string {
  if (typeof value !== 'string' || !(hostName.test(value) || isAddress(value)))
    throw invalidInput({ [field]: 'write a host name or an IP address' });
  return value;
}

function isAddress(text: string): boolean {
  const [address = '', zone, ...rest] = text.split('%');
  if (zone === undefined) return isIP(text) !== 0;
  return isIPv6(address) && /^[A-Za-z0-9_.-]{1,15}$/.test(zone) && rest.length === 0;
}

/** With the brackets that an IPv6 address takes before a colon and a path. */
export function serverBeforePath(server: string): string {
  return server.includes(':') ? `[${server}]` : server;
}
