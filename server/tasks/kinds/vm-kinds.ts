// All kinds of task on virtual machines.
import type { VmParts } from '../../guests/vm-parts.ts';
import type { TaskKind } from '../task.ts';
import { eitherKind } from './either-kind.ts';
import { guestForgetKind } from './guest-forget.ts';
import { vmCloneKind } from './vm-clone.ts';
import { vmCloudInitKind } from './vm-cloud-init.ts';
import { vmConfigKind } from './vm-config.ts';
import { vmCreateKind } from './vm-create.ts';
import { vmDelSnapshotKind } from './vm-del-snapshot.ts';
import { vmDeleteKind } from './vm-delete.ts';
import { vmDiscardStateKind } from './vm-discard-state.ts';
import { vmGiveDiskKind } from './vm-give-disk.ts';
import { vmHibernateKind } from './vm-hibernate.ts';
import { vmMoveDiskKind } from './vm-move-disk.ts';
import { vmPowerKinds } from './vm-power.ts';
import { vmResizeKind } from './vm-resize.ts';
import { vmRollbackKind } from './vm-rollback.ts';
import { vmSnapshotKind } from './vm-snapshot.ts';
import { vmStartKind } from './vm-start.ts';
import { vmRebootKind, vmShutdownKind, vmStopKind } from './vm-stop.ts';
import { vmTemplateKind } from './vm-template.ts';

export function vmTaskKinds(parts: VmParts): TaskKind[] {
  return [
    vmCreateKind(parts),
    vmConfigKind(parts),
    vmDiscardStateKind(parts),
    vmCloudInitKind(parts),
    vmResizeKind(parts),
    vmDeleteKind(parts),
    vmCloneKind(parts),
    vmTemplateKind(parts),
    eitherKind(
      vmMoveDiskKind(parts),
      vmGiveDiskKind(parts),
      (params) => typeof params === 'object' && params !== null && 'targetVmid' in params,
    ),
    vmSnapshotKind(parts),
    vmDelSnapshotKind(parts),
    vmRollbackKind(parts),
    vmStartKind(parts),
    vmStopKind(parts),
    vmShutdownKind(parts),
    vmRebootKind(parts),
    vmHibernateKind(parts),
    guestForgetKind({ ...parts, kind: 'qemu', undefine: (vmid) => parts.driver.undefine(vmid) }),
    ...vmPowerKinds(parts),
  ] as TaskKind[];
}
