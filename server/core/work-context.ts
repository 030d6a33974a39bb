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
