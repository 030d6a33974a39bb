// Tasks of one call to the driver: `qmreset`, `qmpause`, `qmresume`.
import type { GuestAction } from '../../contract/guest-actions.ts';
import type { RunState } from '../../guests/guest-driver.ts';
import { assertAction } from '../../guests/guest-state-rules.ts';
import type { VmParts } from '../../guests/vm-parts.ts';
import type { TaskKind } from '../task.ts';
import type { VmParams } from './vm-start-steps.ts';

function powerKind(
  parts: VmParts,
  type: string,
  label: string,
  action: GuestAction,
  call: (vmid: number) => Promise<void>,
  /** The state that it leads to; a guest that is in it already is left alone. */
  target?: RunState,
): TaskKind<VmParams, object> {
  return {
    type,
    describe: ({ vmid }) => `VM ${vmid} - ${label}`,
    objectId: ({ vmid }) => String(vmid),
    locks: ({ vmid }) => [{ scope: 'guest', id: String(vmid) }],
    check: async ({ vmid }) => assertAction(parts, vmid, action),
    steps: [
      {
        name: action,
        async run(_context, { vmid }) {
          if (target !== undefined) {
            await parts.states.refresh();
            if (parts.states.stateOf(vmid) === target) return undefined;
          }
          await call(vmid);
          await parts.states.refresh();
          return undefined;
        },
      },
    ],
    // A reset that was cut off is not done a second time: the guest may have come up since.
    afterCrash: target === undefined ? 'unwind' : 'resume',
    cancellable: false,
  };
}

export function vmPowerKinds(parts: VmParts): TaskKind<VmParams, object>[] {
  return [
    powerKind(parts, 'qmreset', 'Reset', 'reset', (vmid) => parts.driver.reset(vmid)),
    powerKind(parts, 'qmpause', 'Pause', 'suspend', (vmid) => parts.driver.pause(vmid), 'paused'),
    powerKind(parts, 'qmresume', 'Resume', 'resume', (vmid) => parts.driver.resume(vmid), 'running'),
  ];
}
