// What the console's questions take as an answer: the shape of each value, and a sentence about what is wrong. Pure.

import { BlockList, isIP } from 'node:net';
import { rootPassword } from '../../contract/answer-file.ts';

/** What is wrong with a value; undefined when nothing is. */
export type Problem = string | undefined;

/** Never repeats the password. The limits are those of the installer, whose check decides. */
export function passwordProblem(password: string): Problem {
  if ([...password].length < rootPassword.shortestCharacters)
    return `At least ${rootPassword.shortestCharacters} characters.`;
  const { longestBytes } = rootPassword;
  if (Buffer.byteLength(password) > longestBytes) return `At most ${longestBytes} bytes.`;
  return /[\x00-\x1f\x7f]/.test(password) ? 'No control characters.' : undefined;
}

/** A name, with its domain or without (RFC 1123, 2.1). */
export function hostnameProblem(name: string): Problem {
  if (/^\d+(\.|$)/.test(name)) return 'A name of digits only looks like a number.';
  const labels = name.split('.');
  const good = labels.every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(label));
  return good && name.length <= 253
    ? undefined
    : 'Letters, digits and hyphens only, no hyphen at either end.';
}

export function addressProblem(text: string): Problem {
  const [address = '', prefix = '', ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || address.includes('%') || rest.length > 0)
    return 'That is no address such as 192.0.2.10/24.';
  const longest = family === 4 ? 32 : 128;
  const good = /^\d{1,3}$/.test(prefix) && Number(prefix) >= 1 && Number(prefix) <= longest;
  return good
    ? undefined
    : `The length of the network's prefix is missing or wrong: ${address}/24 for instance.`;
}

/** Of a machine with the address `cidr`. */
export function gatewayProblem(gateway: string, cidr: string): Problem {
  const [address = '', prefix = '0'] = cidr.split('/');
  const family = isIP(gateway);
  if (family === 0 || gateway.includes('%')) return 'That is no IP address.';
  if (family !== isIP(address)) return `It must be of the same kind as ${address}.`;
  if (family === 6 && /^fe[89ab]/i.test(gateway)) return undefined;
  const network = new BlockList();
  network.addSubnet(address, Number(prefix), family === 4 ? 'ipv4' : 'ipv6');
  return network.check(gateway, family === 4 ? 'ipv4' : 'ipv6')
    ? undefined
    : `It is not in the network of ${cidr}.`;
}

export function nameServersProblem(servers: readonly string[]): Problem {
  const wrong = servers.find((server) => isIP(server) === 0 || server.includes('%'));
  if (wrong !== undefined) return 'Only IP addresses, separated by blanks.';
  if (servers.length > 3) return 'At most three are used.';
  return new Set(servers).size < servers.length ? 'One is there twice.' : undefined;
}

/** Words separated by blanks or commas. */
export function readWords(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== '');
}

export function timezoneProblem(zone: string): Problem {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return /^[A-Z]/.test(zone) ? undefined : 'A name such as Europe/Rome, with capital letters as there.';
  } catch {
    return 'There is no such time zone. A name such as Europe/Rome or UTC.';
  }
}

export function keyboardProblem(name: string): Problem {
  return /^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$/.test(name)
    ? undefined
    : 'A keymap such as us, it, gr, ru or pt-latin1.';
}

export function sshKeyProblem(key: string): Problem {
  if (key.includes('PRIVATE KEY'))
    return 'That is a private key. Give the public one (the file that ends in .pub).';
  return /^(ssh|ecdsa|sk)-[a-z0-9@.-]+ [A-Za-z0-9+/]{30,}={0,2}( .*)?$/.test(key)
    ? undefined
    : 'One line as in a .pub file: ssh-ed25519 AAAA... or ssh-rsa AAAA...';
}

/** The item with this number, counted from 1. */
export function pick<Item>(typed: string, items: readonly Item[]): Item | undefined {
  return /^\d{1,3}$/.test(typed) ? items[Number(typed) - 1] : undefined;
}
