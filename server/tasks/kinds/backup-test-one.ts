// Task `backuptest` of one backup: restored to a temporary guest that reaches nobody, started, waited for, removed; what came of it is kept with the backup.
import type { ProofKeeper } from '../../backup/proof/keep-proof.ts';
import type { TrialPlan, TrialWish } from '../../backup/proof/plan-trial.ts';
import type { RestoredBytes } from '../../backup/proof/restored-bytes.ts';
import { type CameUp, type ComesUp, freeTrialNumber, type ResolvedWait } from '../../backup/proof/trial.ts';
import { requireRoom, type TrialRoomParts, watchRoom } from '../../backup/proof/trial-room.ts';
import { leaveArchive } from '../../backup/restore/archive-access.ts';
import type { Clock } from '../../core/clock.ts';
import { AppError, type ErrorCode } from '../../core/errors.ts';
import type { WorkContext } from '../../core/work-context.ts';
import { guestLabel } from '../../guests/config/guest-document.ts';
import { findGuest } from '../../guests/guest-documents.ts';
import type { LockRef, TaskContext, TaskKind, TaskRecord } from '../task.ts';
import type { TaskRunner } from '../task-runner.ts';
import { removeTrial, type TrialGuests } from './backup-test-remove.ts';

export interface BackupTestParams extends TrialWish {
  /** Seconds from its start on. */
  readonly timeoutSeconds: number;
  /** KiB per second. */
  readonly limitKib?: number;
}

/** How far it came. */
interface Restoring {
  readonly seconds: number;
  readonly bytes?: number;
  readonly zeroBytes?: number;
  readonly problem?: string;
}

export interface BackupTestState {
  trialId: number;
  /** Milliseconds since the epoch. */
  startedAt: number;
  wait: ResolvedWait;
  notes: readonly string[];
  memoryMib: number | null;
  restoring: Restoring;
  /** Missing when it was not even started. */
  up: CameUp & { readonly phase: 'start' | 'wait' };
  /** Set in the end, when it came up or did not: why not. */
  verdict: string | null;
}

export interface BackupTestParts extends TrialGuests {
  readonly node: string;
  readonly clock: Clock;
  readonly runner: Pick<TaskRunner, 'start' | 'wait' | 'cancel'>;
  readonly room: TrialRoomParts;
  readonly restored: RestoredBytes;
  readonly keeper: ProofKeeper;
  /** Reads the archive; what there is not enough of is its trouble, too. */
  plan(context: WorkContext, wish: TrialWish, trialId: number): Promise<TrialPlan>;
  readonly comesUp: ComesUp;
}

/** One after the other on a node: memory and room of two are not reckoned with. */
export function trialLock(node: string): LockRef {
  return { scope: 'node', id: `${node} (restore tests)` };
}

/** They say nothing of the backup: what kept it from being tried. The test fails, and no proof is kept. */
const circumstances: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  ...([
    'busy',
    'cancelled',
    'forbidden',
    'internal',
    'no-capacity',
    'no-quorum',
    'timeout',
    'unavailable',
  ] as const),
]);

export function backupTestKind(parts: BackupTestParts): TaskKind<BackupTestParams, BackupTestState> {
  /** By task: written with the proof. A daemon that is restarted in between has none. */
  const pictures = new Map<string, Uint8Array>();
  return {
    type: 'backuptest',
    describe: ({ kind, vmid }) => `${guestLabel(kind, vmid)} - Restore test`,
    objectId: ({ vmid }) => String(vmid),
    locks: () => [trialLock(parts.node)],
    check: async () => {},
    steps: [
      {
        name: 'choose-number',
        run: async () => ({ trialId: freeTrialNumber(parts.vm.store), startedAt: parts.clock.now() }),
      },
      {
        name: 'restore',
        async run(context, params, { trialId }) {
          // What a try that was cut off made.
          await removeTrial(parts, context, required(trialId));
          return await restore(parts, context, params, required(trialId));
        },
        async undo(context, { volume }, { trialId }) {
          pictures.delete(context.upid);
          if (trialId !== undefined) await removeTrial(parts, context, trialId);
          await leaveArchive(parts.vm, context, volume);
        },
      },
      {
        name: 'wait-for-it',
        async run(context, params, { trialId, restoring, wait }) {
          if (restoring?.problem !== undefined) return {};
          const { up, picture } = await start(parts, context, params, required(trialId), required(wait));
          if (picture) pictures.set(context.upid, picture);
          return { up };
        },
      },
      {
        name: 'keep-proof',
        final: true,
        async run(context, params, state) {
          const picture = pictures.get(context.upid);
          pictures.delete(context.upid);
          const verdict = state.restoring?.problem ?? state.up?.problem ?? null;
          context.log(verdict === null ? `proven: ${state.up?.came ?? ''}` : `failed: ${verdict}`);
          await parts.keeper.keep(context, { params, state, verdict, picture });
          return { verdict };
        },
      },
      {
        name: 'remove-guest',
        final: true,
        run: (context, _params, { trialId }) => removeTrial(parts, context, required(trialId)),
      },
      {
        name: 'tell',
        final: true,
        async run(_context, _params, { verdict = null }) {
          if (verdict !== null) throw new AppError('command-failed', verdict);
        },
      },
    ],
    afterCrash: 'unwind',
    cancellable: true,
  };
}

