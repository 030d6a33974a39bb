// A reboot in a moment: late enough for the task that asks for it to end and be seen.
import type { Clock } from '../core/clock.ts';
import type { Power } from './power.ts';

export interface RebootSoon {
  /** Repeatable: a second call starts the wait anew. */
  ask(): void;
  /** Takes it back, as long as it has not begun. */
  cancel(): void;
}

const rebootDelayMs = 5_000;

export function createRebootSoon(
  clock: Clock,
  power: Power,
  onError: (error: unknown) => void,
  delayMs = rebootDelayMs,
): RebootSoon {
  let waiting: AbortController | undefined;
  const cancel = () => {
    waiting?.abort();
    waiting = undefined;
  };
  return {
    cancel,
    ask() {
      cancel();
      const mine = new AbortController();
      waiting = mine;
      clock
        .sleep(delayMs, mine.signal)
        .then(() => power('reboot'))
        .catch((error: unknown) => {
          if (!mine.signal.aborted) onError(error);
        });
    },
  };
}
