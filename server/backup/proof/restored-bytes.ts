// How much restores wrote, by their tasks: what is told here is asked for by whoever waits for the task. Gone with the daemon.

export interface Restored {
  readonly bytes: number;
  readonly zeroBytes: number;
}

/** So many restores that nobody asked about are remembered. */
const mostKept = 64;

export class RestoredBytes {
  readonly #byTask = new Map<string, Restored>();

  readonly note = (upid: string, written: Restored): void => {
    this.#byTask.set(upid, written);
    const oldest = this.#byTask.keys().next().value;
    if (this.#byTask.size > mostKept && oldest !== undefined) this.#byTask.delete(oldest);
  };

  take(upid: string): Restored | undefined {
    const found = this.#byTask.get(upid);
    this.#byTask.delete(upid);
    return found;
  }
}
