// Task `backuptest` of several backups: one after the other, each in a task of its own below; one that fails holds up no other.
import { AppError, asAppError } from '../../core/errors.ts';
import { guestLabel } from '../../guests/config/guest-document.ts';
import type { TaskContext, TaskKind } from '../task.ts';
import type { TaskRunner } from '../task-runner.ts';
import type { BackupTestParams } from './backup-test-one.ts';

export interface BackupTestRunParams {
  readonly tests: readonly BackupTestParams[];
}

/** Broken off it ends so; what was tried before stays. */
export function backupTestRunKind(parts: {
  readonly runner: Pick<TaskRunner, 'start' | 'wait'>;
}): TaskKind<BackupTestRunParams, object> {
  return {
    type: 'backuptest',
    describe: ({ tests }) => `Restore tests (${tests.length} guests)`,
    objectId: () => '',
    locks: () => [],
    check: async () => {},
    steps: [
      {
        name: 'try-all',
        async run(context, { tests }) {
          let failed = 0;
          for (const [at, test] of tests.entries()) {
            context.signal.throwIfAborted();
            const problem = await tryOne(parts.runner, context, test);
            const label = guestLabel(test.kind, test.vmid);
            context.log(problem === undefined ? `${label}: proven` : `${label}: failed: ${problem}`);
            if (problem !== undefined) failed += 1;
            context.progress((at + 1) / tests.length);
          }
          if (failed > 0)
            throw new AppError('command-failed', `${failed} of ${tests.length} restore tests failed`);
        },
      },
    ],
    afterCrash: 'unwind',
    cancellable: true,
  };
}

/** How it failed; undefined: it went well. */
async function tryOne(
  runner: Pick<TaskRunner, 'start' | 'wait'>,
  context: TaskContext,
  test: BackupTestParams,
): Promise<string | undefined> {
  const { requester, upid: parent } = context;
  try {
    const end = await runner.wait(await runner.start('backuptest', test, { requester, parent }));
    context.signal.throwIfAborted();
    return end.errorCode === undefined ? undefined : (end.exitStatus ?? end.errorCode);
  } catch (error) {
    if (context.signal.aborted || context.shuttingDown.aborted) throw error;
    return asAppError(error).message;
  }
}
