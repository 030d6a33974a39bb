// Arithmetic of IPv4 addresses and ranges in CIDR notation.
import { AppError } from '../server/core/errors.ts';

/** A range of addresses: the network address as an unsigned number, and the length of the prefix. */
export interface Ipv4Range {
  readonly network: number;
  readonly prefixLength: number;
}

/** An address as an unsigned 32-bit number; undefined when the text is not four decimal numbers of 0 to 255. */
export function readIpv4(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = value * 256 + Number(part);
  }
  return value;
}

/** The dotted form of an unsigned 32-bit number. */
export function renderIpv4(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
}

/** `10.0.0.7/24` or a bare address (a range of one) as a range; host bits are cut off. Undefined when it is not one. */
export function readIpv4Range(text: string): Ipv4Range | undefined {
  const [address, prefix = '32', ...rest] = text.split('/');
  const value = readIpv4(address ?? '');
  if (value === undefined || rest.length > 0 || !/^\d{1,2}$/.test(prefix) || Number(prefix) > 32)
    return undefined;
  const prefixLength = Number(prefix);
  return { network: firstOf(value, prefixLength), prefixLength };
}

/** As `readIpv4Range`; throws `invalid-input` instead of answering undefined. */
export function mustReadIpv4Range(text: string): Ipv4Range {
  const range = readIpv4Range(text);
  if (!range) throw new AppError('invalid-input', `'${text}' is not an IPv4 range such as 10.1.2.0/24`);
  return range;
}

/** Number of addresses in the range, network and broadcast address included. */
export function sizeOf(range: Ipv4Range): number {
  return 2 ** (32 - range.prefixLength);
}

/** Has the range the address? */
export function contains(range: Ipv4Range, address: number): boolean {
  return address >= range.network && address < range.network + sizeOf(range);
}

/** Have the two ranges an address in common? */
export function overlap(a: Ipv4Range, b: Ipv4Range): boolean {
  return a.network < b.network + sizeOf(b) && b.network < a.network + sizeOf(a);
}

/** `255.255.255.0` for 24. */
export function netmaskOf(prefixLength: number): string {
  return renderIpv4(2 ** 32 - 2 ** (32 - prefixLength));
}

function firstOf(address: number, prefixLength: number): number {
  const size = 2 ** (32 - prefixLength);
  return Math.floor(address / size) * size;
}
