// Task `qmstart`: a VM is started.
import { assertAction } from '../../guests/guest-state-rules.ts';
import type { VmParts } from '../../guests/vm-parts.ts';
import type { TaskKind } from '../task.ts';
import { type StartState, startSteps, type VmParams } from './vm-start-steps.ts';

export function vmStartKind(parts: VmParts): TaskKind<VmParams, StartState> {
  return {
    type: 'qmstart',
    describe: ({ vmid }) => `VM ${vmid} - Start`,
    objectId: ({ vmid }) => String(vmid),
    locks: ({ vmid }) => [{ scope: 'guest', id: String(vmid) }],
    check: async ({ vmid }) => assertAction(parts, vmid, 'start'),
    steps: startSteps(parts),
    // The guest is wanted up: a start that was cut off goes on where it was.
    afterCrash: 'resume',
    cancellable: true,
  };
}
