// A rough word on how hard a password is to guess. A hint, never a refusal. Pure.

export type PasswordStrength = 'weak' | 'fair' | 'good';

/** Bits that a patient attacker with the hash needs days for, and years for. */
const fairBits = 45;
const goodBits = 65;

const classes: readonly (readonly [RegExp, number])[] = [
  [/[a-z]/, 26],
  [/[A-Z]/, 26],
  [/\d/, 10],
  [/[^a-zA-Z\d]/, 33],
];

/** Undefined for no password at all. Repeated and consecutive characters (`aaaa`, `1234`) count little. */
export function passwordStrength(password: string): PasswordStrength | undefined {
  if (password === '') return undefined;
  const pool = classes.reduce((sum, [pattern, size]) => sum + (pattern.test(password) ? size : 0), 0);
  const codes = [...password].map((char) => char.codePointAt(0) ?? 0);
  const counted = codes.reduce((sum, code, i) => {
    const step = i === 0 ? Number.NaN : code - (codes[i - 1] ?? 0);
    return sum + (Math.abs(step) <= 1 ? 0.25 : 1);
  }, 0);
  const bits = counted * Math.log2(pool);
  return bits >= goodBits ? 'good' : bits >= fairBits ? 'fair' : 'weak';
}
