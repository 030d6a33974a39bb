// All kinds of task on containers.
import type { CtTaskParts } from '../../guests/ct/ct-task-parts.ts';
import type { TaskKind } from '../task.ts';
import { ctCloneKind } from './ct-clone.ts';
import { ctConfigKind } from './ct-config.ts';
import { ctCreateKind } from './ct-create.ts';
import { ctDeleteKind } from './ct-delete.ts';
import { ctGiveVolumeKind } from './ct-give-volume.ts';
import { ctMoveVolumeKind } from './ct-move-volume.ts';
import { ctPowerKinds } from './ct-power.ts';
import { ctResizeKind } from './ct-resize.ts';
import { ctRollbackKind } from './ct-rollback.ts';
import { ctDelSnapshotKind, ctSnapshotKind } from './ct-snapshot.ts';
import { ctStartKind } from './ct-start.ts';
import { ctRebootKind, ctShutdownKind, ctStopKind } from './ct-stop.ts';
import { ctTemplateKind } from './ct-template.ts';
import { eitherKind } from './either-kind.ts';
import { guestForgetKind } from './guest-forget.ts';

/** All but `resize`, whose word VMs have too: see `guestResizeKind`. */
export function ctTaskKinds(parts: CtTaskParts): TaskKind[] {
  return [
    ctCreateKind(parts),
    ctConfigKind(parts),
    ctDeleteKind(parts),
    guestForgetKind({
      ...parts,
      kind: 'lxc',
      async undefine(vmid) {
        await parts.driver.unmount(vmid);
        await parts.driver.undefine(vmid);
      },
    }),
    ctStartKind(parts),
    ctStopKind(parts),
    ctShutdownKind(parts),
    ctRebootKind(parts),
    ...ctPowerKinds(parts),
    ctCloneKind(parts),
    ctTemplateKind(parts),
    ctSnapshotKind(parts),
    ctDelSnapshotKind(parts),
    ctRollbackKind(parts),
    eitherKind(
      ctMoveVolumeKind(parts),
      ctGiveVolumeKind(parts),
      (params) => typeof params === 'object' && params !== null && 'targetVmid' in params,
    ),
  ] as TaskKind[];
}

/** `resize` of both kinds of guests, to be registered instead of the VMs' own. */
export function guestResizeKind(ofVms: TaskKind, parts: CtTaskParts): TaskKind {
  const isContainer = (params: unknown) =>
    typeof params === 'object' && params !== null && 'kind' in params && params.kind === 'lxc';
  return eitherKind(ofVms, ctResizeKind(parts) as TaskKind, isContainer) as TaskKind;
}
