// The named formats that only containers have (`pve-lxc-mp-string`, `pve-ipv4-config`, ...): what each allows.
import { z } from 'zod';
import { readList } from './params.ts';
import { brokenFormat } from './property-formats.ts';

type Check = (text: string) => string | undefined;

const ipv4 = z.ipv4();
const ipv6 = z.ipv6();

/** Is it an IPv4 address in its usual notation, `192.0.2.5`? */
const isIpv4 = (text: string): boolean => ipv4.safeParse(text).success;
/** Is it an IPv6 address without a zone? */
const isIpv6 = (text: string): boolean => ipv6.safeParse(text).success;

/** Address and prefix length. Nets wider than /8 are refused, as the API's peers do: they are a slip of the pen. */
function isCidr(text: string, isAddress: (address: string) => boolean, longest: number): boolean {
  const match = /^([^/]+)\/(\d{1,3})$/.exec(text);
  return match !== null && isAddress(match[1]!) && Number(match[2]) >= 8 && Number(match[2]) <= longest;
}

/**
 * An absolute path without its repeated and trailing slashes, `/` for the root. Undefined when it is not absolute or has
 * a `.` or `..` in it: where such a path leads depends on links on the way.
 */
export function normalPath(path: string): string | undefined {
  if (!path.startsWith('/')) return undefined;
  const parts = path.split('/').filter((part) => part !== '');
  return parts.some((part) => part === '.' || part === '..') ? undefined : `/${parts.join('/')}`;
}

const checks: Readonly<Record<string, Check>> = {
  ipv4: (text) => (isIpv4(text) ? undefined : 'not an IPv4 address'),
  ipv6: (text) => (isIpv6(text) ? undefined : 'not an IPv6 address'),
  'pve-ipv4-config': (text) =>
    text === 'dhcp' || text === 'manual' || isCidr(text, isIpv4, 32)
      ? undefined
      : 'write dhcp, manual, or an address with its prefix length: 192.0.2.5/24',
  'pve-ipv6-config': (text) =>
    text === 'auto' || text === 'dhcp' || text === 'manual' || isCidr(text, isIpv6, 128)
      ? undefined
      : 'write auto, dhcp, manual, or an address with its prefix length: 2001:db8::5/64',
  'pve-lxc-dev-string': (text) =>
    (normalPath(text) ?? '').startsWith('/dev/') ? undefined : 'not a device: write its path below /dev',
  // A volume, what is to be allocated (`storage:GIBIBYTES`), or a path.
  'pve-lxc-mp-string': (text) => {
    if (text.startsWith('/')) return normalPath(text) ? undefined : "a path must not have '.' or '..' in it";
    return brokenFormat('pve-volume-id', text) === undefined
      ? undefined
      : 'write storage:name, storage:GIBIBYTES or an absolute path';
  },
  // The interface (`fe80::1%eth0`) says by which way a link-local address is reached.
  'lxc-ip-with-ll-iface-list': (text) => {
    for (const word of readList(text)) {
      const [address = '', zone, ...more] = word.split('%');
      const withZone = zone === undefined || (/^fe80:/i.test(address) && /^[\w.-]{1,15}$/.test(zone));
      if (!withZone || more.length > 0 || !(isIpv4(address) || isIpv6(address)))
        return `'${word}' is not an IP address`;
    }
    return undefined;
  },
  'dns-name-list': (text) => {
    for (const word of readList(text)) {
      const broken = brokenFormat('dns-name', word.replace(/\.$/, ''));
      if (broken !== undefined) return `'${word}': ${broken}`;
    }
    return undefined;
  },
  // A name below /usr/share/zoneinfo: it becomes a path, so nothing that leads elsewhere.
  'pve-ct-timezone': (text) =>
    /^[A-Za-z0-9][A-Za-z0-9_+-]*(\/[A-Za-z0-9][A-Za-z0-9_+-]*){0,2}$/.test(text)
      ? undefined
      : 'not a time zone: write host or a name like Europe/Rome',
};

/** The rule of a format that the text breaks, or undefined: the formats of containers, else those of all guests. */
export function brokenCtFormat(format: string, text: string): string | undefined {
  const check = Object.hasOwn(checks, format) ? checks[format] : undefined;
  return check ? check(text) : brokenFormat(format, text);
}
