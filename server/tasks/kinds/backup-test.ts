// The kinds behind the task type `backuptest`: one trial, several, and the removal of what one left behind.
import type { TaskKind } from '../task.ts';
import { type BackupTestParts, backupTestKind } from './backup-test-one.ts';
import { backupTestRunKind } from './backup-test-run.ts';
import { backupTestSweepKind } from './backup-test-sweep.ts';

export function backupTestKinds(parts: BackupTestParts): TaskKind {
  const one = backupTestKind(parts) as TaskKind;
  const run = backupTestRunKind(parts) as TaskKind;
  const sweep = backupTestSweepKind(parts) as TaskKind;
  return {
    ...one,
    way(params) {
      if (typeof params !== 'object' || params === null) return one;
      if ('tests' in params) return run;
      return 'leftover' in params ? sweep : one;
    },
  };
}
