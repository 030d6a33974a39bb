// Code and words that are fetched when they are needed: a moment without network (a card that comes or goes, a radio that changes
// its cell) must not be a page that is broken until it is reloaded.

const pausesMs = [150, 500, 1500];

/** Asks again when it fails, a few times within two seconds; then rejects as the last time. */
export async function loadAgain<T>(
  load: () => Promise<T>,
  sleep: (ms: number) => Promise<void> = (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
): Promise<T> {
  for (const pause of pausesMs) {
    try {
      return await load();
    } catch {
      await sleep(pause);
    }
  }
  return await load();
}
