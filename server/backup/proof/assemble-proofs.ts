// Trials put together: their task kinds, what the routes and jobs call, what the lists read.
import { freemem } from 'node:os';
import { asAppError } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import type { CtTaskParts } from '../../guests/ct/ct-task-parts.ts';
import type { VmParts } from '../../guests/vm-parts.ts';
import type { StorageService } from '../../storage/storage-service.ts';
import { backupTestKinds } from '../../tasks/kinds/backup-test.ts';
import { trialGuests } from '../../tasks/kinds/backup-test-remove.ts';
import type { TaskRunner } from '../../tasks/task-runner.ts';
import type { ArchiveWorker } from '../restore/archive-worker.ts';
import { ctComesUp } from './ct-waits.ts';
import { startJobTests } from './job-tests.ts';
import { createProofKeeper } from './keep-proof.ts';
import { type PlanParts, planTrial } from './plan-trial.ts';
import { createProofService } from './proof-service.ts';
import { ProofStore } from './proof-store.ts';
import { RestoredBytes } from './restored-bytes.ts';
import { vmComesUp } from './vm-waits.ts';

export interface ProofNeeds {
  readonly node: string;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
  readonly storages: StorageService;
  readonly vmParts: VmParts;
  readonly ctParts: CtTaskParts;
  readonly archives: ArchiveWorker;
  readonly runner: TaskRunner;
  startTask(type: string, params: object, requester: string): Promise<string>;
}

export type ProofPart = ReturnType<typeof assembleProofs>;

/** Registers the task kind. */
export function assembleProofs(needs: ProofNeeds) {
  const { node, log, storages, vmParts, ctParts, runner, startTask } = needs;
  const { store, clock } = vmParts;
  const guests = { vm: vmParts, ct: ctParts };
  const proofs = new ProofStore(store);
  const restored = new RestoredBytes();
  const planning: PlanParts = {
    ...{ store, storages: ctParts.storages, archives: needs.archives },
    meta: () => vmParts.meta(),
  };
  runner.register(
    backupTestKinds({
      ...{ node, clock, runner, restored, ...guests },
      room: {
        clock,
        async room(id) {
          const { total, avail } = await storages.status(id);
          return { totalBytes: total, availableBytes: avail };
        },
      },
      keeper: createProofKeeper({
        ...{ node, clock, storages, proofs },
        onProof({ vmid, volume, problem }) {
          if (problem !== undefined) log.warn({ vmid, volume, problem }, 'a restore test failed');
        },
      }),
      // Linux: what programs could get, caches that can go included (MemAvailable).
      plan: (context, wish, id) => planTrial({ ...planning, availableMemory: freemem }, context, wish, id),
      comesUp: (context, trial) =>
        trial.kind === 'qemu' ? vmComesUp(vmParts, context, trial) : ctComesUp(ctParts, context, trial),
    }),
  );
  return {
    proofs,
    restored,
    service: createProofService({
      ...{ storages: ctParts.storages, startTask },
      plan: (context, wish, id) => planTrial(planning, context, wish, id),
    }),
    startJobTests: (...[options, ofJob]: Tail<Parameters<typeof startJobTests>>) =>
      startJobTests(
        {
          proofs,
          clock,
          startTask,
          list: (context, id) => storages.content(context, id, { content: 'backup' }),
        },
        options,
        ofJob,
      ),
    /** Removes what trials of a former life left; after tasks were recovered. Resolves when it is under way; never rejects. */
    async sweep(): Promise<void> {
      for (const leftover of trialGuests(guests)) {
        log.info({ leftover }, 'a restore test left its guest behind: it is removed');
        await startTask('backuptest', { leftover }, 'root@pam').catch((error: unknown) =>
          log.error({ detail: asAppError(error).detail }, `restore tests: ${asAppError(error).message}`),
        );
      }
    },
  };
}

type Tail<T extends readonly unknown[]> = T extends readonly [unknown, ...infer Rest] ? Rest : never;
