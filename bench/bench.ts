// What a benchmark is and what it reports; the statistics that all of them use.

export interface Row {
  readonly measure: string;
  readonly value: number;
  /** `kB`: 1,000 bytes. `fps`: frames a second. */
  readonly unit: 'ms' | 'MiB' | '% CPU' | 'kB' | 'fps';
  /** What it stands beside, measured in the same run: a peer, or the limit of what is possible. */
  readonly peer?: { readonly name: string; readonly value: number };
  readonly goal?: Goal;
}

/** `ratio`: of value to peer, and what may come on top of that. `value`: in the row's own unit. */
export type Goal =
  | { readonly of: 'ratio'; readonly atMost: number; readonly plus?: number }
  | { readonly of: 'value'; readonly atMost: number }
  | { readonly of: 'value'; readonly atLeast: number };

export interface Bench {
  readonly name: string;
  /** One sentence: what is measured, and how. */
  readonly about: string;
  /** Why it cannot run here; undefined when it can. */
  readonly whyNot?: () => Promise<string | undefined>;
  /** `note` prints a line beside the table. */
  readonly run: (note: (line: string) => void) => Promise<Row[]>;
}

/** Undefined without a goal. */
export function reached({ value, peer, goal }: Row): boolean | undefined {
  if (!goal) return undefined;
  if ('atLeast' in goal) return value >= goal.atLeast;
  if (goal.of === 'value') return value <= goal.atMost;
  return peer !== undefined && value <= peer.value * goal.atMost + (goal.plus ?? 0);
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** The value below which the given part of the values lies; between two values, in proportion. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * part;
  const low = sorted[Math.floor(at)];
  const high = sorted[Math.ceil(at)];
  if (low === undefined || high === undefined) throw new Error('nothing was measured');
  return low + (high - low) * (at - Math.floor(at));
}

/** Milliseconds that the work takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** Milliseconds that each work took, by round, one after the other in every round; a first round goes before that is not counted. */
export async function alternating<K extends string>(
  rounds: number,
  works: Readonly<Record<K, (round: number) => Promise<unknown>>>,
): Promise<Record<K, number[]>> {
  const names = Object.keys(works) as K[];
  const seen = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<K, number[]>;
  for (let round = -1; round < rounds; round += 1)
    for (const name of names) {
      const took = await timed(() => works[name](round));
      if (round >= 0) seen[name].push(took);
    }
  return seen;
}

/** Medians, beside those of a peer. */
export function beside(
  measure: string,
  ours: readonly number[],
  name: string,
  theirs: readonly number[],
): Row {
  return { measure, value: median(ours), unit: 'ms', peer: { name, value: median(theirs) } };
}

/** The median of the differences within each round. */
export function beyond(
  measure: string,
  ours: readonly number[],
  theirs: readonly number[],
  atMost: number,
): Row {
  return {
    measure,
    value: median(ours.map((time, round) => time - (theirs[round] ?? 0))),
    unit: 'ms',
    goal: { of: 'value', atMost },
  };
}
