// IP addresses as text and as numbers: what a form needs to tell a good address from a slip. Pure.

export interface IpAddress {
  readonly version: 4 | 6;
  readonly value: bigint;
}

export interface Cidr extends IpAddress {
  readonly prefix: number;
}

const bitsOf = { 4: 32, 6: 128 } as const;

/** Reads `192.0.2.10` or `2001:db8::10`; undefined when it is no address. Zones (`%eth0`) are refused. */
export function readIp(text: string): IpAddress | undefined {
  return text.includes(':') ? readIp6(text) : readIp4(text);
}

function readIp4(text: string): IpAddress | undefined {
  const parts = text.split('.');
  // No leading zeros: some programs read them as octal.
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256))
    return undefined;
  return { version: 4, value: parts.reduce((sum, part) => sum * 256n + BigInt(part), 0n) };
}

/** RFC 4291, section 2.2: groups, one `::`, an IPv4 address in the last two groups. */
function readIp6(text: string): IpAddress | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [before, after] = halves.map(groupsOf);
  if (!before || (halves.length === 2 && !after)) return undefined;
  const missing = 8 - before.length - (after?.length ?? 0);
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...before, ...Array<number>(missing).fill(0), ...(after ?? [])];
  return { version: 6, value: groups.reduce((sum, group) => (sum << 16n) + BigInt(group), 0n) };
}

function groupsOf(half: string): number[] | undefined {
  if (half === '') return [];
  const parts = half.split(':');
  const last = parts.at(-1) ?? '';
  const tail: number[] = [];
  if (last.includes('.')) {
    const ip4 = readIp4(last);
    if (!ip4) return undefined;
    parts.pop();
    tail.push(Number(ip4.value >> 16n), Number(ip4.value & 0xffffn));
  }
  if (!parts.every((part) => /^[0-9a-f]{1,4}$/i.test(part))) return undefined;
  return [...parts.map((part) => Number.parseInt(part, 16)), ...tail];
}

/** Reads `192.0.2.10/24`; undefined without a prefix or with one that is too long. */
export function readCidr(text: string): Cidr | undefined {
  const [address = '', prefixText = '', ...rest] = text.split('/');
  const ip = readIp(address);
  if (!ip || rest.length > 0 || !/^(0|[1-9]\d{0,2})$/.test(prefixText)) return undefined;
  const prefix = Number(prefixText);
  return prefix > bitsOf[ip.version] ? undefined : { ...ip, prefix };
}

/** Is the address in the subnet? An address of the other version is not. */
export function isInside(ip: IpAddress, net: Cidr): boolean {
  if (ip.version !== net.version) return false;
  const host = BigInt(bitsOf[net.version] - net.prefix);
  return ip.value >> host === net.value >> host;
}

/** The first and the last address of an IPv4 subnet are nobody's, unless it is a link of two or a host (RFC 3021). */
export function isNetworkOrBroadcast(net: Cidr): boolean {
  if (net.version === 6 || net.prefix > 30) return false;
  const mask = (1n << BigInt(32 - net.prefix)) - 1n;
  const host = net.value & mask;
  return host === 0n || host === mask;
}

/** 127.0.0.0/8, ::1, 0.0.0.0 and ::, multicast: no machine has them as its address in a network. */
export function isUnusable(ip: IpAddress): boolean {
  if (ip.version === 6) return ip.value < 2n || ip.value >> 120n === 0xffn;
  const first = Number(ip.value >> 24n);
  return first === 0 || first === 127 || first >= 224;
}
