// Mount options and remote paths that an administrator writes: checked word by word before a mount program sees them.
import { invalidInput } from '../../server/core/errors.ts';

/** Name to value; null: an option without one. In the order written. */
export type MountOptions = ReadonlyMap<string, string | null>;

const longest = 1024;
const valuePattern = /^[A-Za-z0-9_.:/@+-]{1,128}$/;

/** Of every kind of mount. `suid`, `dev`, `bind`, `remount` and their like are not among them. */
const everywhere = [
  ...['ro', 'rw', 'noexec', 'nosuid', 'nodev', 'noatime', 'nodiratime', 'relatime', 'sync', 'async'],
  '_netdev',
];

/**
 * The words of a comma-separated list; only those of `allowed` (and some that every mount takes) are let through: any other could
 * turn the mount into something else than a storage. `invalid-input` about `options`.
 */
export function readMountOptions(value: unknown, allowed: readonly string[]): MountOptions {
  const refuse = (rule: string) => invalidInput({ options: rule });
  const options = new Map<string, string | null>();
  if (value === undefined || value === '') return options;
  if (typeof value !== 'string') throw refuse('must be text');
  if (value.length > longest) throw refuse(`must not be longer than ${longest} characters`);
  for (const word of value.split(',')) {
    const at = word.indexOf('=');
    const name = at < 0 ? word : word.slice(0, at);
    const given = at < 0 ? null : word.slice(at + 1);
    if (!/^[A-Za-z0-9_-]{1,40}$/.test(name)) throw refuse('write words with commas between, without blanks');
    if (!everywhere.includes(name) && !allowed.includes(name))
      throw refuse(`the mount option '${name}' is not taken here`);
    if (given !== null && !valuePattern.test(given))
      throw refuse(`the value of '${name}' may hold letters, digits and the characters _ . : / @ + - only`);
    if (options.has(name)) throw refuse(`the mount option '${name}' is given twice`);
    options.set(name, given);
  }
  if (options.has('ro') && options.has('rw')) throw refuse("choose one of 'ro' and 'rw'");
  return options;
}

/** For a mount program. What others must not turn off stands last, where it wins. */
export function renderMountOptions(options: MountOptions): string {
  const fixed = ['nosuid', 'nodev'];
  const words = [...options]
    .filter(([name]) => !fixed.includes(name))
    .map(([name, value]) => (value === null ? name : `${name}=${value}`));
  return [...words, ...fixed].join(',');
}

/** The port that an option names, or the usual one; `invalid-input` about `options`. */
export function portOf(options: MountOptions, usual: number): number {
  const given = options.get('port');
  if (given === undefined) return usual;
  const port = /^\d{1,5}$/.test(given ?? '') ? Number(given) : 0;
  if (port < 1 || port > 65_535) throw invalidInput({ options: "'port' is a number from 1 to 65535" });
  return port;
}

/** An absolute path on a server, without a slash at its end; `invalid-input` about `field`. */
export function readRemotePath(field: string, value: unknown): string {
  const refuse = (rule: string) => invalidInput({ [field]: rule });
  if (typeof value !== 'string' || !value.startsWith('/'))
    throw refuse('write an absolute path: /srv/images');
  if (Buffer.byteLength(value) > longest) throw refuse(`must not be longer than ${longest} bytes`);
  if (/[\x00-\x1f\x7f]/.test(value)) throw refuse('must not hold control characters');
  if (value.split('/').some((part) => part === '..' || part === '.'))
    throw refuse("must not hold '.' or '..' as a part");
  return value.replace(/\/{2,}/g, '/').replace(/(?<=.)\/$/, '');
}
