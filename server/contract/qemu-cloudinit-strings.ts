// Values of a VM's cloud-init keys: `ip=192.0.2.5/24,gw=192.0.2.1`, `user=local:snippets/user.yaml`, addresses, domains, names, keys.
import { brokenCtFormat } from './lxc-formats.ts';
import { readList } from './params.ts';
import { brokenFormat } from './property-formats.ts';
import { type PropertyCodec, type PropertySchema, propertyCodec } from './property-string.ts';

const text = { type: 'text', optional: true } as const;
const snippet = { type: 'text', format: 'pve-volume-id', optional: true } as const;

/** Format `pve-qm-ipconfig`. Whatever is left out is not set up; nothing at all means DHCP for both. */
export const ipConfigString = propertyCodec({ gw: text, gw6: text, ip: text, ip6: text });

/** Format `pve-qm-cicustom`: files of a storage that replace, or with `vendor` add to, what is generated. */
export const ciCustomString = propertyCodec({
  meta: snippet,
  network: snippet,
  user: snippet,
  vendor: snippet,
});

const ipConfigFormats = {
  gw: 'ipv4',
  gw6: 'ipv6',
  ip: 'pve-ipv4-config',
  ip6: 'pve-ipv6-config',
} as const;
/** The rule that a text breaks, or undefined. */
type Check = (text: string) => string | undefined;

const byCodec =
  <S extends PropertySchema>(codec: PropertyCodec<S>): Check =>
  (text) => {
    const parsed = codec.parse(text);
    return parsed.ok ? undefined : parsed.error;
  };

export const brokenCiCustom: Check = byCodec(ciCustomString);

/** A gateway belongs to a fixed address: DHCP and router advertisements bring their own. */
export const brokenIpConfig: Check = (text) => {
  const parsed = ipConfigString.parse(text);
  if (!parsed.ok) return parsed.error;
  for (const key of ['gw', 'gw6', 'ip', 'ip6'] as const) {
    const value = parsed.value[key];
    if (value === 'manual') return `${key}: leave it out to have it set up by hand`;
    const broken = value === undefined ? undefined : brokenCtFormat(ipConfigFormats[key], value);
    if (broken !== undefined) return `${key}: ${broken}`;
  }
  for (const [gateway, address] of [
    ['gw', 'ip'],
    ['gw6', 'ip6'],
  ] as const) {
    if (parsed.value[gateway] !== undefined && !parsed.value[address]?.includes('/'))
      return `${gateway}: needs a fixed address in ${address}`;
  }
  return undefined;
};

export const brokenNameservers: Check = (text) => {
  const bad = readList(text).find(
    (word) => brokenCtFormat('ipv4', word) !== undefined && brokenCtFormat('ipv6', word) !== undefined,
  );
  return bad === undefined ? undefined : `'${bad}' is not an IP address`;
};

export const brokenSearchDomains: Check = (text) => brokenCtFormat('dns-name-list', text);

/** Names of Windows may hold blanks; what no system takes, and what would end a line of a file, is refused. */
export const brokenCiUser: Check = (text) =>
  /^[^\s\x00-\x1f\x7f-\x9f:,/\\"'-][^\x00-\x1f\x7f-\x9f\u2028\u2029:,/\\"']{0,63}$/.test(text)
    ? undefined
    : "not a user name: at most 64 characters, without : , / \\ and quotes, and no '-' or blank first";

/** openssl-passwd(1) would cut off what is longer. */
const longestPasswordBytes = 256;

/** Never in the text of an error: the text is the password. */
export const brokenCiPassword: Check = (text) => {
  if (text === '' || /[\x00-\x1f\x7f\u2028\u2029]/.test(text)) return 'must be one line';
  return new TextEncoder().encode(text).length > longestPasswordBytes
    ? `at most ${longestPasswordBytes} bytes`
    : undefined;
};

const mostKeysBytes = 64 * 1024;
/** sshd(8), "AUTHORIZED_KEYS FILE FORMAT": options, type, base64, comment. */
const publicKeyLine =
  /^(?:[^\x00-\x1f\x7f]+ )?(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-[a-z0-9-]+|sk-[a-z0-9@.-]+|ssh-[a-z0-9@.-]+) AAAA[A-Za-z0-9+/]+={0,2}(?: [^\x00-\x1f\x7f-\x9f\u2028\u2029]*)?$/;

export const brokenSshKeys: Check = (text) => {
  if (text.length > mostKeysBytes) return `at most ${mostKeysBytes} bytes`;
  const broken = brokenFormat('urlencoded', text);
  if (broken !== undefined) return broken;
  try {
    decodeURIComponent(text);
  } catch {
    return 'not URL-encoded text';
  }
  const bad = readSshKeys(text).findIndex((line) => !publicKeyLine.test(line));
  return bad < 0 ? undefined : `key ${bad + 1} is not a public SSH key`;
};

/** The lines of URL-encoded keys, without empty ones and comments. */
export function readSshKeys(text: string): string[] {
  return decodeURIComponent(text)
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}
