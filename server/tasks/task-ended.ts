// Waits for a task as if it were a call: its failure becomes the caller's error.
import { AppError } from '../core/errors.ts';
import type { TaskRunner } from './task-runner.ts';

/** Resolves when the task ended well or with warnings; throws its error otherwise. */
export async function taskEnded(runner: Pick<TaskRunner, 'wait'>, upid: string): Promise<void> {
  const { state, exitStatus, errorCode } = await runner.wait(upid);
  if (state === 'ok' || state === 'warnings') return;
  throw new AppError(errorCode ?? 'internal', exitStatus ?? 'the task failed', { data: { upid } });
}
