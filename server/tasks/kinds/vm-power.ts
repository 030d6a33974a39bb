// Tasks of one call to the driver: `qmreset`, `qmpause`, `qmresume`.
import { assertAction } from '../../guests/guest-state-rules.ts';
import type { VmParts } from '../../guests/vm-parts.ts';
import type { TaskKind } from '../task.ts';
import { eitherKind } from './either-kind.ts';
import { type PoweredGuest, powerKind } from './guest-power.ts';
import { onGuest } from './guest-task-names.ts';
import { vmStartKind } from './vm-start.ts';

export function vmPowerKinds(parts: VmParts): TaskKind[] {
  const { driver, states } = parts;
  const guest: PoweredGuest = {
    ...{ kind: 'qemu', states },
    assertAction: (vmid, action) => assertAction(parts, vmid, action),
  };
  return [
    powerKind(guest, ['qmreset', 'Reset'], 'reset', (vmid) => driver.reset(vmid)),
    powerKind(guest, ['qmpause', 'Pause'], 'suspend', (vmid) => driver.pause(vmid), 'paused'),
    eitherKind(
      powerKind(guest, ['qmresume', 'Resume'], 'resume', (vmid) => driver.resume(vmid), 'running'),
      // Of one whose memory is on a disk it is a start.
      { ...vmStartKind(parts), ...onGuest('qemu', 'qmresume', 'Resume') },
      (params) => typeof params === 'object' && params !== null && 'fromDisk' in params,
    ),
  ] as TaskKind[];
}
