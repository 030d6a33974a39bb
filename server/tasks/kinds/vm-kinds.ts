// All kinds of task on virtual machines.
import type { VmParts } from '../../guests/vm-parts.ts';
import type { TaskKind } from '../task.ts';
import { vmConfigKind } from './vm-config.ts';
import { vmCreateKind } from './vm-create.ts';
import { vmDeleteKind } from './vm-delete.ts';
import { vmPowerKinds } from './vm-power.ts';
import { vmResizeKind } from './vm-resize.ts';
import { vmStartKind } from './vm-start.ts';
import { vmRebootKind, vmShutdownKind, vmStopKind } from './vm-stop.ts';

export function vmTaskKinds(parts: VmParts): TaskKind[] {
  return [
    vmCreateKind(parts),
    vmConfigKind(parts),
    vmResizeKind(parts),
    vmDeleteKind(parts),
    vmStartKind(parts),
    vmStopKind(parts),
    vmShutdownKind(parts),
    vmRebootKind(parts),
    ...vmPowerKinds(parts),
  ] as TaskKind[];
}
