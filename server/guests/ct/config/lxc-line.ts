// Lines of LXC's configuration text, and of the fstab format within it. No value can begin a line of its own.
import { invalidInput } from '../../../core/errors.ts';

/** `key = value`. Throws `invalid-input` when the value would not stay on its line. */
export function lxcLine(key: string, value: string | number): string {
  if (/[\n\r\0]/.test(`${key}${value}`)) throw invalidInput({ [key]: 'must not hold line ends or NUL' });
  return `${key} = ${value}`;
}

/** A field of fstab(5): blanks, backslashes and line ends in their octal spelling, as getmntent(3) reads it. */
export function fstabField(text: string): string {
  return text.replace(/[\s\\]/g, (letter) => `\\${letter.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

/** A `lxc.mount.entry`: `target` absolute inside, made if need be. Never followed out of the root: LXC opens it below the root. */
export function mountEntry(
  source: string,
  target: string,
  options: readonly string[],
  type = 'none',
): string {
  const inside = target.replace(/^\/+/, '');
  return lxcLine(
    'lxc.mount.entry',
    `${fstabField(source)} ${fstabField(inside)} ${type} ${options.join(',')} 0 0`,
  );
}
