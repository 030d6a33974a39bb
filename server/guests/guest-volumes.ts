// The volumes of a guest: planned under a name, made, found again after a crash, taken away.
import type {
  Attachment,
  Capability,
  Storage,
  VolumeFormat,
  VolumeInfo,
} from '../../storage-plugins/plugin.ts';
import { AppError, hasCode } from '../core/errors.ts';
import { quietContext, type WorkContext } from '../core/work-context.ts';
import { cloudInitName } from './config/cloud-init-keys.ts';
import type { VolumeAllocation } from './config/new-drive.ts';
import { attachHostPath, isHostPath } from './import/import-source.ts';
import { bareName, splitVolume } from './volume-names.ts';

/** What guests need of the storages of this node. */
export interface GuestStorages {
  /** `not-found` for one that is not configured, `unavailable` for one that cannot be used now. */
  storage(id: string): Storage;
  /** Ids of the storages that can hold disk images, as far as they can be used now. */
  imageStorages(): readonly string[];
  /** The format that the storage gives new disks of a format wish. */
  imageFormat(id: string, wish: VolumeFormat | undefined): VolumeFormat;
  /** What its plugin declares. */
  capabilities(id: string): readonly Capability[];
  /** Ids of the storages that lie on a volume: a volume group on a LUN. */
  storagesOn?(volid: string): readonly string[];
  /** How fast copies between the storages may go, in KiB per second; 0: no limit. */
  limitKib(operation: 'clone' | 'move' | 'restore', ids: readonly string[]): number;
}

/** A volume that is to be made; the name is decided before anything is made, so that a crash leaves nothing unnamed. */
export type PlannedVolume = {
  readonly key: string;
  readonly storage: string;
  /** Without folder and extension: `vm-100-disk-0`. */
  readonly name: string;
  readonly format: VolumeFormat;
  readonly sizeBytes: number | undefined;
  readonly content: VolumeAllocation['content'];
};

export interface MadeVolume {
  readonly key: string;
  readonly volume: string;
  readonly sizeBytes: number;
}

/** Attachment of a volume by its id; `not-found` when there is no such volume. */
export async function attachVolume(
  storages: GuestStorages,
  context: WorkContext,
  volid: string,
): Promise<Attachment> {
  const { storage, name } = splitVolume(volid);
  return storages.storage(storage).attach(context, name);
}

/** What a new disk is copied from. */
async function attachSource(
  storages: GuestStorages,
  context: WorkContext,
  from: string,
): Promise<Attachment> {
  return isHostPath(from) ? attachHostPath(from) : await attachVolume(storages, context, from);
}

export async function detachVolume(
  storages: GuestStorages,
  context: WorkContext,
  volid: string,
): Promise<void> {
  const { storage, name } = splitVolume(volid);
  await storages.storage(storage).detach(context, name);
}

export function volumeInfo(
  storages: GuestStorages,
  context: WorkContext,
  volid: string,
): Promise<VolumeInfo> {
  const { storage, name } = splitVolume(volid);
  return storages.storage(storage).info(context, name);
}

/**
 * One that is gone already is no error. Of a storage that is not configured any more nothing can be removed: whoever asks is rid of the
 * volume, and told that it may still be there. True: it is gone.
 */
export async function removeVolume(
  storages: GuestStorages,
  context: WorkContext & { warn(line: string): void },
  volid: string,
): Promise<boolean> {
  const { storage: id, name } = splitVolume(volid);
  let storage: Storage;
  try {
    storage = storages.storage(id);
  } catch (error) {
    if (!hasCode(error, 'not-found')) throw error;
    context.warn(`left: ${volid}: there is no storage '${id}' any more`);
    return false;
  }
  try {
    await storage.remove(context, name);
  } catch (error) {
    // A LUN: it is made and removed by its target, and was the guest's only to use.
    if (hasCode(error, 'unsupported')) {
      context.warn(`left: ${volid}: the storage does not remove it`);
      return false;
    }
    if (!hasCode(error, 'not-found')) throw error;
  }
  return true;
}

/** `wrong-state`, naming those that are protected, before any is removed. */
export async function requireUnprotected(
  storages: GuestStorages,
  context: WorkContext,
  volumes: readonly string[],
): Promise<void> {
  const held: string[] = [];
  for (const volume of volumes) {
    try {
      if ((await volumeInfo(storages, context, volume)).protected) held.push(volume);
    } catch (error) {
      if (!hasCode(error, 'not-found')) throw error;
    }
  }
  if (held.length > 0)
    throw new AppError(
      'wrong-state',
      `protected: ${held.join(', ')}: switch the protection off before the guest is removed`,
      { data: { volumes: held } },
    );
}

