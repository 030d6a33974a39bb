// The volumes of a container: planned under a name, made empty, cloned or copied, found again after a crash, taken away.
import type { Storage, VolumeFormat, VolumeInfo } from '../../../storage-plugins/plugin.ts';
import { hasCode } from '../../core/errors.ts';
import type { WorkContext } from '../../core/work-context.ts';
import type { MadeVolume } from '../guest-volumes.ts';
import { bareName, freeName } from '../volume-names.ts';
import { freePlace, rootOwner, secondPlace, withMounted } from './ct-mounts.ts';
import type { CtStorages } from './ct-storages.ts';
import type { CtTaskParts } from './ct-task-parts.ts';

/** A volume that is to be made. */
export interface CtVolumeWish {
  /** `rootfs`, `mp0`. */
  readonly key: string;
  readonly storage: string;
  /** Undefined: the storage's own choice. */
  readonly format?: VolumeFormat | undefined;
  readonly sizeBytes: number | undefined;
}

/** The name is decided before anything is made, so that a crash leaves nothing unnamed. */
export type PlannedCtVolume = {
  readonly key: string;
  readonly storage: string;
  /** Without folder and extension: `subvol-100-disk-0`. */
  readonly name: string;
  readonly format: VolumeFormat;
  readonly sizeBytes: number;
};

/** Trees and images: a container has both, and their names are given out together. */
const diskContents = ['images', 'rootdir'] as const;

/** Decides names, lowest free number first, and formats. Makes nothing. */
export async function planCtVolumes(
  storages: CtStorages,
  context: WorkContext,
  vmid: number,
  wishes: readonly CtVolumeWish[],
): Promise<PlannedCtVolume[]> {
  const planned: PlannedCtVolume[] = [];
  const taken = new Map<string, Set<string>>();
  for (const { key, storage, format, sizeBytes } of wishes) {
    const names = taken.get(storage) ?? (await takenNames(storages.storage(storage), context, vmid));
    taken.set(storage, names);
    const chosen = storages.rootFormat(storage, format);
    const name = freeName(vmid, chosen, names);
    names.add(name);
    planned.push({ key, storage, name, format: chosen, sizeBytes: sizeBytes ?? 0 });
  }
  return planned;
}

/** Names, without folder and extension, of the guest's volumes on the storage. */
export async function takenNames(storage: Storage, context: WorkContext, vmid: number): Promise<Set<string>> {
  const volumes = await storage.list(context, { contents: diskContents, vmid });
  return new Set(volumes.map((volume) => bareName(volume.name)));
}

/** Every volume on this node's storages that bears the container's number. */
export async function volumesOfCt(
  storages: CtStorages,
  context: WorkContext,
  vmid: number,
): Promise<string[]> {
  const found: string[] = [];
  for (const id of new Set([...storages.rootStorages(), ...storages.imageStorages()])) {
    for (const { name } of await storages.storage(id).list(context, { contents: diskContents, vmid }))
      found.push(`${id}:${name}`);
  }
  return found;
}

/** Takes away whatever bears the planned name, attached or not. Repeatable. */
export async function unmakeCtVolume(
  storages: CtStorages,
  context: WorkContext,
  vmid: number,
  plan: Pick<PlannedCtVolume, 'storage' | 'name'>,
): Promise<void> {
  const storage = storages.storage(plan.storage);
  const found = await findPlanned(storages, context, vmid, plan);
  if (found === undefined) return;
  await storage.detach(context, found.name);
  await storage.remove(context, found.name);
}

/** Of several, with what making one of them left mounted at the guest's second place. Repeatable. */
export async function unmakeCtVolumes(
  parts: Pick<CtTaskParts, 'driver' | 'storages'>,
  context: WorkContext,
  vmid: number,
  plans: readonly Pick<PlannedCtVolume, 'storage' | 'name'>[],
): Promise<void> {
  await freePlace(parts, secondPlace(vmid));
  for (const plan of plans) await unmakeCtVolume(parts.storages, context, vmid, plan);
}

