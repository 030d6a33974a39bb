// What lists show of a guest by its agent's word: addresses and operating system. The word is hostile until it is read here. Pure.
import { isIP } from 'node:net';

export interface AgentFacts {
  /** IP addresses in their usual notation; none of them is the guest's own loop or of one link only. */
  readonly addresses: readonly string[];
  /** `Debian GNU/Linux 12 (bookworm)`. */
  readonly os: string | undefined;
}

/** As many as a list can show; a guest with thousands of containers has as many cards. */
export const mostAddresses = 16;
export const longestOs = 80;
/** Cards looked at, and addresses of each, whatever an answer holds. */
const mostLookedAt = 256;

/** Of the answer to `guest-network-get-interfaces` (QEMU's qga/qapi-schema.json); what does not have its form is left out. */
export function readAgentAddresses(answer: unknown): string[] {
  const found = new Set<string>();
  for (const card of listOf(answer)) {
    for (const entry of listOf(fieldOf(card, 'ip-addresses'))) {
      const address = fieldOf(entry, 'ip-address');
      if (typeof address === 'string' && isShown(address)) found.add(address.toLowerCase());
      if (found.size === mostAddresses) return [...found];
    }
  }
  return [...found];
}

/** Of the answer to `guest-get-osinfo`: one short line of letters and signs, or nothing. */
export function readAgentOs(answer: unknown): string | undefined {
  for (const field of ['pretty-name', 'name']) {
    const text = fieldOf(answer, field);
    if (typeof text !== 'string') continue;
    const line = text
      .slice(0, 4 * longestOs)
      // Controls, marks of direction and everything else that is not seen.
      .replaceAll(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ')
      .replaceAll(/\s+/g, ' ')
      .trim();
    if (line !== '') return [...line].slice(0, longestOs).join('');
  }
  return undefined;
}

function isShown(address: string): boolean {
  const version = address.length > 45 ? 0 : isIP(address);
  if (version === 4) return !/^(127|0)\.|^169\.254\./.test(address);
  // RFC 4291: the loop, the unspecified, and those of one link (fe80::/10).
  return version === 6 && !address.includes('%') && !/^(::1?$|fe[89ab])/i.test(address);
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value.slice(0, mostLookedAt) : [];
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}
