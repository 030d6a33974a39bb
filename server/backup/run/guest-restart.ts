// Mode `stop` of a backup: the guest is shut down, and started again as soon as what it holds is held.
import { longestTimerMs } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { activeConfig, type GuestKind } from '../../guests/config/guest-document.ts';
import { changeGuest, readGuest } from '../../guests/guest-documents.ts';
import type { GuestRunParts } from '../../guests/guest-run-parts.ts';
import type { GuestStartState } from '../../tasks/kinds/guest-start-steps.ts';
import { guestLock } from '../../tasks/kinds/guest-task-names.ts';
import type { TaskContext, TaskStep } from '../../tasks/task.ts';
import type { BackupOptions } from './backup-options.ts';

/** A guest that can be shut down and started, of either kind. */
export interface RestartableGuest {
  readonly kind: GuestKind;
  readonly parts: GuestRunParts;
  /** How people call it in a sentence. */
  readonly noun: string;
  requestShutdown(vmid: number): Promise<void>;
  /** Milliseconds after which one that still runs is asked again, as of `StoppableGuest`. */
  readonly askAgainMs?: number;
  /** The steps of a start. `standing`: its processors stand until somebody lets them go, where the kind has that. */
  startSteps(standing: boolean): readonly TaskStep<{ readonly vmid: number }, GuestStartState>[];
  /** How long a guest is waited for whose shutdown was broken off; default two minutes. */
  readonly downGraceMs?: number | undefined;
}

const downGraceMs = 120_000;

/** `timeout` when it does not end in the time of `stopwait`: it is not cut off, as its file systems would be backed up so. Repeatable. */
export async function shutDownForBackup(
  { parts, kind, noun, requestShutdown, askAgainMs }: RestartableGuest,
  context: TaskContext,
  vmid: number,
  { stopWaitMinutes }: Pick<BackupOptions, 'stopWaitMinutes'>,
): Promise<void> {
  await parts.states.refresh();
  if (parts.states.stateOf(vmid) === 'stopped') return parts.ends.settle(vmid, context);
  context.log(`stopping ${noun}`);
  await parts.hooks.run(context, vmid, 'pre-stop', activeConfig(readGuest(parts.store, vmid, kind)));
  const limit = AbortSignal.timeout(Math.min(stopWaitMinutes * 60_000, longestTimerMs));
  await parts.ends.telling(vmid, context, async () => {
    context.signal.throwIfAborted();
    await requestShutdown(vmid);
    const ask = () => void requestShutdown(vmid).catch(() => {});
    const again = askAgainMs === undefined ? undefined : setInterval(ask, askAgainMs);
    try {
      await parts.states.until(vmid, 'stopped', AbortSignal.any([context.signal, limit]));
    } catch (error) {
      if (context.signal.aborted || !limit.aborted) throw error;
      throw new AppError('timeout', `it did not shut down within ${stopWaitMinutes} minutes`);
    } finally {
      clearInterval(again);
    }
    await parts.ends.settle(vmid);
  });
}

/**
 * Starts a guest that ran before, if it is off. Repeatable. `wasDown`: it had gone down; else its shutdown was broken off, and it may
 * still be about to.
 */
export async function bringUpAgain(
  guest: RestartableGuest,
  context: TaskContext,
  vmid: number,
  wasDown: boolean,
): Promise<void> {
  const { parts, kind } = guest;
  await parts.states.refresh();
  // A start of ours that was cut off before it was noted: nobody else could start it.
  if (readGuest(parts.store, vmid, kind).running === undefined && parts.states.stateOf(vmid) !== 'stopped')
    await changeGuest(parts.store, vmid, (document) => ({ running: document.config, ...document }));
  if (!wasDown) await awaitDown(guest, context, vmid);
  await startAgain(guest, context, vmid, { standing: false });
}

/**
 * Starts it if it is off, under its own lock: the steps of a start, one after the other; when one fails, those before it are
 * undone. Repeatable.
 */
export async function startAgain(
  { parts, noun, startSteps }: RestartableGuest,
  context: TaskContext,
  vmid: number,
  { standing }: { readonly standing: boolean },
): Promise<void> {
  await context.holding([guestLock(vmid)], async () => {
    await parts.states.refresh();
    if (parts.states.stateOf(vmid) !== 'stopped') return;
    context.log(`starting ${noun}`);
    const begun: (() => Promise<void>)[] = [];
    let state: Partial<GuestStartState> = {};
    try {
      for (const { run, undo } of startSteps(standing)) {
        begun.unshift(async () => undo?.(context, { vmid }, state));
        state = { ...state, ...((await run(context, { vmid }, state)) ?? {}) };
      }
    } catch (error) {
      for (const back of begun) await back().catch(() => {});
      throw error;
    }
  });
}

/** Waits until it is off, so long at most; one that was never asked runs on, and is left so. */
async function awaitDown(
  { parts, downGraceMs: graceMs = downGraceMs }: RestartableGuest,
  context: TaskContext,
  vmid: number,
): Promise<void> {
  if (parts.states.stateOf(vmid) === 'stopped') return;
  context.log('it may have been asked to shut down: waiting for that');
  const limit = AbortSignal.timeout(graceMs);
  try {
    await parts.states.until(vmid, 'stopped', AbortSignal.any([context.signal, limit]));
  } catch (error) {
    if (!limit.aborted || context.signal.aborted) throw error;
    context.log('it runs on');
  }
}
