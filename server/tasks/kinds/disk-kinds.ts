// All kinds of task that write to the disks of this node.
import type { TaskKind } from '../task.ts';
import { directoryCreateKind } from './disk-directory-create.ts';
import { directoryRemoveKind } from './disk-directory-remove.ts';
import { lvmCreateKind, lvmThinCreateKind } from './disk-group-create.ts';
import { lvmRemoveKind, lvmThinRemoveKind } from './disk-group-remove.ts';
import { diskInitKind } from './disk-init.ts';
import type { DiskKindParts } from './disk-target.ts';
import { diskWipeKind } from './disk-wipe.ts';

export function diskTaskKinds(parts: DiskKindParts): TaskKind[] {
  return [
    diskInitKind(parts),
    diskWipeKind(parts),
    directoryCreateKind(parts),
    directoryRemoveKind(parts),
    lvmCreateKind(parts),
    lvmThinCreateKind(parts),
    lvmRemoveKind(parts),
    lvmThinRemoveKind(parts),
  ] as TaskKind[];
}
