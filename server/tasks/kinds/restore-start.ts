// The start of a restored guest: a task of its own below the restore's, whose failure takes nothing back.
import { asAppError } from '../../core/errors.ts';
import type { GuestStates } from '../../guests/guest-states.ts';
import type { TaskContext } from '../task.ts';
import type { TaskRunner } from '../task-runner.ts';

/** Starts a task of a registered kind below another and waits for its end; undefined: it went well. Else how it ended. */
export type StartChild = (context: TaskContext, type: string, params: object) => Promise<string | undefined>;

export function createStartChild(runner: Pick<TaskRunner, 'start' | 'wait'>): StartChild {
  return async ({ requester, upid }, type, params) => {
    const end = await runner.wait(await runner.start(type, params, { requester, parent: upid }));
    return end.errorCode === undefined ? undefined : (end.exitStatus ?? 'failed');
  };
}

/** Repeatable: one that runs is left alone. */
export async function startRestored(
  parts: { readonly states: GuestStates; readonly startChild: StartChild },
  context: TaskContext,
  type: 'qmstart' | 'vzstart',
  vmid: number,
): Promise<void> {
  if (parts.states.stateOf(vmid) !== 'stopped') return;
  try {
    const problem = await parts.startChild(context, type, { vmid });
    if (problem !== undefined) context.warn(`it is restored, and did not start: ${problem}`);
  } catch (error) {
    if (context.signal.aborted || context.shuttingDown.aborted) throw error;
    context.warn(`it is restored, and did not start: ${asAppError(error).message}`);
  }
}
