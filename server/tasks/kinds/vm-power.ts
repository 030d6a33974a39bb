// Tasks of one call to the driver: `qmreset`, `qmpause`, `qmresume`.
import { assertAction } from '../../guests/guest-state-rules.ts';
import type { VmParts } from '../../guests/vm-parts.ts';
import type { TaskKind } from '../task.ts';
import { type PoweredGuest, powerKind } from './guest-power.ts';
import type { GuestTarget } from './guest-task-names.ts';

export function vmPowerKinds(parts: VmParts): TaskKind<GuestTarget, object>[] {
  const { driver, states } = parts;
  const guest: PoweredGuest = {
    ...{ kind: 'qemu', states },
    assertAction: (vmid, action) => assertAction(parts, vmid, action),
  };
  return [
    powerKind(guest, ['qmreset', 'Reset'], 'reset', (vmid) => driver.reset(vmid)),
    powerKind(guest, ['qmpause', 'Pause'], 'suspend', (vmid) => driver.pause(vmid), 'paused'),
    powerKind(guest, ['qmresume', 'Resume'], 'resume', (vmid) => driver.resume(vmid), 'running'),
  ];
}
