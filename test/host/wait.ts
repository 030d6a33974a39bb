// Waiting in tests: for a condition, with a limit and a name for what did not come.
import { setTimeout as delay } from 'node:timers/promises';

/** Asks again and again until `probe` answers something other than undefined or false; what it throws counts as not yet. */
export async function eventually<T>(
  what: string,
  withinMs: number,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  pauseMs = 100,
): Promise<T> {
  const until = Date.now() + withinMs;
  let last: unknown;
  for (;;) {
    try {
      const found = await probe();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      last = error;
    }
    if (Date.now() > until)
      throw new Error(`${what}: not within ${withinMs / 1000} s${last === undefined ? '' : ` (${last})`}`);
    await delay(pauseMs);
  }
}

/** The promise's value, or an error naming what did not come. */
export async function within<T>(what: string, withinMs: number, promise: Promise<T>): Promise<T> {
  const enough = new AbortController();
  try {
    return await Promise.race([
      promise,
      delay(withinMs, undefined, { signal: enough.signal }).then(() => {
        throw new Error(`${what}: not within ${withinMs / 1000} s`);
      }),
    ]);
  } finally {
    enough.abort();
  }
}
