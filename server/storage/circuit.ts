// A circuit breaker: after a storage failed to answer, callers are refused at once for a while instead of waiting for it.
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';

/**
 * Closed: calls go through. Open: calls are refused until `openMs` have passed and no call that ran out of time is still
 * stuck; then one call goes through as a trial, and its outcome decides.
 */
export class Circuit {
  readonly #id: string;
  readonly #clock: Clock;
  readonly #openMs: number;
  #problem: string | undefined;
  #since = 0;
  #retryAt = 0;
  #trialRuns = false;
  #stuck = 0;

  constructor(id: string, clock: Clock, openMs: number) {
    this.#id = id;
    this.#clock = clock;
    this.#openMs = openMs;
  }

  /** Why it is open; undefined while closed. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** While open: since when, and when the next call is let through at the earliest. Milliseconds since the epoch. */
  get open(): { readonly since: number; readonly retryAt: number } | undefined {
    return this.#problem === undefined ? undefined : { since: this.#since, retryAt: this.#retryAt };
  }

  /** Asks for leave to call; throws `unavailable` while open. Each leave ends in `succeeded`, `failed` or `indifferent`. */
  enter(): void {
    if (this.#problem === undefined) return;
    if (this.#trialRuns || this.#stuck > 0 || this.#clock.now() < this.#retryAt)
      throw new AppError('unavailable', `storage '${this.#id}' cannot be used: ${this.#problem}`);
    this.#trialRuns = true;
  }

  succeeded(): void {
    this.#problem = undefined;
    this.#trialRuns = false;
  }

  failed(problem: string): void {
    if (this.#problem === undefined) this.#since = this.#clock.now();
    this.#problem = problem;
    this.#trialRuns = false;
    this.#retryAt = this.#clock.now() + this.#openMs;
  }

  /** The call ended in a way that says nothing about the storage: cancelled. */
  indifferent(): void {
    this.#trialRuns = false;
  }

  /** A call was given up but may still hold one of the process's I/O threads: no more of them until it ends. */
  stuck(call: Promise<unknown>): void {
    this.#stuck += 1;
    const ended = () => {
      this.#stuck -= 1;
    };
    call.then(ended, ended);
  }
}
