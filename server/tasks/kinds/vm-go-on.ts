// The steps by which a VM goes on with saved memory, of its own or of a snapshot: it stands first; its own is forgotten; then it goes.
import { AppError, asAppError } from '../../core/errors.ts';
import type { SnapshotMemory } from '../../guests/config/guest-document.ts';
import { withoutSavedRun, withSavedRun } from '../../guests/config/saved-run.ts';
import { withUnusedDisk } from '../../guests/config/vm-disks.ts';
import { changeGuest, findGuest } from '../../guests/guest-documents.ts';
import { removeVolume } from '../../guests/guest-volumes.ts';
import type { VmParts } from '../../guests/vm-parts.ts';
import type { TaskContext, TaskStep } from '../task.ts';
import type { GuestStartState } from './guest-start-steps.ts';
import type { GuestTarget } from './guest-task-names.ts';

/** Where the way out is, for whoever cannot resume it. */
const wayOut =
  "its saved memory is kept: try again, or start it afresh after removing 'vmstate' from its configuration";

/** Of a start without saved memory they do nothing. `memoryOf`: of a snapshot, which stays. */
export function goOnSteps<P extends GuestTarget>(
  parts: VmParts,
  memoryOf: (params: P) => SnapshotMemory | undefined,
): TaskStep<P, GuestStartState>[] {
  return [
    {
      // A step of its own: once it has written to its disks, nothing must go on from that memory again, whatever breaks.
      name: 'go-on',
      async run(_context, params, { saved }) {
        const { vmid } = params;
        if (!saved && !memoryOf(params)) return;
        await parts.states.refresh();
        const state = parts.states.stateOf(vmid);
        if (state === 'stopped' && !saved)
          throw new AppError('command-failed', `VM ${vmid} ended as it was to go on: roll it back once more`);
        if (state === 'stopped' && findGuest(parts.store, vmid)?.suspended)
          throw new AppError('command-failed', `VM ${vmid} ended before it went on; ${wayOut}`);
        if (saved) await changeGuest(parts.store, vmid, withoutSavedRun);
        if (state === 'paused') {
          await parts.driver.resume(vmid);
          await parts.states.refresh();
        }
        return { wentOn: true };
      },
      async undo(context, { vmid }, { saved, wentOn = false, config = {} }) {
        if (!saved) return;
        await parts.states.refresh();
        const state = parts.states.stateOf(vmid);
        if (state === 'paused' && !wentOn) {
          await changeGuest(parts.store, vmid, (document) => withSavedRun(document, saved));
          return;
        }
        if (state === 'stopped' && findGuest(parts.store, vmid)?.suspended) return;
        // It goes on already, and is left so: what is missing of its start is made up for. Or it has ended since.
        if (state !== 'stopped')
          await changeGuest(parts.store, vmid, (document) => ({
            running: config,
            ...withoutSavedRun(document),
          }));
        await removeMemory(parts, context, vmid, saved.memory.volume);
      },
    },
    {
      name: 'remove-saved-memory',
      async run(context, { vmid }, { saved }) {
        if (saved) await removeMemory(parts, context, vmid, saved.memory.volume);
      },
    },
  ];
}

/** Has it gone on, and not ended? What went on from its saved memory is not stopped by the undoing of its start. */
export function goesOn({ states }: VmParts, vmid: number, wentOn = false): boolean {
  const state = states.stateOf(vmid);
  return state !== 'stopped' && (wentOn || state !== 'paused');
}

/** Tried twice; what cannot be removed stays as an unused disk, where it is found again: nothing goes on from it any more, so nothing has failed. */
export async function removeMemory(
  parts: VmParts,
  context: TaskContext,
  vmid: number,
  volume: string,
): Promise<void> {
  const remove = () => removeVolume(parts.storages, context, volume);
  try {
    if (await remove().catch(remove)) context.log(`removed ${volume}`);
  } catch (error) {
    if (context.signal.aborted) throw error;
    context.warn(
      `${volume} cannot be removed now, and stays as an unused disk: ${asAppError(error).message}`,
    );
    await changeGuest(parts.store, vmid, (document) => ({
      ...document,
      config: withUnusedDisk(document.config, volume),
    }));
  }
}

/** A failed resume, told with what can be done about it. */
export function notResumed(error: unknown): AppError {
  const { code, message, detail } = asAppError(error);
  return new AppError(code, `${message}; ${wayOut}`, {
    cause: error,
    ...(detail === undefined ? {} : { detail }),
  });
}
