// Tasks of one call to the driver: `qmreset`, `qmpause`, `qmresume`.
import type { GuestAction } from '../../contract/guest-actions.ts';
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
          await call(vmid);
          await parts.states.refresh();
          return undefined;
        },
      },
    ],
    afterCrash: 'unwind',
    cancellable: false,
  };
}

export function vmPowerKinds(parts: VmParts): TaskKind<VmParams, object>[] {
  return [
    powerKind(parts, 'qmreset', 'Reset', 'reset', (vmid) => parts.driver.reset(vmid)),
    powerKind(parts, 'qmpause', 'Pause', 'suspend', (vmid) => parts.driver.pause(vmid)),
    powerKind(parts, 'qmresume', 'Resume', 'resume', (vmid) => parts.driver.resume(vmid)),
  ];
}
