// Task `backuptest` of what a trial left behind: its guest goes. Once begun it goes on after a crash.
import type { TaskKind } from '../task.ts';
import { trialLock } from './backup-test-one.ts';
import { removeTrial, type TrialGuests } from './backup-test-remove.ts';

export interface BackupTestSweepParams {
  /** The trial's guest. */
  readonly leftover: number;
}

export function backupTestSweepKind(
  parts: TrialGuests & { readonly node: string },
): TaskKind<BackupTestSweepParams, object> {
  return {
    type: 'backuptest',
    describe: ({ leftover }) => `Temporary guest ${leftover} - Remove`,
    objectId: ({ leftover }) => String(leftover),
    // A trial that is under way has its guest.
    locks: () => [trialLock(parts.node)],
    check: async () => {},
    steps: [{ name: 'remove-guest', run: (context, { leftover }) => removeTrial(parts, context, leftover) }],
    afterCrash: 'resume',
    cancellable: false,
  };
}
