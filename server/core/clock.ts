// Time as a part that tests can replace.
import { setTimeout as delay } from 'node:timers/promises';

/** Milliseconds, some 24 days: Node's timers take what is longer for nothing at all. */
export const longestTimerMs = 2 ** 31 - 1;

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms` milliseconds, `longestTimerMs` at most; rejects with an AbortError when `signal` aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    await delay(Math.min(ms, longestTimerMs), undefined, signal ? { signal } : {});
  },
};

/** Whole seconds since the epoch, as the API gives times. */
export function epochSeconds(clock: Clock): number {
  return Math.floor(clock.now() / 1000);
}
