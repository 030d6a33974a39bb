// Which template of UEFI variables a planned volume is made from.
import type { ConfigChange } from '../../guests/config/merge-config-change.ts';
import type { PlannedVolume } from '../../guests/guest-volumes.ts';
import type { VmParts } from '../../guests/vm-parts.ts';

/** The template's path; undefined when the volume holds no variables, or the firmware is not installed. */
export function firmwareFor(parts: VmParts, change: ConfigChange, plan: PlannedVolume): string | undefined {
  if (plan.content.kind !== 'firmware-variables') return undefined;
  const efiDisk = change.allocations.find(({ key }) => key === plan.key)?.efiDisk;
  return parts.firmwareVariables(efiDisk?.type ?? '2m', efiDisk?.preEnrolledKeys ?? false);
}
