// Time-based one-time passwords (RFC 6238): what an authenticator app was given, and whether a code is one of its own.
import { createHmac, timingSafeEqual } from 'node:crypto';

const algorithms = ['sha1', 'sha256', 'sha512'] as const;

/** What app and server share. A type, not an interface: it is stored. */
export type TotpKey = {
  /** Base32 in capitals, without padding. */
  readonly secret: string;
  readonly algorithm: (typeof algorithms)[number];
  readonly digits: number;
  /** Seconds that a code is good for. */
  readonly period: number;
};

const longestUri = 2048;
/** Apps of the first days were given 80 bits; RFC 4226 wants 128. */
const secretBytes = { least: 10, most: 128 };
/** Codes of the step before and after are accepted: clocks differ, and people type slowly (RFC 6238, 5.2). */
const skews = [0, -1, 1];
/** A last step further ahead than this was noted while the clock was wrong; it would lock its user out for good. */
const mostAhead = 20;

/** Reads `otpauth://totp/<label>?secret=...`; a text instead of a key says what is wrong with it. */
export function readTotpUri(uri: string): TotpKey | string {
  const url = uri.length <= longestUri ? URL.parse(uri) : null;
  if (url?.protocol !== 'otpauth:' || url.host !== 'totp') return 'write otpauth://totp/LABEL?secret=BASE32';
  const option = (name: string): string | undefined => url.searchParams.get(name) ?? undefined;
  for (const name of ['secret', 'algorithm', 'digits', 'period'])
    if (url.searchParams.getAll(name).length > 1) return `'${name}' is given twice`;
  const secret = (option('secret') ?? '').toUpperCase().replace(/=+$/, '');
  const bytes = decodeBase32(secret)?.length;
  if (bytes === undefined || bytes < secretBytes.least || bytes > secretBytes.most)
    return `the secret must be base32 of ${secretBytes.least} to ${secretBytes.most} bytes`;
  const word = (option('algorithm') ?? 'sha1').toLowerCase().replace('-', '');
  const algorithm = algorithms.find((one) => one === word);
  if (algorithm === undefined) return 'the algorithm must be SHA1, SHA256 or SHA512';
  const digits = wholeNumber(option('digits') ?? '6', 6, 8);
  if (digits === undefined) return 'codes must have 6 to 8 digits';
  const period = wholeNumber(option('period') ?? '30', 10, 300);
  if (period === undefined) return 'the period must be 10 to 300 seconds';
  return { secret, algorithm, digits, period };
}

/** The code of a step: the number of periods since the epoch (RFC 4226, 5.3). */
export function totpCode(key: TotpKey, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac(key.algorithm, decodeBase32(key.secret) ?? Buffer.alloc(0))
    .update(counter)
    .digest();
  const at = mac.readUInt8(mac.length - 1) & 0x0f;
  const number = mac.readUInt32BE(at) & 0x7f_ff_ff_ff;
  return String(number % 10 ** key.digits).padStart(key.digits, '0');
}

/**
 * The step whose code this is, one step of clock skew forgiven; undefined for a wrong code and for one of a step up to
 * `lastStep`, as a code must not be used twice.
 */
export function matchingStep(
  key: TotpKey,
  code: string,
  nowSeconds: number,
  lastStep: number,
): number | undefined {
  if (!/^\d{6,8}$/.test(code) || code.length !== key.digits) return undefined;
  const now = Math.floor(nowSeconds / key.period);
  const used = lastStep > now + mostAhead ? 0 : lastStep;
  const given = Buffer.from(code);
  return skews
    .map((skew) => now + skew)
    .filter((step) => step > used)
    .find((step) => timingSafeEqual(Buffer.from(totpCode(key, step)), given));
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** RFC 4648, 6; undefined for other characters. Bits that fill no byte are dropped. */
function decodeBase32(text: string): Buffer | undefined {
  const bytes: number[] = [];
  let bits = 0;
  let value = 0;
  for (const letter of text) {
    const five = alphabet.indexOf(letter);
    if (five < 0) return undefined;
    value = (value << 5) | five;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((value >> bits) & 0xff);
      value &= (1 << bits) - 1;
    }
  }
  return Buffer.from(bytes);
}

function wholeNumber(text: string, least: number, most: number): number | undefined {
  const value = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  return value >= least && value <= most ? value : undefined;
}
