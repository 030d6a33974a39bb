// The part of the daemon that works on many guests at once, put together: on request, and when the machine starts.
import type { ClusterStore } from './cluster/cluster-store.ts';
import type { Clock } from './core/clock.ts';
import type { Logger } from './core/log.ts';
import { autostartGuests } from './guests/autostart.ts';
import { createGuestBulk } from './guests/guest-bulk.ts';
import type { GuestStates } from './guests/guest-states.ts';
import { guestBulkKinds } from './tasks/kinds/guest-bulk.ts';
import { taskEnded } from './tasks/task-ended.ts';
import type { TaskRunner } from './tasks/task-runner.ts';

export interface BulkNeeds {
  readonly node: string;
  readonly store: ClusterStore;
  readonly states: GuestStates;
  readonly clock: Clock;
  readonly log: Logger;
  readonly runner: TaskRunner;
  startTask(type: string, params: object, requester: string): Promise<string>;
}

/** Registers the task kinds. */
export function assembleBulk(needs: BulkNeeds) {
  for (const kind of guestBulkKinds(needs)) needs.runner.register(kind);
  return {
    routes: { run: createGuestBulk(needs), startTask: needs.startTask },
    /** Once after each boot of the machine; `delaySeconds` before the first. */
    startAtBoot: (delaySeconds: number, signal: AbortSignal) =>
      autostartGuests(
        {
          ...needs,
          delaySeconds,
          start: async (vmid, kind) =>
            taskEnded(
              needs.runner,
              await needs.startTask(kind === 'lxc' ? 'vzstart' : 'qmstart', { vmid }, 'root@pam'),
            ),
        },
        signal,
      ),
  };
}
