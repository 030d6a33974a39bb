// Which addresses a download may reach: the node fetches URLs for its users, and must not become their way into itself.
import { lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { AppError } from '../core/errors.ts';

/** May a download connect to this IP address? */
export type AllowAddress = (address: string) => boolean;

const refused = new BlockList();
refused.addSubnet('0.0.0.0', 8, 'ipv4');
refused.addSubnet('127.0.0.0', 8, 'ipv4');
refused.addSubnet('169.254.0.0', 16, 'ipv4');
refused.addSubnet('224.0.0.0', 3, 'ipv4');
refused.addAddress('::', 'ipv6');
refused.addAddress('::1', 'ipv6');
refused.addSubnet('fe80::', 10, 'ipv6');
refused.addSubnet('ff00::', 8, 'ipv6');

/**
 * The rule of the appliance: not the node itself (its own services trust their loopback) and not link-local addresses
 * (the metadata services of clouds). Private networks are allowed: an office's mirror is there, and the API asks for the
 * privilege Sys.AccessNetwork (or Sys.Modify and Sys.Audit) for exactly that.
 */
export const allowOutside: AllowAddress = (address) =>
  !refused.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** A name look-up that answers allowed addresses only: checked where the connection is made, so no second answer can slip past. */
export function guardedLookup(allow: AllowAddress): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '', 0);
      const allowed = addresses.filter(({ address }) => allow(address));
      const first = allowed[0];
      if (!first) return callback(refusal(hostname), '', 0);
      if (options.all) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}

/** `forbidden` when the host of a URL is an address that is not allowed. Names are checked by `guardedLookup`. */
export function checkLiteralHost(hostname: string, allow: AllowAddress): void {
  const bare = hostname.replace(/^\[|\]$/g, '');
  if (isIP(bare) !== 0 && !allow(bare)) throw refusal(bare);
}

function refusal(hostname: string): AppError {
  const text = `'${hostname}' is an address that downloads must not reach`;
  return new AppError('forbidden', text, { fields: { url: text } });
}
