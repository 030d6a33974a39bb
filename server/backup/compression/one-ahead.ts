// Lets a source work while its last chunk is used.

/** The same chunks; the next one is asked for when one is handed out. An error comes when its chunk would have. */
export async function* oneAhead<T>(source: AsyncGenerator<T, void, void>): AsyncGenerator<T, void, void> {
  let next = source.next();
  try {
    for (;;) {
      const { done, value } = await next;
      if (done) return;
      next = source.next();
      next.catch(() => undefined);
      yield value;
    }
  } finally {
    await source.return();
  }
}
