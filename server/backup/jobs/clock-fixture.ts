// A clock for tests of the scheduler: time passes when the test says so, and sleepers wake in their order.
import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../core/clock.ts';

export interface ManualClock extends Clock {
  /** Lets time pass, waking whoever sleeps at the time that he asked for, and lets what that begins come to rest. */
  pass(ms: number): Promise<void>;
  /** Sets the clock without any time passing, as a time server does. */
  set(now: number): void;
  /** How many sleeps there were. */
  readonly sleeps: number;
}

export function manualClock(start: number): ManualClock {
  let now = start;
  let elapsed = 0;
  let sleeps = 0;
  const sleepers = new Set<{ readonly until: number; wake(): void }>();
  const rest = async () => {
    for (let turns = 0; turns < 4; turns += 1) await turn();
  };
  return {
    now: () => now,
    get sleeps() {
      return sleeps;
    },
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        sleeps += 1;
        if (signal?.aborted) return reject(signal.reason);
        const sleeper = { until: elapsed + ms, wake: resolve };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', () => {
          sleepers.delete(sleeper);
          reject(signal.reason);
        });
      }),
    async pass(ms) {
      const end = elapsed + ms;
      await rest();
      for (;;) {
        const next = [...sleepers].sort((a, b) => a.until - b.until)[0];
        if (!next || next.until > end) break;
        now += Math.max(0, next.until - elapsed);
        elapsed = Math.max(elapsed, next.until);
        sleepers.delete(next);
        next.wake();
        await rest();
      }
      now += end - elapsed;
      elapsed = end;
      await rest();
    },
    set(to) {
      now = to;
    },
  };
}
