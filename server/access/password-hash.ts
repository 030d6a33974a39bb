// Password hashes: scrypt with a random salt, written so that the parameters can be raised later.
import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { AppError } from '../core/errors.ts';

interface Cost {
  /** Logarithm of the number of iterations. */
  readonly ln: number;
  readonly r: number;
  readonly p: number;
}

/** One of OWASP's equivalent settings for scrypt, the one that needs least memory: 16 MiB for a check. */
const currentCost: Cost = { ln: 14, r: 8, p: 5 };
const keyBytes = 32;
/** Checks run on libuv's few threads: more at once would only hold memory and starve file access. */
const atOnce = 2;
const longestQueue = 200;

let running = 0;
const waiting: (() => void)[] = [];

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= atOnce) {
    if (waiting.length >= longestQueue) throw new AppError('busy', 'too many logins at once');
    await new Promise<void>((resolve) => waiting.push(resolve));
  } else {
    running += 1;
  }
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }
}

function derive(password: string, salt: Buffer, cost: Cost): Promise<Buffer> {
  const options: ScryptOptions = { N: 2 ** cost.ln, r: cost.r, p: cost.p, maxmem: 128 * 1024 * 1024 };
  return inTurn(
    () =>
      new Promise((resolve, reject) => {
        scrypt(password.normalize('NFC'), salt, keyBytes, options, (error, key) =>
          error ? reject(error) : resolve(key),
        );
      }),
  );
}

/** The text to store for a password: `scrypt:ln=14,r=8,p=5:<salt>:<hash>`. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await derive(password, salt, currentCost);
  const { ln, r, p } = currentCost;
  return `scrypt:ln=${ln},r=${r},p=${p}:${salt.toString('base64')}:${key.toString('base64')}`;
}

/** A hash that no password has, as costly to check as a real one: work to do for users who do not exist. */
export const dummyHash = `scrypt:ln=${currentCost.ln},r=${currentCost.r},p=${currentCost.p}:${randomBytes(16).toString('base64')}:${randomBytes(keyBytes).toString('base64')}`;

/** Is this the password of the stored text? False for a text that is damaged. */
export async function verifyPassword(password: string, stored: string): Promise<boolean> {
  const match = /^scrypt:ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2}):([A-Za-z0-9+/=]+):([A-Za-z0-9+/=]+)$/.exec(
    stored,
  );
  if (!match) return false;
  const cost = { ln: Number(match[1]), r: Number(match[2]), p: Number(match[3]) };
  if (cost.ln < 1 || cost.ln > 16 || cost.r < 1 || cost.p < 1) return false;
  const expected = Buffer.from(match[5]!, 'base64');
  if (expected.length !== keyBytes) return false;
  return timingSafeEqual(await derive(password, Buffer.from(match[4]!, 'base64'), cost), expected);
}
