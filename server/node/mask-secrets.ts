// Takes what looks like a secret out of texts that are shown or handed on: logs and reports. Pure.

const mask = '********';

/** Each finds a secret behind what names it. A log may hold a secret in other words: this is a net, not a wall. */
const patterns: readonly RegExp[] = [
  // An API token as a client sends it, a ticket (of log-in, console, CSRF) with its signature.
  /\b(PVEAPIToken[=\s]\S+?[=:])[0-9a-fA-F-]{16,}/g,
  /\b(PVE(?:VNC|AUX)?:(?:[^\s:]*:){1,2}:)[A-Za-z0-9+/=]{8,}/g,
  /\b(PVEAuthCookie=)[^\s;,"']+/g,
  /\b(Bearer )[A-Za-z0-9._~+/=-]{8,}/gi,
  // key=value, key: value, "key":"value", --key value
  /((?:^|[^A-Za-z])(?:password|passwd|passphrase|secret|api[-_]?key|access[-_]?key|private[-_]?key|client[-_]?key|psk)["']?\s*[=:]\s*["']?)[^\s"',;&]+/gi,
  /(--(?:password|passphrase|secret|token|key)\s+)\S+/gi,
  // user:password@ in an address
  /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]+:)[^\s/@]+(?=@)/gi,
  // Hashes of passwords (crypt(5)).
  /(\$(?:y|6|5|2[aby]|1|7|gy)\$)[./A-Za-z0-9$=,]{8,}/g,
];

/** The text with stars in the place of secrets. */
export function maskSecrets(text: string): string {
  let masked = text;
  for (const pattern of patterns)
    masked = masked.replace(pattern, (_all, before: string) => `${before}${mask}`);
  return masked.replace(
    /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g,
    `-----PRIVATE KEY ${mask}-----`,
  );
}
