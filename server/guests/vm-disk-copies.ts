// Disks of a VM made from other disks: linked, cloned in full by their storage, or copied; planned first, found again after a crash.
import type { Attachment, VolumeFormat, VolumeInfo } from '../../storage-plugins/plugin.ts';
import { AppError, hasCode } from '../core/errors.ts';
import type { WorkContext } from '../core/work-context.ts';
import { quietContext } from '../core/work-context.ts';
import { bytesPerSecond } from '../storage/bandwidth-limits.ts';
import { cloudInitName } from './config/cloud-init-keys.ts';
import type { VmDisk } from './config/vm-disks.ts';
import { type GuestStorages, type MadeVolume, namesOn, volumeInfo } from './guest-volumes.ts';
import { canDo, type VolumeState } from './volume-features.ts';
import { bareName, freeName, isBaseVolume, splitVolume } from './volume-names.ts';

/** The name is decided before anything is made, so that a crash leaves nothing unnamed. */
export type DiskCopyPlan = {
  readonly key: string;
  readonly storage: string;
  /** Without folder and extension: `vm-200-disk-0`. */
  readonly name: string;
  readonly format: VolumeFormat;
  /** Volume id of what it is made from. */
  readonly source: string;
  /** `linked`, `full`: by the storage of both. `copy`: bit by bit, to another storage or format. */
  readonly how: 'linked' | 'full' | 'copy';
  /** Of the source; without it the source as it is now. */
  readonly snapshot?: string;
  /** How fast it may be copied, in KiB per second; without it as fast as it goes. Clones by the storage itself know no limit. */
  readonly limitKib?: number;
  /** As of the disk. */
  readonly chipBytes?: number;
};

export interface CopyWish {
  readonly mode: 'linked' | 'full';
  /** Default: where each disk is. */
  readonly storage?: string | undefined;
  /** Default: as it is, where the storage has that. */
  readonly format?: VolumeFormat | undefined;
  readonly snapshot?: string | undefined;
  /** Volumes that hold what disks were at the snapshot, by key: `GuestSnapshot.copies`. */
  readonly copies?: Readonly<Record<string, string>> | undefined;
  /** A running guest has the disks open. */
  readonly inUse: boolean;
  /** As in the plans; 0 or left out: none. */
  readonly limitKib?: number | undefined;
}

/** Decides names, formats and ways. Makes nothing. `unsupported`, naming the disk and its storage, where there is no way. */
export async function planDiskCopies(
  storages: GuestStorages,
  context: WorkContext,
  vmid: number,
  disks: readonly VmDisk[],
  wish: CopyWish,
): Promise<DiskCopyPlan[]> {
  const plans: DiskCopyPlan[] = [];
  const taken = new Map<string, Set<string>>();
  for (const each of disks) {
    const copy = wish.copies?.[each.key];
    const disk = copy === undefined ? each : { ...each, volume: copy };
    // What is generated for cloud-init is no part of a snapshot: a clone gets its own.
    const snapshot = copy === undefined && disk.kind !== 'cloud-init' ? wish.snapshot : undefined;
    const here = splitVolume(disk.volume).storage;
    const storage = wish.storage ?? here;
    const [names, { format: from }] = await Promise.all([
      taken.get(storage) ?? namesOn(storages.storage(storage), context, vmid),
      volumeInfo(storages, context, disk.volume),
    ]);
    taken.set(storage, names);
    const { how, format } = wayOf(storages, disk, { here, storage, from }, { ...wish, snapshot });
    const name = disk.kind === 'cloud-init' ? cloudInitNameAmong(vmid, names) : freeName(vmid, format, names);
    names.add(name);
    const past = snapshot === undefined ? {} : { snapshot };
    const slowly = wish.limitKib ? { limitKib: wish.limitKib } : {};
    const chip = how === 'copy' && disk.chipBytes !== undefined ? { chipBytes: disk.chipBytes } : {};
    plans.push({
      key: disk.key,
      storage,
      name,
      format,
      source: disk.volume,
      how,
      ...past,
      ...slowly,
      ...chip,
    });
  }
  return plans;
}

