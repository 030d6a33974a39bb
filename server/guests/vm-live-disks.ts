// Disks that a running VM has open, and copies of them in the making: which is which, begun, taken into use, given up.
import { AppError } from '../core/errors.ts';
import { kibibyte } from '../core/units.ts';
import type { WorkContext } from '../core/work-context.ts';
import type { GuestDocument } from './config/guest-document.ts';
import { usedDisksOf, type VmDisk } from './config/vm-disks.ts';
import { attachVolume, detachVolume, type MadeVolume, volumeInfo } from './guest-volumes.ts';
import { type DiskCopyPlan, findDisk, unmakeDiskCopy } from './vm-disk-copies.ts';
import type { VmParts } from './vm-parts.ts';
import { vmRuns } from './vm-state-rules.ts';

/** Has the running guest the disk open? `wrong-state` in words when it has, and it cannot be copied so. */
export function isLiveDisk(parts: VmParts, document: GuestDocument, disk: VmDisk): boolean {
  const { vmid } = document;
  if (!vmRuns(parts, vmid)) return false;
  const open = usedDisksOf(document.running ?? {}).find(({ volume }) => volume === disk.volume);
  if (!open) return false;
  // A block copy is of drives only: libvirt would go on naming the old file of the firmware's variables, and a TPM's is swtpm's.
  if (open.kind !== 'disk')
    throw new AppError(
      'wrong-state',
      `${open.key} cannot be copied while VM ${vmid} runs: shut it down first`,
    );
  if (open.key !== disk.key)
    throw new AppError(
      'wrong-state',
      `${disk.volume} is open in the running guest as ${open.key}: stop VM ${vmid} first`,
    );
  return true;
}

/**
 * Makes the planned volume and copies the disk to it while the guest goes on; from then on both hold the same. Repeatable: one
 * that is under way goes on. To be undone by `giveUpMirror`.
 */
export async function mirrorTo(
  parts: VmParts,
  context: WorkContext,
  from: { readonly vmid: number; readonly key: string; readonly owner: number },
  plan: DiskCopyPlan,
  limitKib: number,
): Promise<MadeVolume> {
  const { vmid, key, owner } = from;
  if (!vmRuns(parts, vmid)) throw stoppedMeanwhile(vmid, key);
  const { sizeBytes } = await volumeInfo(parts.storages, context, plan.source);
  const { storage, name, format } = plan;
  const there =
    (await findDisk(parts.storages, context, owner, plan)) ??
    (await parts.storages.storage(storage).createDisk(context, { vmid: owner, name, format, sizeBytes }));
  const volume = `${storage}:${there.name}`;
  const to = await attachVolume(parts.storages, context, volume);
  const disk = parts.diskTarget(key);
  try {
    await parts.driver.mirrorDisk(context, vmid, { disk, to, bytesPerSecond: limitKib * kibibyte });
  } catch (error) {
    await parts.states.refresh();
    throw vmRuns(parts, vmid) ? error : stoppedMeanwhile(vmid, key);
  }
  return { key: plan.key, volume, sizeBytes };
}

function stoppedMeanwhile(vmid: number, key: string): AppError {
  return new AppError('wrong-state', `VM ${vmid} stopped while ${key} was copied: nothing has changed`);
}

/** Ends the copying and takes the volume away. Repeatable. */
export async function giveUpMirror(
  parts: VmParts,
  context: WorkContext,
  from: { readonly vmid: number; readonly key: string; readonly owner: number },
  plan: DiskCopyPlan,
): Promise<void> {
  await parts.driver.endMirror(from.vmid, parts.diskTarget(from.key));
  const made = await findDisk(parts.storages, context, from.owner, plan);
  if (made) await detachVolume(parts.storages, context, `${plan.storage}:${made.name}`);
  await unmakeDiskCopy(parts.storages, context, from.owner, plan, true);
}

/** Does the running guest use the volume as this drive? */
export async function usesVolume(
  parts: VmParts,
  context: WorkContext,
  { vmid, key }: { readonly vmid: number; readonly key: string },
  volume: string,
): Promise<boolean> {
  const what = await attachVolume(parts.storages, context, volume);
  return parts.driver.usesDisk(vmid, parts.diskTarget(key), what);
}
