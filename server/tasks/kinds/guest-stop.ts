// Tasks that bring a guest of either kind down, or make it start afresh: stop, shutdown, reboot.
import type { GuestAction } from '../../contract/guest-actions.ts';
import { longestTimerMs } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { activeConfig, type GuestKind } from '../../guests/config/guest-document.ts';
import { readGuest } from '../../guests/guest-documents.ts';
import type { GuestRunParts } from '../../guests/guest-run-parts.ts';
import type { TaskContext, TaskKind, TaskStep } from '../task.ts';
import type { GuestStartState } from './guest-start-steps.ts';
import { type GuestTarget, onGuest } from './guest-task-names.ts';

export type ShutdownParams = GuestTarget & {
  readonly timeoutSeconds?: number;
  /** End it when the time is over, instead of failing. */
  readonly forceStop?: boolean;
};

/** In what the kinds of guests differ. */
export interface StoppableGuest {
  readonly kind: GuestKind;
  readonly parts: GuestRunParts;
  /** How the tasks' words begin: `vz`, `qm`. */
  readonly prefix: 'vz' | 'qm';
  /** How people call it in a sentence. */
  readonly noun: string;
  /** Seconds that it has for shutting down when the caller names none. */
  readonly defaultTimeoutSeconds: number;
  /** What clients look for when it did not shut down in time. */
  readonly timeoutText: string;
  assertAction(vmid: number, action: GuestAction): void;
  requestShutdown(vmid: number): Promise<void>;
  /**
   * Milliseconds after which one that still runs is asked again: a signal may have come while its init could not hear it. Left out
   * of guests for which a second request means something else, as a second press of a VM's button may.
   */
  readonly askAgainMs?: number;
}

/** Milliseconds until a guest that was ended at once must be gone. */
const stopLimitMs = 30_000;

/** Cancelled while its hook script runs, the guest runs on; after that it may be down or not. */
export function stopKind(guest: StoppableGuest): TaskKind<GuestTarget, object> {
  return {
    ...onGuest(guest.kind, `${guest.prefix}stop`, 'Stop'),
    check: async ({ vmid }) => guest.assertAction(vmid, 'stop'),
    steps: [
      preStopStep(guest),
      { name: 'stop', run: (context, { vmid }) => stopNow(guest.parts, context, vmid) },
    ],
    afterCrash: 'resume',
    cancellable: true,
  };
}

export function shutdownKind(guest: StoppableGuest): TaskKind<ShutdownParams, object> {
  return {
    ...onGuest(guest.kind, `${guest.prefix}shutdown`, 'Shutdown'),
    check: async ({ vmid }) => guest.assertAction(vmid, 'shutdown'),
    steps: [preStopStep(guest), shutdownStep(guest)],
    // It was asked and may be on its way down: nobody can take that back.
    afterCrash: 'resume',
    cancellable: true,
  };
}

/** Shuts down and starts again, so that changes which waited come into force. */
export function rebootKind(
  guest: StoppableGuest,
  startSteps: readonly TaskStep<ShutdownParams, GuestStartState>[],
): TaskKind<ShutdownParams, GuestStartState> {
  return {
    ...onGuest(guest.kind, `${guest.prefix}reboot`, 'Reboot'),
    check: async ({ vmid }) => guest.assertAction(vmid, 'reboot'),
    steps: [preStopStep(guest), shutdownStep(guest), ...startSteps],
    // Once it was shut down for a reboot, it must come up again.
    afterCrash: 'resume',
    cancellable: true,
  };
}

/** Only an end that was asked for here has it: one that comes by itself cannot be foreseen. */
function preStopStep<P extends GuestTarget, S>({ parts, kind }: StoppableGuest): TaskStep<P, S> {
  return {
    name: 'pre-stop',
    async run(context, { vmid }) {
      if (parts.states.stateOf(vmid) === 'stopped') return;
      const config = activeConfig(readGuest(parts.store, vmid, kind));
      await parts.hooks.run(context, vmid, 'pre-stop', config);
    },
  };
}

function shutdownStep<S>(guest: StoppableGuest): TaskStep<ShutdownParams, S> {
  const { ends } = guest.parts;
  return {
    name: 'shutdown',
    run: (context, params) => ends.telling(params.vmid, context, () => shutDown(guest, context, params)),
  };
}

async function shutDown(guest: StoppableGuest, context: TaskContext, params: ShutdownParams): Promise<void> {
  const { parts, noun } = guest;
  const { vmid, timeoutSeconds = guest.defaultTimeoutSeconds, forceStop = false } = params;
  context.signal.throwIfAborted();
  if (parts.states.stateOf(vmid) === 'stopped') return parts.ends.settle(vmid);
  await guest.requestShutdown(vmid);
  context.log(`asked the ${noun} to shut down; it has ${timeoutSeconds} s`);
  const limit = AbortSignal.timeout(Math.min(timeoutSeconds * 1000, longestTimerMs));
  const { askAgainMs } = guest;
  const ask = () => void guest.requestShutdown(vmid).catch(() => {});
  const again = askAgainMs === undefined ? undefined : setInterval(ask, askAgainMs);
  try {
    await parts.states.until(vmid, 'stopped', AbortSignal.any([context.signal, limit]));
  } catch (error) {
    if (context.signal.aborted || !limit.aborted) throw error;
    if (!forceStop) throw new AppError('timeout', guest.timeoutText);
    context.warn(`the ${noun} did not shut down in time: stopping it`);
    await stopNow(parts, context, vmid);
  } finally {
    clearInterval(again);
  }
  await parts.ends.settle(vmid);
}

/** Ends it at once, waits until it is gone, and clears up. Stopped already is no error. */
export function stopNow(parts: GuestRunParts, context: TaskContext, vmid: number): Promise<void> {
  return parts.ends.telling(vmid, context, async () => {
    context.signal.throwIfAborted();
    await parts.driver.stop(context, vmid);
    await parts.states.refresh();
    const limit = AbortSignal.timeout(stopLimitMs);
    await parts.states.until(vmid, 'stopped', AbortSignal.any([context.signal, limit]));
    await parts.ends.settle(vmid);
  });
}
