// SSH public keys as arguments: a key itself, or the name of a file of keys.
import { readFile } from 'node:fs/promises';
import { AppError } from '../core/errors.ts';

/** The text of the keys. `name`: the option or argument, for the error. */
export async function readPublicKeys(value: string, name: string): Promise<string> {
  if (/^(?:ssh|ecdsa|sk)-\S+ /.test(value)) return value;
  try {
    return await readFile(value, 'utf8');
  } catch (error) {
    throw new AppError('invalid-input', `${name}: '${value}' is neither a public key nor a file to read`, {
      cause: error,
    });
  }
}
