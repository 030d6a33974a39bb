// Tasks that bring a VM down or make it start afresh: `qmstop`, `qmshutdown`, `qmreboot`.
import { AppError } from '../../core/errors.ts';
import { activeConfig } from '../../guests/config/guest-document.ts';
import { readVmConfig } from '../../guests/config/read-vm-config.ts';
import { forgetRunning, readGuest } from '../../guests/guest-documents.ts';
import { assertAction } from '../../guests/guest-state-rules.ts';
import type { VmParts } from '../../guests/vm-parts.ts';
import type { TaskContext, TaskKind, TaskStep } from '../task.ts';
import { type StartState, startSteps, type VmParams } from './vm-start-steps.ts';

/** Seconds that a guest has for shutting down when the caller names none. */
const defaultTimeoutSeconds = 180;

export type ShutdownParams = VmParams & {
  readonly timeoutSeconds?: number;
  /** Pull the plug when the time is over, instead of failing. */
  readonly forceStop?: boolean;
};

export function vmStopKind(parts: VmParts): TaskKind<VmParams, object> {
  return {
    ...common('qmstop', 'Stop'),
    check: async ({ vmid }) => assertAction(parts, vmid, 'stop'),
    steps: [
      {
        name: 'stop',
        async run(context, { vmid }) {
          await stopNow(parts, context, vmid);
          return undefined;
        },
      },
    ],
    afterCrash: 'resume',
    cancellable: false,
  };
}

export function vmShutdownKind(parts: VmParts): TaskKind<ShutdownParams, object> {
  return {
    ...common('qmshutdown', 'Shutdown'),
    check: async ({ vmid }) => assertAction(parts, vmid, 'shutdown'),
    steps: [shutdownStep(parts)],
    // It was asked and may be on its way down: nobody can take that back.
    afterCrash: 'resume',
    cancellable: true,
  };
}

/** Shuts down and starts again, so that changes which waited come into force. */
export function vmRebootKind(parts: VmParts): TaskKind<ShutdownParams, StartState> {
  return {
    ...common('qmreboot', 'Reboot'),
    check: async ({ vmid }) => assertAction(parts, vmid, 'reboot'),
    steps: [shutdownStep(parts), ...startSteps<ShutdownParams>(parts)],
    // Once it was shut down for a reboot, it must come up again.
    afterCrash: 'resume',
    cancellable: true,
  };
}

function common(type: string, label: string) {
  return {
    type,
    describe: ({ vmid }: VmParams) => `VM ${vmid} - ${label}`,
    objectId: ({ vmid }: VmParams) => String(vmid),
    locks: ({ vmid }: VmParams) => [{ scope: 'guest', id: String(vmid) } as const],
  };
}

function shutdownStep<S>(parts: VmParts): TaskStep<ShutdownParams, S> {
  return {
    name: 'shutdown',
    async run(context, { vmid, timeoutSeconds = defaultTimeoutSeconds, forceStop = false }) {
      await shutDown(parts, context, vmid, timeoutSeconds, forceStop);
      return undefined;
    },
  };
}

async function shutDown(
  parts: VmParts,
  context: TaskContext,
  vmid: number,
  timeoutSeconds: number,
  forceStop: boolean,
): Promise<void> {
  context.signal.throwIfAborted();
  if (parts.states.stateOf(vmid) === 'stopped') return forgetRunning(parts.store, vmid);
  const { agent } = readVmConfig({ vmid, config: activeConfig(readGuest(parts.store, vmid)) });
  await parts.driver.requestShutdown(vmid, { agent: agent.enabled });
  context.log(`asked the guest to shut down; it has ${timeoutSeconds} s`);
  const limit = AbortSignal.timeout(timeoutSeconds * 1000);
  try {
    await parts.states.until(vmid, 'stopped', AbortSignal.any([context.signal, limit]));
  } catch (error) {
    if (context.signal.aborted || !limit.aborted) throw error;
    if (!forceStop) throw new AppError('timeout', 'VM quit/powerdown failed - got timeout');
    context.warn('the guest did not shut down in time: stopping it');
    await stopNow(parts, context, vmid);
  }
  await forgetRunning(parts.store, vmid);
}

/** Pulls the plug and waits until it is gone. */
async function stopNow(parts: VmParts, context: TaskContext, vmid: number): Promise<void> {
  await parts.driver.stop(context, vmid);
  await parts.states.refresh();
  await parts.states.until(vmid, 'stopped', AbortSignal.any([context.signal, AbortSignal.timeout(30_000)]));
  await forgetRunning(parts.store, vmid);
}
