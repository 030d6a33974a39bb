// Task `vzstart`: a container is started.
import type { CtStartParams } from '../../guests/ct/ct-params.ts';
import { assertCtAction } from '../../guests/ct/ct-state-rules.ts';
import type { CtTaskParts } from '../../guests/ct/ct-task-parts.ts';
import type { TaskKind } from '../task.ts';
import { ctStartSteps } from './ct-start-steps.ts';
import type { GuestStartState } from './guest-start-steps.ts';
import { onContainer } from './guest-task-names.ts';

export function ctStartKind(parts: CtTaskParts): TaskKind<CtStartParams, GuestStartState> {
  return {
    ...onContainer('vzstart', 'Start'),
    check: async ({ vmid }) => assertCtAction(parts, vmid, 'start'),
    steps: ctStartSteps(parts),
    // The container is wanted up: a start that was cut off goes on where it was.
    afterCrash: 'resume',
    cancellable: true,
  };
}