/** Every volume on this node's image storages that belongs to the guest. */
export async function volumesOfGuest(
  storages: GuestStorages,
  context: WorkContext,
  vmid: number,
): Promise<string[]> {
  const found: string[] = [];
  for (const id of storages.imageStorages()) {
    for (const volume of await storages.storage(id).list(context, { contents: ['images'], vmid })) {
      found.push(`${id}:${volume.name}`);
    }
  }
  return found;
}

/** Decides names, lowest free number first, and formats. Makes nothing. */
export async function planVolumes(
  storages: GuestStorages,
  context: WorkContext,
  vmid: number,
  allocations: readonly VolumeAllocation[],
): Promise<PlannedVolume[]> {
  const planned: PlannedVolume[] = [];
  const taken = new Map<string, Set<string>>();
  for (const { key, storage, format, sizeBytes, content } of allocations) {
    const names = taken.get(storage) ?? (await namesOn(storages.storage(storage), context, vmid));
    taken.set(storage, names);
    const nameOf = (at: number) =>
      content.kind === 'cloud-init' ? cloudInitName(vmid, at) : `vm-${vmid}-disk-${at}`;
    let number = 0;
    // A base keeps its number.
    while (names.has(nameOf(number)) || names.has(nameOf(number).replace(/^vm-/, 'base-'))) number += 1;
    const name = nameOf(number);
    names.add(name);
    const isRaw = content.kind === 'firmware-variables' || content.kind === 'cloud-init';
    const chosen = isRaw ? 'raw' : storages.imageFormat(storage, format);
    planned.push({ key, storage, name, format: chosen, sizeBytes, content });
  }
  return planned;
}

/** Makes one planned volume; what an interrupted try left under its name is replaced. */
export async function makeVolume(
  storages: GuestStorages,
  context: WorkContext,
  vmid: number,
  plan: PlannedVolume,
  firmwareVariables: string | undefined,
): Promise<MadeVolume> {
  await unmakeVolume(storages, context, vmid, plan);
  const storage = storages.storage(plan.storage);
  const disk = { vmid, format: plan.format, name: plan.name };
  let info: VolumeInfo;
  if (plan.content.kind === 'empty' || plan.content.kind === 'cloud-init') {
    info = await storage.createDisk(context, { ...disk, sizeBytes: plan.sizeBytes ?? 0 });
  } else {
    try {
      const source: Attachment =
        plan.content.kind === 'import'
          ? await attachSource(storages, context, plan.content.from)
          : firmwareTemplate(firmwareVariables);
      info = await storage.copyDisk(context, source, disk);
    } finally {
      await releaseSource(storages, context, plan);
    }
    if (plan.sizeBytes !== undefined && plan.sizeBytes > info.sizeBytes) {
      await storage.resize(context, info.name, plan.sizeBytes);
      info = { ...info, sizeBytes: plan.sizeBytes };
    }
  }
  return { key: plan.key, volume: `${plan.storage}:${info.name}`, sizeBytes: info.sizeBytes };
}

/** A file that was attached to be copied. Another guest's disk is left as it is: that guest may run. */
async function releaseSource(
  storages: GuestStorages,
  context: WorkContext,
  { content }: PlannedVolume,
): Promise<void> {
  if (content.kind !== 'import' || isHostPath(content.from) || !/^[^:]+:import\//.test(content.from)) return;
  await detachVolume(storages, { ...quietContext(), log: (line) => context.log(line) }, content.from);
}

/** Takes away whatever bears the planned name, and lets go of what it was copied from. Repeatable. */
export async function unmakeVolume(
  storages: GuestStorages,
  context: WorkContext,
  vmid: number,
  plan: PlannedVolume,
): Promise<void> {
  const storage = storages.storage(plan.storage);
  for (const volume of await storage.list(context, { contents: ['images'], vmid })) {
    if (bareName(volume.name) === plan.name) await storage.remove(context, volume.name);
  }
  await releaseSource(storages, context, plan);
}

/** Names, without folder and extension, of the guest's volumes on the storage. */
export async function namesOn(storage: Storage, context: WorkContext, vmid: number): Promise<Set<string>> {
  const volumes = await storage.list(context, { contents: ['images'], vmid });
  return new Set(volumes.map((volume) => bareName(volume.name)));
}

function firmwareTemplate(path: string | undefined): Attachment {
  if (path === undefined)
    throw new AppError('unavailable', 'the UEFI firmware (package ovmf) is not installed');
  return { kind: 'file', path, format: 'raw' };
}
