// Short changes that must not meet each other, one after the other. Only of this process: other nodes are kept away by locks.

const last = new Map<string, Promise<unknown>>();

/** Runs `work` after all earlier work under the key, whatever came of that. */
export async function inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
  const before = last.get(key);
  const own = (async () => {
    await before?.catch(() => {});
    return await work();
  })();
  last.set(key, own);
  try {
    return await own;
  } finally {
    if (last.get(key) === own) last.delete(key);
  }
}
