// What becomes of a task that a former life of the daemon did not end.
import type { TaskKind } from './task.ts';
import type { Ending, UnendedTask } from './task-store.ts';

export type RecoveryPlan =
  /** Nothing was begun, or nothing can be done: it ends as it is. */
  | { readonly action: 'end'; readonly ending: Ending }
  /** The begun steps are undone, then it ends. */
  | { readonly action: 'unwind'; readonly ending: Ending }
  /** It goes on where it was; from its check when it had not begun a step. */
  | { readonly action: 'resume'; readonly begun: boolean };

/** Decides, changing nothing. `kind` is undefined when this version does not know the type any more. */
export function planRecovery(task: UnendedTask, kind: TaskKind | undefined): RecoveryPlan {
  const begun = task.steps.some((step) => step.status !== 'undone');
  if (task.unwindingTo) return { action: 'unwind', ending: task.unwindingTo };
  if (task.record.state === 'cancelling') {
    const ending: Ending = { state: 'cancelled', exitStatus: 'cancelled', errorCode: 'cancelled' };
    return { action: begun ? 'unwind' : 'end', ending };
  }
  if (kind === undefined && begun) {
    return { action: 'end', ending: interrupted('interrupted; this version of Croft cannot undo it') };
  }
  const final = kind?.steps.some((step) => step.final && task.steps.some(({ name }) => name === step.name));
  if (kind?.afterCrash === 'resume' || final) return { action: 'resume', begun };
  return begun
    ? { action: 'unwind', ending: interrupted('interrupted by a restart of the daemon') }
    : { action: 'end', ending: interrupted('interrupted by a restart of the daemon before it began') };
}

function interrupted(exitStatus: string): Ending {
  return { state: 'interrupted', exitStatus, errorCode: 'cancelled' };
}

/** Stands for a kind of which nothing can be run or undone. */
export function inert(type: string): TaskKind {
  return {
    type,
    describe: () => '',
    objectId: () => '',
    locks: () => [],
    check: async () => {},
    steps: [],
    afterCrash: 'unwind',
    cancellable: false,
  };
}