async function restore(
  parts: BackupTestParts,
  context: TaskContext,
  params: BackupTestParams,
  trialId: number,
): Promise<Partial<BackupTestState>> {
  const begunMs = parts.clock.now();
  const seconds = () => Math.round((parts.clock.now() - begunMs) / 100) / 10;
  context.log(`restoring ${params.volume} to the temporary guest ${trialId}`);
  let plan: TrialPlan;
  try {
    plan = await parts.plan(context, params, trialId);
  } catch (error) {
    const wait = params.wait === 'auto' ? 'running' : params.wait;
    return {
      wait,
      notes: [],
      memoryMib: null,
      restoring: { seconds: seconds(), problem: saidOf(context, error) },
    };
  }
  for (const note of plan.notes) context.log(note);
  await requireRoom(parts.room, plan);
  const { type, params: given } = plan.restore;
  const end = await runChild(parts, context, type, withLimit(given, params.limitKib), (upid) =>
    keepRoom(parts, context, plan, upid),
  );
  const written = parts.restored.take(end.upid);
  const { wait, notes, memoryMib = null } = plan;
  const problem = problemOf(context, end);
  return {
    ...{ wait, notes, memoryMib },
    restoring: { seconds: seconds(), ...written, ...(problem === undefined ? {} : { problem }) },
  };
}

async function start(
  parts: BackupTestParts,
  context: TaskContext,
  { kind, port, timeoutSeconds }: BackupTestParams,
  vmid: number,
  wait: ResolvedWait,
): Promise<{ up: BackupTestState['up']; picture?: Uint8Array | undefined }> {
  // What somebody removed, or made of it, meanwhile is no trial any more.
  if (findGuest(parts.vm.store, vmid)?.trial === undefined)
    throw new AppError('wrong-state', `the temporary guest ${vmid} is gone`);
  const end = await runChild(parts, context, kind === 'qemu' ? 'qmstart' : 'vzstart', { vmid });
  const problem = problemOf(context, end);
  if (problem !== undefined)
    return { up: { problem: `it does not start: ${problem}`, seconds: 0, phase: 'start' } };
  const words = { agent: 'its agent', screen: 'its screen', running: 'it to run', port: `port ${port}` };
  context.log(`started; waiting for ${words[wait]}, ${timeoutSeconds} s at most`);
  const { up, picture } = await parts.comesUp(context, { kind, vmid, wait, port, timeoutSeconds });
  return { up: { ...up, phase: 'wait' }, picture };
}

/** A task below this one, to its end; `meanwhile` gets a signal of that end by the function that it returns. */
async function runChild(
  parts: BackupTestParts,
  context: TaskContext,
  type: string,
  params: object,
  meanwhile?: (upid: string) => () => AppError | undefined,
): Promise<TaskRecord> {
  const { requester, upid: parent } = context;
  const upid = await parts.runner.start(type, params, { requester, parent });
  const over = meanwhile?.(upid);
  let trouble: AppError | undefined;
  try {
    const end = await parts.runner.wait(upid);
    trouble = over?.();
    context.signal.throwIfAborted();
    if (trouble) throw trouble;
    return end;
  } finally {
    over?.();
  }
}

/** Ends the restore before it takes the room that others need. */
function keepRoom(
  parts: BackupTestParts,
  context: TaskContext,
  { volumes }: TrialPlan,
  upid: string,
): () => AppError | undefined {
  const over = new AbortController();
  let trouble: AppError | undefined;
  const ids = volumes.map(({ storage }) => storage);
  void watchRoom(parts.room, ids, AbortSignal.any([over.signal, context.signal]), (storage) => {
    trouble = new AppError('no-capacity', `storage '${storage}' gets full: the restore was broken off`);
    void parts.runner.cancel(upid).catch(() => {});
  });
  return () => {
    over.abort();
    return trouble;
  };
}

/** How it failed, as far as the backup may be at fault; undefined: it went well. Throws what says nothing of the backup. */
function problemOf(context: TaskContext, { errorCode, exitStatus }: TaskRecord): string | undefined {
  if (errorCode === undefined) return undefined;
  return saidOf(context, new AppError(errorCode, exitStatus ?? 'failed'));
}

function saidOf(context: TaskContext, error: unknown): string {
  context.signal.throwIfAborted();
  if (!(error instanceof AppError) || circumstances.has(error.code)) throw error;
  return error.message;
}

function withLimit<P extends object>(params: P, limitKib: number | undefined): P {
  return limitKib === undefined ? params : { ...params, limitKib };
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new AppError('internal', 'a step before has not said what it must');
  return value;
}
