// Doing one thing to many, some at a time. Pure.

/** What became of one of them. */
export type Outcome<R> =
  | { readonly state: 'waiting' | 'asking' }
  | { readonly state: 'asked'; readonly reply: R }
  | { readonly state: 'refused'; readonly error: unknown };

/**
 * Asks for each of them, `atOnce` at a time, in their order; tells of each step by its place. One that is refused holds no other
 * back. Never rejects.
 */
export async function runBulk<T, R>(
  list: readonly T[],
  atOnce: number,
  ask: (one: T) => Promise<R>,
  tell: (place: number, outcome: Outcome<R>) => void,
): Promise<void> {
  let next = 0;
  async function work(): Promise<void> {
    while (next < list.length) {
      const place = next;
      next += 1;
      tell(place, { state: 'asking' });
      try {
        tell(place, { state: 'asked', reply: await ask(list[place]!) });
      } catch (error) {
        tell(place, { state: 'refused', error });
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, list.length) }, work));
}

/** Parts a list by why something cannot be done with each. */
export function partByReason<T>(
  list: readonly T[],
  reasonOf: (one: T) => string | undefined,
): { readonly able: readonly T[]; readonly unable: readonly { readonly one: T; readonly reason: string }[] } {
  const able: T[] = [];
  const unable: { one: T; reason: string }[] = [];
  for (const one of list) {
    const reason = reasonOf(one);
    if (reason === undefined) able.push(one);
    else unable.push({ one, reason });
  }
  return { able, unable };
}
