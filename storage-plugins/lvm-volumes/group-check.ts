// Can a volume group be used now?
import { AppError } from '../../server/core/errors.ts';
import type { WorkContext } from '../../server/core/work-context.ts';
import type { LvmGroup } from './lvm-commands.ts';
import type { GroupFacts } from './lvm-report.ts';

/** `unavailable` with the reason. A group that lacks a device can still be read: that is a warning (`groupWarnings`). */
export async function checkGroup(context: WorkContext, group: LvmGroup): Promise<GroupFacts> {
  const facts = await group.facts(context);
  if (facts.exported)
    throw new AppError('unavailable', `volume group '${group.name}' is exported: import it first (vgimport)`);
  return facts;
}

export function groupWarnings(group: LvmGroup, facts: GroupFacts): string[] {
  const warnings: string[] = [];
  if (facts.missingDevices > 0)
    warnings.push(
      `volume group '${group.name}' lacks ${facts.missingDevices} of its devices: volumes on them cannot be used, and none can be made`,
    );
  if (group.shrunk)
    warnings.push(
      `a device of volume group '${group.name}' is smaller than it was: volumes beyond its end have lost data, and none can be made or grown`,
    );
  if (facts.readOnly) warnings.push(`volume group '${group.name}' is read-only`);
  return warnings;
}