function wayOf(
  storages: GuestStorages,
  disk: VmDisk,
  { here, storage, from }: { here: string; storage: string; from: VolumeFormat },
  { mode, format: wanted, snapshot, inUse }: CopyWish,
): Pick<DiskCopyPlan, 'how' | 'format'> {
  const generated = disk.kind === 'cloud-init';
  if (mode === 'linked' && !generated) {
    const state = snapshot === undefined ? 'base' : 'snapshot';
    const can = (format: VolumeFormat) => canDo(storages, here, 'linked-clone', format, state).possible;
    if (can(from)) return { how: 'linked', format: from };
    if (disk.kind === 'disk' && snapshot === undefined && from === 'raw' && can('qcow2'))
      return { how: 'linked', format: 'qcow2' };
    if (disk.kind === 'disk')
      throw new AppError(
        'unsupported',
        `${disk.key}: storage '${here}': disks of format '${from}' have no linked clones ${snapshot === undefined ? '' : 'of snapshots '}there: make a full clone`,
      );
  }
  const fixed = disk.kind === 'firmware' || generated;
  const format = formatOn(storages, storage, from, fixed ? from : wanted, storage === here);
  const state = stateOf(disk.volume, snapshot);
  const can = canDo(storages, here, 'clone', from, state);
  const usable = can.possible && (can.live || !inUse || generated);
  if (state === 'snapshot' && !usable)
    throw new AppError(
      'unsupported',
      `${disk.key}: storage '${here}': snapshots of disks of format '${from}' cannot be copied${can.possible ? ' while the VM runs' : ''}`,
    );
  return { how: usable && storage === here && format === from ? 'full' : 'copy', format };
}

function stateOf(volume: string, snapshot: string | undefined): VolumeState {
  if (snapshot !== undefined) return 'snapshot';
  return isBaseVolume(volume) ? 'base' : 'current';
}

/** `invalid-input` for a wish that the storage cannot fulfil; what is there already may stay as it is. */
function formatOn(
  storages: GuestStorages,
  storage: string,
  from: VolumeFormat,
  wanted: VolumeFormat | undefined,
  same: boolean,
): VolumeFormat {
  if (wanted !== undefined && !(same && wanted === from)) return storages.imageFormat(storage, wanted);
  if (same) return from;
  try {
    return storages.imageFormat(storage, from);
  } catch (error) {
    if (!hasCode(error, 'invalid-input')) throw error;
    return storages.imageFormat(storage, undefined);
  }
}

/** Makes one planned disk; what an interrupted try left under its name is replaced. To be undone by `unmakeDiskCopy`. */
export async function makeDiskCopy(
  storages: GuestStorages,
  context: WorkContext,
  vmid: number,
  plan: DiskCopyPlan,
  inUse: boolean,
): Promise<MadeVolume> {
  const make = async () => {
    const { storage: here, name } = splitVolume(plan.source);
    const target = storages.storage(plan.storage);
    const { snapshot } = plan;
    if (plan.how !== 'copy')
      return await target.clone(context, name, {
        ...{ vmid, name: plan.name, snapshot, mode: plan.how },
        ...(plan.how === 'linked' ? { format: plan.format } : {}),
      });
    try {
      const attachment = await storages.storage(here).attach(context, name, snapshot);
      const slowly = { bytesPerSecond: bytesPerSecond(plan.limitKib ?? 0) };
      return await target.copyDisk(context, chipOf(attachment, plan), {
        ...{ vmid, name: plan.name, format: plan.format },
        ...slowly,
      });
    } finally {
      await leaveSource(storages, quietContext(), plan, inUse);
    }
  };
  const info = await make().catch(async (error: unknown) => {
    // Looked for only then: the name was free when it was planned.
    if (!hasCode(error, 'already-exists')) throw error;
    await unmakeDiskCopy(storages, context, vmid, plan, inUse);
    return await make();
  });
  return { key: plan.key, volume: `${plan.storage}:${info.name}`, sizeBytes: info.sizeBytes };
}

/** Of a device with variables of UEFI only those: a chip of another size is none that the firmware finds them in. */
function chipOf(attachment: Attachment, { chipBytes }: DiskCopyPlan): Attachment {
  if (attachment.kind !== 'block' || chipBytes === undefined) return attachment;
  return { ...attachment, part: { offset: 0, bytes: chipBytes } };
}

/** Takes away whatever bears the planned name, and lets go of what it was copied from. Repeatable. */
export async function unmakeDiskCopy(
  storages: GuestStorages,
  context: WorkContext,
  vmid: number,
  plan: DiskCopyPlan,
  inUse: boolean,
): Promise<void> {
  const made = await findDisk(storages, context, vmid, plan);
  if (made) await storages.storage(plan.storage).remove(context, made.name);
  await leaveSource(storages, context, plan, inUse);
}

async function leaveSource(
  storages: GuestStorages,
  context: WorkContext,
  { how, source }: DiskCopyPlan,
  inUse: boolean,
): Promise<void> {
  if (how !== 'copy' || inUse) return;
  const { storage, name } = splitVolume(source);
  await storages.storage(storage).detach(context, name);
}

/** What bears the name now. */
export async function findDisk(
  storages: GuestStorages,
  context: WorkContext,
  vmid: number,
  at: { readonly storage: string; readonly name: string },
): Promise<VolumeInfo | undefined> {
  const volumes = await storages.storage(at.storage).list(context, { contents: ['images'], vmid });
  return volumes.find(({ name }) => bareName(name) === at.name);
}

function cloudInitNameAmong(vmid: number, taken: ReadonlySet<string>): string {
  let number = 0;
  while (taken.has(cloudInitName(vmid, number))) number += 1;
  return cloudInitName(vmid, number);
}
