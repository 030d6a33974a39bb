// Tasks of one call to the driver: `vzsuspend` freezes a container where it is, `vzresume` lets it run on.
import { assertCtAction } from '../../guests/ct/ct-state-rules.ts';
import type { CtTaskParts } from '../../guests/ct/ct-task-parts.ts';
import type { TaskKind } from '../task.ts';
import { type PoweredGuest, powerKind } from './guest-power.ts';
import type { GuestTarget } from './guest-task-names.ts';

export function ctPowerKinds(parts: CtTaskParts): TaskKind<GuestTarget, object>[] {
  const { driver, states } = parts;
  const guest: PoweredGuest = {
    ...{ kind: 'lxc', states },
    assertAction: (vmid, action) => assertCtAction(parts, vmid, action),
  };
  return [
    powerKind(guest, ['vzsuspend', 'Suspend'], 'suspend', (vmid) => driver.pause(vmid), 'paused'),
    powerKind(guest, ['vzresume', 'Resume'], 'resume', (vmid) => driver.resume(vmid), 'running'),
  ];
}
