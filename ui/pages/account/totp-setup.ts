// What an authenticator app is given: a new secret, the address that holds it, and the secret as people type it. Pure.

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
/** RFC 4226, 4: 160 bits are recommended. */
const secretLength = 20;

/** RFC 4648, 6, without padding. */
export function encodeBase32(bytes: Uint8Array): string {
  let text = '';
  let value = 0;
  let bits = 0;
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      text += base32.charAt((value >> (bits - 5)) & 31);
      bits -= 5;
    }
    value &= (1 << bits) - 1;
  }
  return bits > 0 ? text + base32.charAt((value << (5 - bits)) & 31) : text;
}

/** 32 letters and digits from the browser's own random numbers. */
export function newSecret(): string {
  return encodeBase32(crypto.getRandomValues(new Uint8Array(secretLength)));
}

/**
 * `otpauth://totp/Croft%20on%20pve1:joe@pve?secret=...`: what all apps read. Algorithm, digits and period are left at what apps
 * take without being told (SHA-1, 6, 30 s): several ignore other ones.
 */
export function totpUri(issuer: string, account: string, secret: string): string {
  // A colon divides the two.
  const name = encodeURIComponent(issuer.replaceAll(':', ' '));
  return `otpauth://totp/${name}:${encodeURIComponent(account)}?secret=${secret}&issuer=${name}`;
}

/** In groups of four, to be read and typed. */
export function inGroups(secret: string): string {
  return secret.replace(/(.{4})(?=.)/g, '$1 ');
}

export interface TotpForm {
  readonly description: string;
  readonly code: string;
}

/** The code as it was typed, without the blanks that apps show in it. */
export const asCode = (typed: string): string => typed.replace(/\s/g, '');

export function totpProblems(form: TotpForm): Partial<Record<keyof TotpForm, 'description' | 'code'>> {
  return {
    ...(form.description.trim() === '' ? { description: 'description' } : {}),
    ...(/^\d{6}$/.test(asCode(form.code)) ? {} : { code: 'code' }),
  };
}
