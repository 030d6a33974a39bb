// Recovery keys: ten of them, shown once, each good for one login, kept as hashes.
import { randomBytes, type ScryptOptions, scrypt } from 'node:crypto';

/** Stored. */
export type RecoveryFactor = {
  /** Seconds since the epoch. */
  readonly created: number;
  /** Of all its keys, base64: one hash tells which of them it is. */
  readonly salt: string;
  /** By the key's number; null once it is used. */
  readonly keys: readonly (string | null)[];
};

const count = 10;
/** 64 random bits need far less work for a guess to be hopeless than people's passwords do: 4 MiB, about 10 ms. */
const cost: ScryptOptions = { N: 2 ** 12, r: 8, p: 1 };

/** New keys, written as clients check them (`0123-4567-89ab-cdef`), and what to store of them. */
export async function makeRecoveryKeys(
  nowSeconds: number,
): Promise<{ keys: string[]; factor: RecoveryFactor }> {
  const keys = Array.from({ length: count }, () =>
    randomBytes(8)
      .toString('hex')
      .replace(/^(.{4})(.{4})(.{4})(.{4})$/, '$1-$2-$3-$4'),
  );
  const salt = randomBytes(16).toString('base64');
  const hashes = await Promise.all(keys.map((key) => hashRecoveryKey(salt, key)));
  return { keys, factor: { created: nowSeconds, salt, keys: hashes } };
}

/** Has it the form of a key? */
export function isRecoveryKey(text: string): boolean {
  return /^[0-9a-f]{4}(-[0-9a-f]{4}){3}$/.test(text);
}

/** What is stored of a key, base64. */
export function hashRecoveryKey(salt: string, key: string): Promise<string> {
  return new Promise((resolve, reject) => {
    scrypt(key, Buffer.from(salt, 'base64'), 32, cost, (error, hash) =>
      error ? reject(error) : resolve(hash.toString('base64')),
    );
  });
}
