// Tasks that bring a container down or make it start afresh: `vzstop`, `vzshutdown`, `vzreboot`.
import { assertCtAction } from '../../guests/ct/ct-state-rules.ts';
import type { CtTaskParts } from '../../guests/ct/ct-task-parts.ts';
import { ctStartSteps } from './ct-start-steps.ts';
import {
  rebootKind,
  type ShutdownParams,
  type StoppableGuest,
  shutdownKind,
  stopKind,
} from './guest-stop.ts';

export const ctStopKind = (parts: CtTaskParts) => stopKind(stoppable(parts));
/** `askAgainMs`: for tests. */
export const ctShutdownKind = (parts: CtTaskParts, askAgainMs?: number) =>
  shutdownKind(stoppable(parts, askAgainMs));
export const ctRebootKind = (parts: CtTaskParts) =>
  rebootKind(stoppable(parts), ctStartSteps<ShutdownParams>(parts));

function stoppable(parts: CtTaskParts, askAgainMs = 10_000): StoppableGuest {
  return {
    ...{ kind: 'lxc', parts, prefix: 'vz', noun: 'container' },
    // The API's default.
    defaultTimeoutSeconds: 60,
    timeoutText: 'container did not stop',
    assertAction: (vmid, action) => assertCtAction(parts, vmid, action),
    requestShutdown: (vmid) => parts.driver.requestShutdown(vmid),
    askAgainMs,
  };
}
