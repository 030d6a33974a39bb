// Task `vzdump` of a whole run: its guests one after the other, each in a task of its own below; one that fails holds up no other.
import type { BackupHooks, HookFacts, JobPhase } from '../../backup/run/backup-hooks.ts';
import type { BackupLogs } from '../../backup/run/backup-log.ts';
import type { BackupOptions } from '../../backup/run/backup-options.ts';
import type { BackupTarget } from '../../backup/run/backup-target.ts';
import { targetLock } from '../../backup/run/guest-lock.ts';
import { commandText } from '../../backup/run/log-texts.ts';
import { type GuestOutcome, type Notify, noticeOf } from '../../backup/run/notification.ts';
import type { ClusterStore } from '../../cluster/cluster-store.ts';
import type { Clock } from '../../core/clock.ts';
import { AppError, asAppError } from '../../core/errors.ts';
import type { ByteProgress } from '../../core/work-context.ts';
import { guestLabel } from '../../guests/config/guest-document.ts';
import { findGuest } from '../../guests/guest-documents.ts';
import type { TaskContext, TaskKind } from '../task.ts';
import type { TaskRunner } from '../task-runner.ts';
import type { GuestBackupParams } from './vzdump-guest.ts';

export interface BackupRunParams {
  readonly vmids: readonly number[];
  readonly options: BackupOptions;
  /** Meant too, but not here or not there: told in the log. */
  readonly elsewhere: readonly number[];
  readonly unknown: readonly number[];
  /** Left out, as the requester may not back them up. */
  readonly forbidden: readonly number[];
}

export interface BackupRunParts {
  readonly node: string;
  readonly store: ClusterStore;
  readonly clock: Clock;
  readonly runner: Pick<TaskRunner, 'start' | 'wait'>;
  readonly logs: BackupLogs;
  readonly hooks: BackupHooks;
  readonly notify: Notify;
  target(options: BackupOptions): BackupTarget;
}

/** Broken off or failed it ends so; guests that were backed up before stay backed up. */
export function backupRunKind(parts: BackupRunParts): TaskKind<BackupRunParams, object> {
  const hook = async (context: TaskContext, { options }: BackupRunParams, phase: JobPhase) => {
    if (options.script === null) return;
    const facts: HookFacts = { storage: options.storage, folder: parts.target(options).folder };
    await parts.hooks.job(context, options, phase, facts);
  };
  return {
    type: 'vzdump',
    describe: ({ vmids }) =>
      `Backup (${vmids.length === 1 ? `guest ${vmids[0]}` : `${vmids.length} guests`})`,
    objectId: ({ vmids }) => (vmids.length === 1 ? String(vmids[0]) : ''),
    locks: ({ options: { storage, folder } }) => [targetLock(storage ?? folder ?? '')],
    check: async ({ options }) => parts.target(options).check(),
    steps: [
      {
        name: 'begin-job',
        async run(context, params) {
          const { vmids, options, elsewhere, unknown, forbidden } = params;
          context.log(`INFO: starting new backup job: ${commandText(vmids, options, parts.node)}`);
          if (elsewhere.length > 0) context.log(`INFO: skip external VMs: ${elsewhere.join(', ')}`);
          if (forbidden.length > 0) context.log(`INFO: skip VMs without permission: ${forbidden.join(', ')}`);
          if (unknown.length > 0) context.warn(`there is no guest ${unknown.join(', ')}`);
          await hook(context, params, 'job-init');
          await hook(context, params, 'job-start');
        },
        async undo(context, params) {
          await hook(context, params, 'job-abort').catch((error: unknown) =>
            context.log(asAppError(error).message),
          );
        },
      },
      { name: 'back-up-guests', run: (context, params) => backUpAll(parts, context, params, hook) },
    ],
    afterCrash: 'unwind',
    cancellable: true,
  };
}

async function backUpAll(
  parts: BackupRunParts,
  context: TaskContext,
  params: BackupRunParams,
  hook: (context: TaskContext, params: BackupRunParams, phase: JobPhase) => Promise<void>,
): Promise<void> {
  const { vmids, options } = params;
  const outcomes: GuestOutcome[] = [];
  for (const vmid of vmids) {
    context.signal.throwIfAborted();
    const done = outcomes.length / vmids.length;
    const listen = (fraction: number, bytes?: ByteProgress) =>
      context.progress(done + fraction / vmids.length, bytes);
    outcomes.push(await backUp(parts, context, params, vmid, listen));
    context.progress(outcomes.length / vmids.length);
  }
  const failed = outcomes.filter(({ problem }) => problem !== undefined);
  if (failed.length === 0) await hook(context, params, 'job-end');
  context.log(`INFO: Backup job finished ${failed.length > 0 ? 'with errors' : 'successfully'}`);
  await tell(parts, context, outcomes, options);
  if (failed.length === 0) return;
  const [first] = failed;
  const text =
    vmids.length === 1 ? (first?.problem ?? '') : `job errors (${failed.length} of ${vmids.length} guests)`;
  throw new AppError('command-failed', text, { data: { failed: failed.map(({ vmid }) => vmid) } });
}

/** One guest's task; what it says is said here, too, where clients look for it. */
async function backUp(
  parts: BackupRunParts,
  context: TaskContext,
  { options }: BackupRunParams,
  vmid: number,
  onProgress: (fraction: number, bytes?: ByteProgress) => void,
): Promise<GuestOutcome> {
  const { store, clock, runner, logs } = parts;
  const startMs = clock.now();
  const outcome: { -readonly [K in keyof GuestOutcome]: GuestOutcome[K] } = { vmid, name: '', seconds: 0 };
  const listener = `${context.upid}/${vmid}`;
  const stopListening = logs.listen(listener, {
    line: (text) => context.log(text),
    progress: onProgress,
    made({ name, sizeBytes }) {
      outcome.archive = name;
      outcome.sizeBytes = sizeBytes;
    },
    named(guestName) {
      outcome.name = guestName;
    },
  });
  const guest = findGuest(store, vmid);
  const label = guestLabel(guest?.kind ?? 'qemu', vmid);
  try {
    if (!guest) throw new AppError('not-found', 'it is gone');
    const child: GuestBackupParams = { vmid, kind: guest.kind, options, listener };
    const { requester, upid: parent } = context;
    const end = await runner.wait(await runner.start('vzdump', child, { requester, parent }));
    context.signal.throwIfAborted();
    if (end.errorCode !== undefined) outcome.problem = end.exitStatus ?? end.errorCode;
    else if (end.warnings > 0)
      context.warn(`Backup of ${label}: ${end.warnings} warning(s), see its own task`);
  } catch (error) {
    if (context.signal.aborted || context.shuttingDown.aborted) throw error;
    outcome.problem = asAppError(error).message;
  } finally {
    stopListening();
  }
  if (outcome.problem !== undefined) context.log(`ERROR: Backup of ${label} failed - ${outcome.problem}`);
  outcome.seconds = (clock.now() - startMs) / 1000;
  return outcome;
}

/** That nobody could be told is no reason for backups to have failed. */
async function tell(
  { notify, node }: BackupRunParts,
  context: TaskContext,
  outcomes: readonly GuestOutcome[],
  options: BackupOptions,
): Promise<void> {
  const notice = noticeOf(outcomes, options, node);
  if (!notice) return;
  try {
    const outcome = await notify(notice);
    for (const line of outcome?.told ?? []) context.log(`INFO: ${line}`);
    for (const line of outcome?.problems ?? []) context.warn(line);
  } catch (error) {
    context.warn(`the notification could not be sent: ${asAppError(error).message}`);
  }
}
