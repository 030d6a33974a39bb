// Tells systemd that the daemon is ready, and that it is still alive, when systemd asked for that (sd_notify(3)).
import type { Clock } from './clock.ts';
import { type AppError, asAppError } from './errors.ts';
import type { Exec } from './exec.ts';

export interface SystemdNotifyParts {
  readonly exec: Exec;
  readonly clock: Clock;
  /** `NOTIFY_SOCKET` and `WATCHDOG_USEC` as systemd sets them; without the first nothing is done. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Ends the signs of life, and the promise. */
  readonly signal: AbortSignal;
  /** A notice that did not get through; the next one is tried all the same. */
  readonly onError: (error: AppError) => void;
}

const attempts = 3;
const retryMs = 1_000;

/**
 * Sends `READY=1`, then `WATCHDOG=1` three times in each watchdog period, until `signal` aborts. Never rejects. Timers of
 * Node fire from the event loop: when that is stuck, the signs stop and systemd starts the daemon anew.
 *
 * Node cannot open datagram sockets of the Unix family, hence a `systemd-notify` for each: the unit needs
 * `NotifyAccess=all`, and a long period.
 */
export async function keepSystemdNotified(parts: SystemdNotifyParts): Promise<void> {
  const { exec, clock, env, signal, onError } = parts;
  if (!env['NOTIFY_SOCKET']) return;
  const send = async (state: string, tries: number): Promise<void> => {
    for (let left = tries; left > 0 && !signal.aborted; left -= 1) {
      try {
        await exec('systemd-notify', [state], { timeoutMs: 20_000, signal, intention: 'notify systemd' });
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (left === 1) onError(asAppError(error));
        else await clock.sleep(retryMs, signal);
      }
    }
  };
  try {
    // Without this one systemd would end the start as failed: worth some attempts.
    await send('READY=1', attempts);
    const pauseMs = watchdogPauseMs(env['WATCHDOG_USEC']);
    while (pauseMs !== undefined && !signal.aborted) {
      await clock.sleep(pauseMs, signal);
      await send('WATCHDOG=1', 1);
    }
  } catch (error) {
    if (!signal.aborted) onError(asAppError(error));
  }
}

/** A third of the period that systemd waits, in milliseconds; undefined when it does not watch. */
function watchdogPauseMs(periodMicroseconds: string | undefined): number | undefined {
  const period = Number(periodMicroseconds);
  return Number.isFinite(period) && period >= 3_000 ? Math.floor(period / 3_000) : undefined;
}
