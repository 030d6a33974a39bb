// What long work gets from its caller: when to stop, and where to tell how far it is.

export interface WorkContext {
  /** Aborted when the work is to stop; every wait and every program run listens to it. */
  readonly signal: AbortSignal;
  /** A line for the task's log. Plain text; no secrets. */
  log(line: string): void;
  /** How much is done, from 0 to 1; of what moves much data, also in bytes of what is done now. */
  progress(fraction: number, bytes?: ByteProgress): void;
}

/** `done` of `total` bytes; an estimate where the whole is not known before. */
export interface ByteProgress {
  readonly done: number;
  readonly total: number;
}

/** A context that listens to nobody, for callers that neither cancel nor watch. */
export function quietContext(signal: AbortSignal = new AbortController().signal): WorkContext {
  return { signal, log: () => {}, progress: () => {} };
}
