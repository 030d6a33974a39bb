// Hands a new container's first password and keys from the request to its task by memory alone: parameters of tasks are stored.
import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { randomName } from '../../core/ids.ts';
import type { FirstSecrets } from './ct-setup.ts';

export interface CtSecrets {
  /** Keeps them; the answer is what a task's parameters may hold. */
  put(secrets: FirstSecrets): string;
  /**
   * Also several times, as a step may run twice. `unavailable` when the daemon was restarted since: a task that was begun
   * before is undone then anyway, so that nobody gets a container without its password.
   */
  read(token: string): FirstSecrets;
  /** The task has ended, or needs them no more. Repeatable. */
  forget(token: string): void;
}

/** What a task that was cancelled in its queue left behind goes when others come. */
const keepMs = 24 * 60 * 60_000;

export function createCtSecrets(clock: Clock): CtSecrets {
  const kept = new Map<string, { readonly secrets: FirstSecrets; readonly until: number }>();
  return {
    put(secrets) {
      for (const [token, { until }] of kept) if (until <= clock.now()) kept.delete(token);
      const token = randomName();
      kept.set(token, { secrets, until: clock.now() + keepMs });
      return token;
    },
    read(token) {
      const found = kept.get(token);
      if (!found)
        throw new AppError(
          'unavailable',
          'the first password was lost by a restart of the daemon: create the container again',
        );
      return found.secrets;
    },
    forget(token) {
      kept.delete(token);
    },
  };
}
