// Task `qmstart`: a VM is started.
import { assertAction } from '../../guests/guest-state-rules.ts';
import type { VmParts } from '../../guests/vm-parts.ts';
import type { TaskKind } from '../task.ts';
import type { GuestStartState } from './guest-start-steps.ts';
import { type GuestTarget, onGuest } from './guest-task-names.ts';
import { startSteps } from './vm-start-steps.ts';

export function vmStartKind(parts: VmParts): TaskKind<GuestTarget, GuestStartState> {
  return {
    ...onGuest('qemu', 'qmstart', 'Start'),
    check: async ({ vmid }) => assertAction(parts, vmid, 'start'),
    steps: startSteps(parts),
    // The guest is wanted up: a start that was cut off goes on where it was.
    afterCrash: 'resume',
    cancellable: true,
  };
}
