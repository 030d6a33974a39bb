// Task `qmdelsnapshot`: a snapshot of a VM is given up, with what of its memory was kept; also while the VM runs.
import { asAppError, hasCode, notFound } from '../../core/errors.ts';
import type { WorkContext } from '../../core/work-context.ts';
import type { GuestDocument } from '../../guests/config/guest-document.ts';
import { volumesInUse } from '../../guests/config/pending-changes.ts';
import { usedDisksOf, withUnusedDisk } from '../../guests/config/vm-disks.ts';
import { changeGuest } from '../../guests/guest-documents.ts';
import { withoutSnapshot } from '../../guests/guest-snapshots.ts';
import { removeVolume, volumeInfo } from '../../guests/guest-volumes.ts';
import type { VmParts } from '../../guests/vm-parts.ts';
import { keptDisks } from '../../guests/vm-snapshots.ts';
import { readUnlockedVm } from '../../guests/vm-state-rules.ts';
import type { TaskContext, TaskKind } from '../task.ts';
import { onGuest } from './guest-task-names.ts';
import { removeDiskSnapshot } from './vm-snapshot-parts.ts';

export interface VmDelSnapshotParams {
  readonly vmid: number;
  readonly name: string;
  /** Also when a storage fails: what it keeps stays there. */
  readonly force: boolean;
}

export function vmDelSnapshotKind(parts: VmParts): TaskKind<VmDelSnapshotParams, object> {
  const trying = async (
    context: TaskContext,
    force: boolean,
    volume: string,
    work: () => Promise<unknown>,
  ) => {
    try {
      await work();
    } catch (error) {
      if (!force || context.signal.aborted) throw error;
      context.warn(`${volume}: ${asAppError(error).message}; what it keeps of the snapshot stays`);
    }
  };
  return {
    ...onGuest('qemu', 'qmdelsnapshot', 'Delete snapshot'),
    async check({ vmid, name }) {
      if (!readUnlockedVm(parts, vmid).snapshots?.[name]) throw notFound('snapshot', name);
    },
    steps: [
      {
        name: 'remove-disk-snapshots',
        async run(context, { vmid, name, force }) {
          const found = readUnlockedVm(parts, vmid).snapshots?.[name];
          for (const { key, volume } of found ? keptDisks(found.config) : []) {
            if (found?.copies?.[key] !== undefined) continue;
            await trying(context, force, volume, () =>
              removeDiskSnapshot(parts, context, vmid, volume, name),
            );
          }
        },
      },
      {
        name: 'remove-volumes',
        async run(context, { vmid, name, force }) {
          const { memory, copies = {} } = readUnlockedVm(parts, vmid).snapshots?.[name] ?? {};
          for (const volume of [...(memory ? [memory.volume] : []), ...Object.values(copies)])
            await trying(context, force, volume, () => removeVolume(parts.storages, context, volume));
        },
      },
      {
        name: 'forget',
        async run(context, { vmid, name }) {
          const document = readUnlockedVm(parts, vmid);
          const left = await leftBehind(parts, context, document, name);
          await changeGuest(parts.store, vmid, (current) => {
            const without = withoutSnapshot(current, name);
            return { ...without, config: left.reduce(withUnusedDisk, without.config) };
          });
          for (const volume of left) context.log(`${volume} is an unused disk now`);
        },
      },
    ],
    afterCrash: 'resume',
    cancellable: false,
  };
}

/** Disks that only this snapshot knew of: nobody would find them any more. */
async function leftBehind(
  parts: VmParts,
  context: WorkContext,
  document: GuestDocument,
  name: string,
): Promise<string[]> {
  const found = document.snapshots?.[name];
  if (!found) return [];
  const needed = volumesInUse(withoutSnapshot(document, name));
  const left: string[] = [];
  for (const { volume } of usedDisksOf(found.config)) {
    if (needed.has(volume)) continue;
    // One that cannot be looked at now is rather named in vain than lost.
    const gone = await volumeInfo(parts.storages, context, volume).then(
      () => false,
      (error: unknown) => hasCode(error, 'not-found'),
    );
    if (!gone) left.push(volume);
  }
  return left;
}
