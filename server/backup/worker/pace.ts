// Keeps work to so many bytes in a second.
import { type Clock, systemClock } from '../../core/clock.ts';

/** What may pass at once, as a part of a second's: the speed is even from the first moment on. */
const burstSeconds = 0.25;

export class Pace {
  readonly #bytesPerSecond: number | undefined;
  readonly #signal: AbortSignal;
  readonly #clock: Clock;
  /** When what has passed will have taken its time, in milliseconds. */
  #paidUntil: number;

  /** Undefined: no limit. */
  constructor(bytesPerSecond: number | undefined, signal: AbortSignal, clock: Clock = systemClock) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#signal = signal;
    this.#clock = clock;
    this.#paidUntil = clock.now();
  }

  /** The most that should be asked for at once, for a speed that is even. */
  pieceBytes(most: number, unit: number): number {
    if (this.#bytesPerSecond === undefined) return most;
    const even = this.#bytesPerSecond * burstSeconds;
    return Math.max(unit, Math.min(most, even - (even % unit)));
  }

  /** Resolves when so many bytes may pass. Rejects with an AbortError when the signal aborts. */
  async pass(bytes: number): Promise<void> {
    const speed = this.#bytesPerSecond;
    if (speed === undefined) return;
    const now = this.#clock.now();
    const wait = this.#paidUntil - now;
    this.#paidUntil = Math.max(this.#paidUntil, now - burstSeconds * 1000) + (bytes * 1000) / speed;
    if (wait > 0) await this.#clock.sleep(wait, this.#signal);
  }
}
