// Keys of a configuration that are numbered, `scsi3`, `mp0`: their parts, and their order.

/** A key's base and number, when the base is one of those counted and the number below its count. */
export function splitNumberedKey<Base extends string>(
  key: string,
  counts: Readonly<Record<Base, number>>,
): { base: Base; index: number } | undefined {
  const match = /^([a-z]+)(0|[1-9]\d*)$/.exec(key);
  if (!match || !Object.hasOwn(counts, match[1]!)) return undefined;
  const base = match[1] as Base;
  const index = Number(match[2]);
  return index < counts[base] ? { base, index } : undefined;
}

/** Order of keys for people: by name, numbered ones by number. */
export function keyOrder(
  split: (key: string) => { readonly base: string; readonly index: number } | undefined,
): (a: string, b: string) => number {
  return (a, b) => {
    const [left, right] = [split(a), split(b)];
    if (left && right && left.base === right.base) return left.index - right.index;
    return a < b ? -1 : a > b ? 1 : 0;
  };
}
