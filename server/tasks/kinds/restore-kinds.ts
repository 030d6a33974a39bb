// All kinds of task that make guests of backups.
import type { TaskKind } from '../task.ts';
import { type CtRestoreKindParts, ctRestoreKind } from './restore-ct.ts';
import { vmRestoreFinishKind } from './restore-finish.ts';
import { LiveServers } from './restore-live.ts';
import { type VmRestoreKindParts, vmRestoreKind } from './restore-vm.ts';

export function restoreTaskKinds(parts: {
  readonly vm: VmRestoreKindParts;
  readonly ct: CtRestoreKindParts;
}): TaskKind[] {
  const servers = new LiveServers(parts.vm);
  return [
    vmRestoreKind(parts.vm, servers) as TaskKind,
    vmRestoreFinishKind(parts.vm, servers) as TaskKind,
    ctRestoreKind(parts.ct) as TaskKind,
  ];
}
