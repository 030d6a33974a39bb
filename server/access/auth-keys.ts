// The keys that sign tickets and CSRF tokens: made on first start, the signing key renewed every day.
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { writePrivateFile } from '../core/private-file.ts';

/** What tickets need of keys; a cluster's shared keys can take the place of the file's. */
export interface AuthKeys {
  signingKey(): KeyObject;
  /** Newest first: the current key and those whose tickets may still be valid. */
  verifyingKeys(): readonly KeyObject[];
  csrfSecret(): Buffer;
}

interface StoredKeys {
  /** Newest first. `made` in milliseconds since the epoch. */
  readonly keys: readonly { readonly made: number; readonly pem: string }[];
  readonly csrf: string;
}

const renewAfterMs = 24 * 3600_000;
/** A ticket's two hours, and the clock skew that is forgiven. */
const keepOldMs = 2 * 3600_000 + 10 * 60_000;

interface Loaded {
  readonly stored: StoredKeys;
  readonly signing: KeyObject;
  readonly verifying: readonly KeyObject[];
  readonly csrf: Buffer;
}

/** Keys in `<dataDir>/auth-keys.json` (mode 0600). Throws `unavailable` when the file is damaged. */
export function authKeysInFile(dataDir: string, clock: Clock): AuthKeys {
  const path = join(dataDir, 'auth-keys.json');
  let loaded = load(readStored(path) ?? save(path, { keys: [newKey(clock)], csrf: newSecret() }));

  function current(): Loaded {
    const now = clock.now();
    const newest = loaded.stored.keys[0]!;
    // A key from the future comes from a clock that was wrong: it would never be renewed.
    if (now - newest.made >= renewAfterMs || newest.made - now > renewAfterMs) {
      const kept = loaded.stored.keys.filter(
        (_, index) => retiredAt(loaded.stored, index, now) + keepOldMs > now,
      );
      loaded = load(save(path, { keys: [newKey(clock), ...kept].slice(0, 4), csrf: loaded.stored.csrf }));
    } else if (loaded.stored.keys.length > 1 && now - newest.made > keepOldMs) {
      loaded = load(save(path, { keys: [newest], csrf: loaded.stored.csrf }));
    }
    return loaded;
  }

  return {
    signingKey: () => current().signing,
    verifyingKeys: () => current().verifying,
    csrfSecret: () => current().csrf,
  };
}

/** When the key at `index` was followed by a newer one: the newest is being retired now. */
function retiredAt(stored: StoredKeys, index: number, now: number): number {
  return index === 0 ? now : stored.keys[index - 1]!.made;
}

function newKey(clock: Clock): { made: number; pem: string } {
  const { privateKey } = generateKeyPairSync('ed25519');
  return { made: clock.now(), pem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

function newSecret(): string {
  return randomBytes(32).toString('base64');
}

function save(path: string, stored: StoredKeys): StoredKeys {
  writePrivateFile(path, `${JSON.stringify(stored)}\n`);
  return stored;
}

function readStored(path: string): StoredKeys | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new AppError('unavailable', 'the login keys cannot be read', { cause: error });
  }
  try {
    const stored = JSON.parse(text) as StoredKeys;
    if (stored.keys.length > 0 && Buffer.from(stored.csrf, 'base64').length >= 32) {
      load(stored);
      return stored;
    }
  } catch {
    // Told below; the parser's own words could quote the keys.
  }
  throw new AppError('unavailable', 'the login keys are damaged', {
    detail: `remove ${path} to make new ones`,
  });
}

function load(stored: StoredKeys): Loaded {
  const keys = stored.keys.map(({ pem }) => createPrivateKey(pem));
  return {
    stored,
    signing: keys[0]!,
    verifying: keys.map((key) => createPublicKey(key)),
    csrf: Buffer.from(stored.csrf, 'base64'),
  };
}