/** What bears the planned name now. */
export async function findPlanned(
  storages: CtStorages,
  context: WorkContext,
  vmid: number,
  plan: Pick<PlannedCtVolume, 'storage' | 'name'>,
): Promise<VolumeInfo | undefined> {
  const volumes = await storages.storage(plan.storage).list(context, { contents: diskContents, vmid });
  return volumes.find((volume) => bareName(volume.name) === plan.name);
}

/**
 * Makes one planned volume with an empty file system that belongs to the container's root; what an interrupted try left under its
 * name is replaced. A tree is mounted at the guest's second place meanwhile: the guest may run.
 * To be undone by `unmakeCtVolumes`.
 */
export async function makeCtVolume(
  parts: Pick<CtTaskParts, 'fileSystems' | 'storages' | 'driver' | 'giveRoot'>,
  context: WorkContext,
  vmid: number,
  plan: PlannedCtVolume,
  unprivileged: boolean,
): Promise<MadeVolume> {
  await unmakeCtVolumes(parts, context, vmid, [plan]);
  const storage = parts.storages.storage(plan.storage);
  const { name, format, sizeBytes } = plan;
  const info = await storage.createDisk(context, { vmid, name, format, sizeBytes });
  const owner = rootOwner(unprivileged);
  if (format !== 'subvol') {
    await parts.fileSystems.format(context, await storage.attach(context, info.name), owner);
    await storage.detach(context, info.name);
  } else if (owner !== 0) {
    const volume = `${plan.storage}:${info.name}`;
    const at = { place: secondPlace(vmid), volume, unprivileged };
    await withMounted(parts, context, at, (path) => parts.giveRoot(path, owner));
  }
  return madeOf(plan, info);
}

/**
 * Clones a volume of the same storage under the planned name; what an interrupted try left there is replaced. `limitBytes`: what the
 * storage says that the clone is limited to, for `limitTree`.
 */
export async function cloneCtVolume(
  parts: { readonly storages: CtStorages },
  context: WorkContext,
  vmid: number,
  plan: PlannedCtVolume,
  source: { readonly name: string; readonly snapshot?: string | undefined; readonly mode: 'linked' | 'full' },
): Promise<{ readonly made: MadeVolume; readonly limitBytes: number }> {
  const storage = parts.storages.storage(plan.storage);
  const { snapshot, mode } = source;
  const sizeBytes = plan.format === 'subvol' && plan.sizeBytes > 0 ? plan.sizeBytes : undefined;
  const clone = () =>
    storage.clone(context, source.name, { vmid, name: plan.name, snapshot, mode, sizeBytes });
  const info = await clone().catch(async (error: unknown) => {
    // Looked for only then: the name was free when it was planned.
    if (!hasCode(error, 'already-exists')) throw error;
    await unmakeCtVolume(parts.storages, context, vmid, plan);
    return clone();
  });
  return { made: madeOf(plan, info), limitBytes: info.sizeBytes };
}

/** Sets the limit of a tree unless it has it (`limitBytes`); where the file system cannot, the task's log says so. */
export async function limitTree(
  storage: Storage,
  context: WorkContext & { warn(line: string): void },
  plan: PlannedCtVolume,
  name: string,
  limitBytes?: number,
): Promise<void> {
  if (plan.format !== 'subvol' || plan.sizeBytes === 0) return;
  if (await storage.limitsTrees(context)) {
    if (limitBytes !== plan.sizeBytes) await storage.resize(context, name, plan.sizeBytes);
  } else
    context.warn(
      `${plan.key}: the file system of storage '${plan.storage}' cannot limit the size of a tree: it may grow beyond what was asked for`,
    );
}

function madeOf(plan: PlannedCtVolume, info: VolumeInfo): MadeVolume {
  return {
    key: plan.key,
    volume: `${plan.storage}:${info.name}`,
    sizeBytes: plan.sizeBytes || info.sizeBytes,
  };
}
