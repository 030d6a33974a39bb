// SSH public keys as people paste them: one a line, with empty lines and comments between. Pure.

/** Types that OpenSSH of our image accepts; DSA is gone from it. */
const publicKey =
  /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-ssh-ed25519@openssh\.com|sk-ecdsa-sha2-nistp256@openssh\.com) [A-Za-z0-9+/]{32,}={0,3}( .*)?$/;

/** The keys of a text: lines without surrounding blanks, each once. */
export function readSshKeys(text: string): string[] {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  return [...new Set(lines)];
}

/** A private key pasted by mistake is worth words of its own: it must not be sent anywhere. */
export function sshKeyProblem(text: string): 'sshKey' | 'privateKey' | undefined {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) return 'privateKey';
  return readSshKeys(text).every((line) => publicKey.test(line)) ? undefined : 'sshKey';
}
