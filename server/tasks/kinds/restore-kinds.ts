// All kinds of task that make guests of backups.
import type { TaskKind } from '../task.ts';
import { type CtRestoreKindParts, ctRestoreKind } from './restore-ct.ts';
import { type VmRestoreKindParts, vmRestoreKind } from './restore-vm.ts';

export function restoreTaskKinds(parts: {
  readonly vm: VmRestoreKindParts;
  readonly ct: CtRestoreKindParts;
}): TaskKind[] {
  return [vmRestoreKind(parts.vm) as TaskKind, ctRestoreKind(parts.ct) as TaskKind];
}
