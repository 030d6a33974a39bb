// The kinds behind the task type `vzdump`: a run, and each guest's backup below it.
import type { TaskKind } from '../task.ts';
import { type GuestBackupParts, guestBackupKind } from './vzdump-guest.ts';
import { type BackupRunParts, backupRunKind } from './vzdump-run.ts';

export type BackupKindParts = GuestBackupParts & BackupRunParts;

export function vzdumpKind(parts: BackupKindParts): TaskKind {
  const guest = guestBackupKind(parts) as TaskKind;
  const run = backupRunKind(parts) as TaskKind;
  const isRun = (params: unknown) => typeof params === 'object' && params !== null && 'vmids' in params;
  return { ...guest, way: (params) => (isRun(params) ? run : guest) };
}
