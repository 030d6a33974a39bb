// Tasks of one call to the driver: `vzsuspend` freezes a container where it is, `vzresume` lets it run on.

import type { GuestAction } from '../../contract/guest-actions.ts';
import type { CtTarget } from '../../guests/ct/ct-params.ts';
import { assertCtAction } from '../../guests/ct/ct-state-rules.ts';
import type { CtTaskParts } from '../../guests/ct/ct-task-parts.ts';
import type { RunState } from '../../guests/guest-driver.ts';
import type { TaskKind } from '../task.ts';
import { onContainer } from './ct-kind-names.ts';

function powerKind(
  parts: CtTaskParts,
  names: readonly [type: string, label: string],
  action: GuestAction,
  /** The state that it leads to; a container that is in it already is left alone. */
  target: RunState,
  call: (vmid: number) => Promise<void>,
): TaskKind<CtTarget, object> {
  return {
    ...onContainer(...names),
    check: async ({ vmid }) => assertCtAction(parts, vmid, action),
    steps: [
      {
        name: action,
        async run(_context, { vmid }) {
          await parts.states.refresh();
          if (parts.states.stateOf(vmid) === target) return;
          await call(vmid);
          await parts.states.refresh();
        },
      },
    ],
    afterCrash: 'resume',
    cancellable: false,
  };
}

export function ctPowerKinds(parts: CtTaskParts): TaskKind<CtTarget, object>[] {
  const { driver } = parts;
  return [
    powerKind(parts, ['vzsuspend', 'Suspend'], 'suspend', 'paused', (vmid) => driver.pause(vmid)),
    powerKind(parts, ['vzresume', 'Resume'], 'resume', 'running', (vmid) => driver.resume(vmid)),
  ];
}
