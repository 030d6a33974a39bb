// SSH public keys as people paste them: one a line, with empty lines and comments between. Pure.
import { sshKeyTypes } from '../../server/contract/ssh-public-key.ts';

const types = sshKeyTypes.join('|').replaceAll('.', '\\.');
const publicKey = new RegExp(`^(${types}) ([A-Za-z0-9+/]{32,}={0,3})(?: (.*))?$`);
const privateKey = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;

/** The keys of a text: lines without surrounding blanks, each once. */
export function readSshKeys(text: string): string[] {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  return [...new Set(lines)];
}

export type SshKeyProblem = 'sshKey' | 'privateKey';

/** A line taken apart. */
export interface SshKey {
  readonly line: string;
  readonly problem: SshKeyProblem | undefined;
  /** Empty when it is no key. */
  readonly type: string;
  /** Base64. */
  readonly body: string;
  /** Often whose it is; may be empty. */
  readonly comment: string;
}

/** Every line with what is wrong with it. `kept`: lines that were there before, and are nobody's slip. */
export function lookAtSshKeys(text: string, kept: readonly string[] = []): SshKey[] {
  // Of a private key all lines are wrong: one word for it is enough.
  if (privateKey.test(text))
    return [{ line: '-----BEGIN', problem: 'privateKey', type: '', body: '', comment: '' }];
  return readSshKeys(text).map((line) => {
    const [, type = '', body = '', comment = ''] = publicKey.exec(line) ?? [];
    return { line, type, body, comment, problem: type === '' && !kept.includes(line) ? 'sshKey' : undefined };
  });
}

/** The text with the key at its end, or without it: a key is the same whatever its comment says. */
export function withSshKey(text: string, key: string, on: boolean): string {
  const body = bodyOf(key);
  const lines = text.split(/\r?\n/).filter((line) => bodyOf(line) !== body);
  while (lines.at(-1)?.trim() === '') lines.pop();
  return [...lines, ...(on ? [key] : [])].join('\n');
}

export function hasSshKey(text: string, key: string): boolean {
  return readSshKeys(text).some((line) => bodyOf(line) === bodyOf(key));
}

/** What it is without type and comment; of anything else the line itself. */
function bodyOf(line: string): string {
  return publicKey.exec(line.trim())?.[2] ?? line;
}

/** A private key pasted by mistake is worth words of its own: it must not be sent anywhere. */
export function sshKeyProblem(text: string, kept: readonly string[] = []): SshKeyProblem | undefined {
  return lookAtSshKeys(text, kept).find(({ problem }) => problem !== undefined)?.problem;
}
