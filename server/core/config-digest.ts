// Fingerprints of flat configurations, by which clients make sure that nobody else changed one meanwhile.
import { createHash } from 'node:crypto';
import { AppError } from './errors.ts';

export type FlatConfig = Readonly<Record<string, unknown>>;

/** What clients hand back as `digest`: 40 hexadecimal digits, the same whatever the order of the keys. */
export function configDigest(config: FlatConfig): string {
  const lines = Object.keys(config)
    .sort()
    .map((key) => JSON.stringify([key, config[key]]));
  return createHash('sha1').update(lines.join('\n')).digest('hex');
}

/** Throws `wrong-state` when a client's digest is of another configuration. */
export function checkDigest(config: FlatConfig, digest: string | undefined): void {
  if (digest === undefined || digest === '') return;
  const actual = configDigest(config);
  if (digest !== actual)
    throw new AppError(
      'wrong-state',
      'detected modified configuration - file changed by other user? Try again.',
      {
        data: { expected: digest, actual },
      },
    );
}
