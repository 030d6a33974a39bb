// What long work gets from its caller: when to stop, and where to tell how far it is.

export interface WorkContext {
  /** Aborted when the work is to stop; every wait and every program run listens to it. */
  readonly signal: AbortSignal;
  /** A line for the task's log. Plain text; no secrets. */
  log(line: string): void;
  /** How much is done, from 0 to 1. */
  progress(fraction: number): void;
}

/** A context that listens to nobody, for callers that neither cancel nor watch. */
export function quietContext(signal: AbortSignal = new AbortController().signal): WorkContext {
  return { signal, log: () => {}, progress: () => {} };
}

/** A context for a part of the work whose progress runs from `from` to `to` of the whole. */
export function partOf(parent: WorkContext, from: number, to: number): WorkContext {
  return {
    signal: parent.signal,
    log: (line) => parent.log(line),
    progress: (fraction) => parent.progress(from + (to - from) * Math.min(1, Math.max(0, fraction))),
  };
}
