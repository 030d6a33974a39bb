// SSH public keys with their fingerprints, read from lines and written as lines. Pure.
import { createHash } from 'node:crypto';
import { readSshKeyLine, type SshKeyLine } from '../contract/ssh-public-key.ts';

export interface SshPublicKey extends SshKeyLine {
  /** As ssh-keygen(1) shows it: `SHA256:` and unpadded base64. */
  readonly fingerprint: string;
}

/** The key of a line, or the rule that the line breaks. */
export function readSshPublicKey(line: string): SshPublicKey | string {
  const key = readSshKeyLine(line);
  if (typeof key === 'string') return key;
  const hash = createHash('sha256').update(key.body, 'base64').digest('base64').replace(/=+$/, '');
  return { ...key, fingerprint: `SHA256:${hash}` };
}

/** As a line of authorized_keys. */
export function renderSshPublicKey({ type, body, comment }: SshPublicKey): string {
  return [type, body, comment].filter(Boolean).join(' ');
}
