// All kinds of task that make guests of backups.
import type { TaskKind } from '../task.ts';
import { type VmRestoreKindParts, vmRestoreKind } from './restore-vm.ts';

export function restoreTaskKinds(parts: { readonly vm: VmRestoreKindParts }): TaskKind[] {
  return [vmRestoreKind(parts.vm) as TaskKind];
}
