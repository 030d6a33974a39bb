// How a new container gets its root: a clone of its template's base, or a file system of its own that is unpacked into.
import { AppError } from '../../core/errors.ts';
import { quietContext, type WorkContext } from '../../core/work-context.ts';
import { withMounted } from '../../guests/ct/ct-mounts.ts';
import type { CtTaskParts } from '../../guests/ct/ct-task-parts.ts';
import { cloneCtVolume, limitTree, makeCtVolume, type PlannedCtVolume } from '../../guests/ct/ct-volumes.ts';
import { attachVolume, detachVolume, type MadeVolume } from '../../guests/guest-volumes.ts';
import { splitVolume } from '../../guests/volume-names.ts';
import type { TaskContext } from '../task.ts';

/** Makes the root volume under its planned name, with the template's content. Repeatable: what is there is made anew. */
export async function makeRoot(
  parts: CtTaskParts,
  context: TaskContext,
  vmid: number,
  plan: PlannedCtVolume,
  source: { readonly baseName: string } | { readonly template: string },
  unprivileged: boolean,
): Promise<MadeVolume> {
  // What an interrupted try left mounted would keep the volume.
  await parts.driver.unmount(vmid);
  let made: MadeVolume;
  let limitBytes: number | undefined;
  if ('baseName' in source) {
    ({ made, limitBytes } = await cloneCtVolume(parts, context, vmid, plan, {
      name: source.baseName,
      mode: 'linked',
    }));
  } else {
    made = await makeCtVolume(parts, context, vmid, plan, unprivileged);
    const { volume } = made;
    await unpackTemplate(parts, context, { vmid, template: source.template, volume, unprivileged });
  }
  const { storage, name } = splitVolume(made.volume);
  await limitTree(parts.storages.storage(storage), context, plan, name, limitBytes);
  return made;
}

/** Unpacks a template into an empty volume, mounted at the container's place. */
export async function unpackTemplate(
  parts: CtTaskParts,
  context: TaskContext,
  what: {
    readonly vmid: number;
    readonly template: string;
    readonly volume: string;
    readonly unprivileged: boolean;
  },
): Promise<void> {
  const { vmid, template, volume, unprivileged } = what;
  const archive = await attachVolume(parts.storages, context, template);
  try {
    if (archive.kind !== 'file')
      throw new AppError('unsupported', `${template}: its storage does not give templates as files`);
    await withMounted(parts, context, { place: vmid, volume, unprivileged }, async (root) => {
      const { entries, bytes } = await parts.setup.unpack(context, archive.path, root, { unprivileged });
      context.log(`unpacked ${entries} entries, ${bytes} bytes`);
    });
  } finally {
    await leaveTemplate(parts, context, template);
  }
}

/** Lets go of a template that was attached to be unpacked, also after a cancelled work. Repeatable. */
export async function leaveTemplate(
  parts: CtTaskParts,
  context: WorkContext,
  template: string,
): Promise<void> {
  await detachVolume(parts.storages, { ...quietContext(), log: (line) => context.log(line) }, template);
}
