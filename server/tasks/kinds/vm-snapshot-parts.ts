// What tasks on snapshots and saved memory of VMs share: the snapshot of one disk taken away, and a guest that was held for it let go.
import { asAppError } from '../../core/errors.ts';
import type { WorkContext } from '../../core/work-context.ts';
import type { SnapshotMemory } from '../../guests/config/guest-document.ts';
import { disksOf } from '../../guests/config/vm-disks.ts';
import { createGuestAgent } from '../../guests/guest-agent.ts';
import { findGuest } from '../../guests/guest-documents.ts';
import { attachVolume, detachVolume, volumeInfo } from '../../guests/guest-volumes.ts';
import type { MemorySaved } from '../../guests/vm/vm-driver.ts';
import type { VmParts } from '../../guests/vm-parts.ts';
import { type CountedDisk, tellStanding } from '../../guests/vm-snapshots.ts';
import { vmRuns } from '../../guests/vm-state-rules.ts';
import { canDo } from '../../guests/volume-features.ts';
import { splitVolume } from '../../guests/volume-names.ts';
import type { TaskContext } from '../task.ts';

/** Its own snapshots, of whoever takes them; none where the storage has none of such volumes. `not-found` without the volume. */
export async function snapshotsOfDisk(
  parts: VmParts,
  context: WorkContext,
  volume: string,
): Promise<string[]> {
  const { storage, name } = splitVolume(volume);
  const { format } = await volumeInfo(parts.storages, context, volume);
  if (!canDo(parts.storages, storage, 'snapshot', format, 'current').possible) return [];
  return parts.storages.storage(storage).listSnapshots(context, name);
}

/** By QEMU where it has the image open, else by the storage. One that is not there is no error. */
export async function removeDiskSnapshot(
  parts: VmParts,
  context: WorkContext,
  vmid: number,
  volume: string,
  snapshot: string,
): Promise<void> {
  if (!(await snapshotsOfDisk(parts, context, volume)).includes(snapshot)) return;
  const open = await openDisk(parts, context, vmid, volume);
  const { storage, name } = splitVolume(volume);
  if (open) {
    tellStanding(context, [open]);
    await parts.driver.removeDiskSnapshots(vmid, [open.key], snapshot);
  } else await parts.storages.storage(storage).removeSnapshot(context, name, snapshot);
}

/** The drive by which the running guest has the image open that only QEMU may write to; undefined when it has not. */
async function openDisk(
  parts: VmParts,
  context: WorkContext,
  vmid: number,
  volume: string,
): Promise<CountedDisk | undefined> {
  if (!vmRuns(parts, vmid)) return undefined;
  const running = findGuest(parts.store, vmid)?.running ?? {};
  const key = disksOf(running).find((disk) => disk.volume === volume)?.key;
  if (key === undefined) return undefined;
  const { format, clusters } = await volumeInfo(parts.storages, context, volume);
  const { storage } = splitVolume(volume);
  const { chained } = canDo(parts.storages, storage, 'snapshot', format, 'current');
  return format === 'qcow2' && !chained ? { key, volume, clusters } : undefined;
}

/** The bytes of one raw volume over another's; `release` names those of them that nobody else has open. */
export async function copyVolume(
  parts: VmParts,
  context: TaskContext,
  from: string,
  to: string,
  release: readonly string[],
): Promise<void> {
  try {
    const source = await attachVolume(parts.storages, context, from);
    await parts.driver.copyContent(context, source, await attachVolume(parts.storages, context, to));
  } finally {
    for (const volume of release) await detachVolume(parts.storages, context, volume);
  }
}

/** As the document keeps it. */
export function memoryFacts(volume: string, { digest, machine, cpu }: MemorySaved): SnapshotMemory {
  return {
    ...{ volume, digest },
    ...(machine === undefined ? {} : { machine }),
    ...(cpu === undefined ? {} : { cpu }),
  };
}

/** Lets its processors go on. Repeatable; one that is gone meanwhile is left so. */
export async function letGoOn({ driver, states }: VmParts, vmid: number): Promise<void> {
  await states.refresh();
  if (states.stateOf(vmid) !== 'paused') return;
  await driver.resume(vmid);
  await states.refresh();
}

/** Asks the agent to write out and hold back; without it the disks are kept as a power cut would leave them. */
export async function quiesce(parts: VmParts, context: TaskContext, vmid: number): Promise<void> {
  try {
    await createGuestAgent(parts).ask(vmid, 'guest-fsfreeze-freeze');
  } catch (error) {
    context.log(`its file systems are not frozen: ${asAppError(error).message}`);
  }
}

/** Repeatable; a guest that was not frozen says so, or does not answer: that is no failure. */
export async function unquiesce(parts: VmParts, vmid: number): Promise<void> {
  await createGuestAgent(parts)
    .ask(vmid, 'guest-fsfreeze-thaw')
    .catch(() => {});
}
