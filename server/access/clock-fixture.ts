// A clock for tests: time passes when the test says so, or when somebody sleeps.
import type { Clock } from '../core/clock.ts';

export interface TestClock extends Clock {
  /** Lets `ms` milliseconds pass. */
  pass(ms: number): void;
  /** How long each sleep asked for. */
  readonly slept: number[];
}

/** Starts at 2026-01-01, in UTC. */
export function testClock(start = Date.UTC(2026, 0, 1)): TestClock {
  let now = start;
  const slept: number[] = [];
  return {
    now: () => now,
    sleep: async (ms) => {
      slept.push(ms);
      now += ms;
    },
    pass: (ms) => {
      now += ms;
    },
    slept,
  };
}
