// Copying a container's volume file by file: to another storage, or where its own cannot clone.
import { freePlace, secondPlace, withMounted } from '../../guests/ct/ct-mounts.ts';
import type { CtTaskParts } from '../../guests/ct/ct-task-parts.ts';
import { limitTree, makeCtVolume, type PlannedCtVolume } from '../../guests/ct/ct-volumes.ts';
import type { MadeVolume } from '../../guests/guest-volumes.ts';
import { splitVolume } from '../../guests/volume-names.ts';
import type { TaskContext } from '../task.ts';

/**
 * Makes the planned volume and copies into it, with the new one mounted at the guest's place and the source at its second place.
 * Repeatable: what an interrupted try left is made anew. To be undone by unmounting both places and `unmakeCtVolume`.
 */
export async function copyVolume(
  parts: CtTaskParts,
  context: TaskContext,
  vmid: number,
  plan: PlannedCtVolume,
  from: {
    readonly volume: string;
    readonly snapshot?: string | undefined;
    /** A running container has it open. */
    readonly inUse: boolean;
  },
  unprivileged: boolean,
): Promise<MadeVolume> {
  await parts.driver.unmount(vmid);
  await freePlace(parts, secondPlace(vmid));
  const made = await makeCtVolume(parts, context, vmid, plan, unprivileged);
  const { storage, name } = splitVolume(made.volume);
  await limitTree(parts.storages.storage(storage), context, plan, name);
  const target = { place: vmid, volume: made.volume, unprivileged };
  const source = { place: secondPlace(vmid), ...from, unprivileged, readOnly: true };
  await withMounted(parts, context, target, (to) =>
    withMounted(parts, context, source, (path) => parts.fileSystems.copyTree(context, path, to)),
  );
  return made;
}
