// SSH public keys taken apart and checked: what sshd(8) reads as one key of authorized_keys, without its options. Pure.

/** Types that a current OpenSSH accepts (sshd(8), "AUTHORIZED_KEYS FILE FORMAT"). */
export const sshKeyTypes: readonly string[] = [
  'ssh-ed25519',
  'ssh-rsa',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
];
/** RSA of 16384 bits, the longest that OpenSSH makes, takes less than 3000. */
const mostBodyLength = 4096;
const mostCommentLength = 256;

export interface SshKeyLine {
  readonly type: string;
  /** Base64. */
  readonly body: string;
  /** Empty for none. */
  readonly comment: string;
}

/** The key of a line, or the rule that the line breaks; the rule holds nothing of the line, which may be a secret. */
export function readSshKeyLine(line: string): SshKeyLine | string {
  if (/PRIVATE KEY/.test(line)) return 'is a private key: keep it to yourself and give the public one';
  if (/[\p{Cc}\u2028\u2029]/u.test(line)) return 'must be one line without control characters';
  const [, type = '', body = '', comment = ''] = /^(\S+) +(\S+)(?: +(.*\S))? *$/.exec(line) ?? [];
  if (type === 'ssh-dss') return 'is a DSA key: SSH servers accept none any more';
  if (!sshKeyTypes.includes(type)) return `must begin with its type, one of: ${sshKeyTypes.join(', ')}`;
  if (body.length > mostBodyLength) return `is longer than ${mostBodyLength} characters`;
  if (comment.length > mostCommentLength) return `has a comment of more than ${mostCommentLength} characters`;
  const blob = bytesOf(body);
  if (blob === undefined) return 'holds no base64 behind its type';
  return innerType(blob) === type ? { type, body, comment } : 'is not a key of the type that it names';
}

/** A character a byte. What looks only a little like base64 is read as well: what comes out again must be what went in. */
function bytesOf(base64: string): string | undefined {
  try {
    const bytes = atob(base64);
    return btoa(bytes) === base64 ? bytes : undefined;
  } catch {
    return undefined;
  }
}

/** RFC 4253, section 6.6: a key begins with its type as a string of four bytes of length; undefined when nothing follows. */
function innerType(blob: string): string | undefined {
  let length = 0;
  for (let at = 0; at < 4; at += 1) length = length * 256 + (blob.codePointAt(at) ?? 0);
  return length + 8 < blob.length ? blob.slice(4, 4 + length) : undefined;
}
