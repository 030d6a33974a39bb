// Tasks that bring a container down or make it start afresh: `vzstop`, `vzshutdown`, `vzreboot`.

import { AppError } from '../../core/errors.ts';
import type { WorkContext } from '../../core/work-context.ts';
import type { CtShutdownParams, CtTarget } from '../../guests/ct/ct-params.ts';
import { assertCtAction, isRunning } from '../../guests/ct/ct-state-rules.ts';
import type { CtTaskParts } from '../../guests/ct/ct-task-parts.ts';
import type { TaskContext, TaskKind, TaskStep } from '../task.ts';
import { onContainer } from './ct-kind-names.ts';
import { type CtStartState, ctStartSteps } from './ct-start-steps.ts';

/** Seconds that a container has for shutting down when the caller names none; the API's default. */
const defaultTimeoutSeconds = 60;
/** Milliseconds until a container that was ended at once must be gone. */
const stopLimitMs = 30_000;

export function ctStopKind(parts: CtTaskParts): TaskKind<CtTarget, object> {
  return {
    ...onContainer('vzstop', 'Stop'),
    check: async ({ vmid }) => assertCtAction(parts, vmid, 'stop'),
    steps: [{ name: 'stop', run: (context, { vmid }) => stopContainer(parts, context, vmid) }],
    afterCrash: 'resume',
    cancellable: false,
  };
}

export function ctShutdownKind(parts: CtTaskParts): TaskKind<CtShutdownParams, object> {
  return {
    ...onContainer('vzshutdown', 'Shutdown'),
    check: async ({ vmid }) => assertCtAction(parts, vmid, 'shutdown'),
    steps: [shutdownStep(parts)],
    // It was asked and may be on its way down: nobody can take that back.
    afterCrash: 'resume',
    cancellable: true,
  };
}

/** Shuts down and starts again, so that changes which waited come into force. */
export function ctRebootKind(parts: CtTaskParts): TaskKind<CtShutdownParams, CtStartState> {
  return {
    ...onContainer('vzreboot', 'Reboot'),
    check: async ({ vmid }) => assertCtAction(parts, vmid, 'reboot'),
    steps: [shutdownStep(parts), ...ctStartSteps<CtShutdownParams>(parts)],
    // Once it was shut down for a reboot, it must come up again.
    afterCrash: 'resume',
    cancellable: true,
  };
}

function shutdownStep<S>(parts: CtTaskParts): TaskStep<CtShutdownParams, S> {
  return {
    name: 'shutdown',
    async run(context, { vmid, timeoutSeconds = defaultTimeoutSeconds, forceStop = false }) {
      await shutDown(parts, context, vmid, timeoutSeconds, forceStop);
    },
  };
}

async function shutDown(
  parts: CtTaskParts,
  context: TaskContext,
  vmid: number,
  timeoutSeconds: number,
  forceStop: boolean,
): Promise<void> {
  context.signal.throwIfAborted();
  if (!isRunning(parts, vmid)) return parts.ends.settle(vmid);
  await parts.driver.requestShutdown(vmid);
  context.log(`asked the container to shut down; it has ${timeoutSeconds} s`);
  const limit = AbortSignal.timeout(timeoutSeconds * 1000);
  try {
    await parts.states.until(vmid, 'stopped', AbortSignal.any([context.signal, limit]));
  } catch (error) {
    if (context.signal.aborted || !limit.aborted) throw error;
    if (!forceStop) throw new AppError('timeout', 'container did not stop');
    context.warn('the container did not shut down in time: stopping it');
    await stopContainer(parts, context, vmid);
  }
  await parts.ends.settle(vmid);
}

/** Ends it at once, waits until it is gone, and clears up. Stopped already is no error. */
export async function stopContainer(parts: CtTaskParts, context: WorkContext, vmid: number): Promise<void> {
  await parts.driver.stop(context, vmid);
  await parts.states.refresh();
  const limit = AbortSignal.timeout(stopLimitMs);
  await parts.states.until(vmid, 'stopped', AbortSignal.any([context.signal, limit]));
  await parts.ends.settle(vmid);
}
