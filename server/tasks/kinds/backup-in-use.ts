// Backups that other tasks have to do with: they are not removed below a restore, a copy or a check.
import type { WhileUnused } from '../../storage/stored-backups.ts';
import type { TaskContext } from '../task.ts';

/**
 * By the lock that restores, copies and deletions of a backup hold. It is not waited for: a restore may take hours, and with it would
 * stand every backup that comes after; the next pruning takes what is left now. The id of a file in a folder is its path.
 */
export function whileUnused(context: TaskContext): WhileUnused {
  return (id, work) => context.holding([{ scope: 'name', id }], work, { wait: false });
}
