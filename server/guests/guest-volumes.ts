// The volumes of a guest: planned under a name, made, found again after a crash, taken away.
import type { Attachment, Storage, VolumeFormat, VolumeInfo } from '../../storage-plugins/plugin.ts';
import { AppError, hasCode } from '../core/errors.ts';
import { splitVolumeId } from '../core/ids.ts';
import { quietContext, type WorkContext } from '../core/work-context.ts';
import type { VolumeAllocation } from './config/new-drive.ts';

/** What guests need of the storages of this node. */
export interface GuestStorages {
  /** `not-found` for one that is not configured, `unavailable` for one that cannot be used now. */
  storage(id: string): Storage;
  /** Ids of the storages that can hold disk images, as far as they can be used now. */
  imageStorages(): readonly string[];
  /** The format that the storage gives new disks of a format wish. */
  imageFormat(id: string, wish: VolumeFormat | undefined): VolumeFormat;
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
  const { storage, name } = splitOrThrow(volid);
  return storages.storage(storage).attach(context, name);
}

export async function detachVolume(
  storages: GuestStorages,
  context: WorkContext,
  volid: string,
): Promise<void> {
  const { storage, name } = splitOrThrow(volid);
  await storages.storage(storage).detach(context, name);
}

export function volumeInfo(
  storages: GuestStorages,
  context: WorkContext,
  volid: string,
): Promise<VolumeInfo> {
  const { storage, name } = splitOrThrow(volid);
  return storages.storage(storage).info(context, name);
}

export async function removeVolume(
  storages: GuestStorages,
  context: WorkContext,
  volid: string,
): Promise<void> {
  const { storage, name } = splitOrThrow(volid);
  try {
    await storages.storage(storage).remove(context, name);
  } catch (error) {
    if (!hasCode(error, 'not-found')) throw error;
  }
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
    let number = 0;
    while (names.has(`vm-${vmid}-disk-${number}`)) number += 1;
    const name = `vm-${vmid}-disk-${number}`;
    names.add(name);
    const chosen = content.kind === 'firmware-variables' ? 'raw' : storages.imageFormat(storage, format);
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
  if (plan.content.kind === 'empty') {
    info = await storage.createDisk(context, { ...disk, sizeBytes: plan.sizeBytes ?? 0 });
  } else {
    try {
      const source: Attachment =
        plan.content.kind === 'import'
          ? await attachVolume(storages, context, plan.content.from)
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
  if (content.kind !== 'import' || !/^[^:]+:(import|iso)\//.test(content.from)) return;
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

async function namesOn(storage: Storage, context: WorkContext, vmid: number): Promise<Set<string>> {
  const volumes = await storage.list(context, { contents: ['images'], vmid });
  return new Set(volumes.map((volume) => bareName(volume.name)));
}

/** `100/vm-100-disk-0.qcow2` to `vm-100-disk-0`. */
function bareName(name: string): string {
  return name.replace(/^.*\//, '').replace(/\.[a-z0-9]+$/, '');
}

function firmwareTemplate(path: string | undefined): Attachment {
  if (path === undefined)
    throw new AppError('unavailable', 'the UEFI firmware (package ovmf) is not installed');
  return { kind: 'file', path, format: 'raw' };
}

function splitOrThrow(volid: string): { storage: string; name: string } {
  const split = splitVolumeId(volid);
  if (!split) throw new AppError('invalid-input', `'${volid}' is not a volume ID: write storage:name`);
  return split;
}
