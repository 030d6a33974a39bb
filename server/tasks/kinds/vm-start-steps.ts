// The steps that bring a VM up, shared by starting, rebooting and creating with a start.
import { AppError } from '../../core/errors.ts';
import { fillCloudInitDrive } from '../../guests/cloud-init/cloud-init-drive.ts';
import type { SnapshotMemory } from '../../guests/config/guest-document.ts';
import { attachVolume, detachVolume } from '../../guests/guest-volumes.ts';
import type { VmStart } from '../../guests/vm/vm-start.ts';
import type { VmParts } from '../../guests/vm-parts.ts';
import { openedVolumes } from '../../guests/vm-run-ends.ts';
import type { TaskContext, TaskStep } from '../task.ts';
import { afterStartSteps, beforeStartSteps, type GuestStartState, undoStart } from './guest-start-steps.ts';
import type { GuestTarget } from './guest-task-names.ts';
import { goesOn, goOnSteps, notResumed } from './vm-go-on.ts';

/**
 * Attach the volumes, start the domain, note what it runs with. It goes on from its own saved memory if it has some, else from
 * `memoryOf` if that names some.
 */
export function startSteps<P extends GuestTarget>(
  parts: VmParts,
  memoryOf: (params: P) => SnapshotMemory | undefined = () => undefined,
): TaskStep<P, GuestStartState>[] {
  return [
    ...beforeStartSteps<P>(parts, 'qemu', openedVolumes),
    {
      name: 'start-domain',
      async run(context, params, { config = {}, attachments = {}, saved }) {
        const { vmid } = params;
        // One that goes on may have its cloud-init drive open.
        if (!saved) await fillCloudInitDrive(parts, context, vmid, config, attachments);
        const start = parts.renderStart(vmid, config, new Map(Object.entries(attachments)));
        const memory = memoryOf(params);
        if (saved) await bringBack(parts, context, start, saved.memory);
        else if (memory) await bringUpFrom(parts, context, start, memory);
        else await parts.driver.start(context, start);
        await parts.states.refresh();
        const observed = parts.states.observed(vmid);
        if (observed?.accelerated === false) {
          context.log('runs without hardware acceleration: slow');
        }
      },
      async undo(context, { vmid }, { saved, wentOn }) {
        await parts.states.refresh();
        if (saved && goesOn(parts, vmid, wentOn))
          context.warn('it goes on from its saved memory already, and is left so');
        else await undoStart(parts, context, vmid);
      },
    },
    ...goOnSteps<P>(parts, memoryOf),
    ...afterStartSteps<P>(parts),
  ];
}

/** As the machine that it was, with its memory; the volume is not needed any more once it stands. */
async function bringUpFrom(
  parts: VmParts,
  context: TaskContext,
  start: VmStart,
  { volume, digest }: SnapshotMemory,
): Promise<void> {
  try {
    const attachment = await attachVolume(parts.storages, context, volume);
    if (attachment.kind !== 'file' && attachment.kind !== 'block')
      throw new AppError('unsupported', `${volume}: a VM cannot go on from a ${attachment.kind} storage`);
    await parts.driver.start(context, { ...start, memory: { path: attachment.path, digest } });
  } finally {
    await detachVolume(parts.storages, context, volume);
  }
}

/** What keeps it from that is told with the way out. */
async function bringBack(
  parts: VmParts,
  context: TaskContext,
  start: VmStart,
  memory: SnapshotMemory,
): Promise<void> {
  try {
    await bringUpFrom(parts, context, start, memory);
  } catch (error) {
    throw context.signal.aborted ? error : notResumed(error);
  }
}
