// What tasks on whole VMs ask of their state: nothing else holds it, and it does not run.
import { AppError } from '../core/errors.ts';
import type { GuestDocument } from './config/guest-document.ts';
import { suspendedLock } from './config/saved-run.ts';
import { disksOf } from './config/vm-disks.ts';
import { readGuest } from './guest-documents.ts';
import type { VmParts } from './vm-parts.ts';

/** The document of a VM that no other operation holds; `wrong-state` naming the lock, in the words that clients look for. */
export function readUnlockedVm(parts: Pick<VmParts, 'store'>, vmid: number): GuestDocument {
  const document = readGuest(parts.store, vmid);
  const { config, suspended } = document;
  // Its memory knows what its disks hold, also when somebody took the lock away.
  const lock = config['lock'] || (suspended && suspendedLock);
  if (lock) {
    const why = suspended
      ? ` since ${new Date(suspended.savedAt).toISOString()}: its memory is on a disk; start it, or remove 'vmstate' from its configuration`
      : '';
    throw new AppError('wrong-state', `VM is locked (${lock})${why}`, { data: { lock } });
  }
  return document;
}

export function vmRuns(parts: Pick<VmParts, 'states'>, vmid: number): boolean {
  return parts.states.stateOf(vmid) !== 'stopped';
}

/** `wrong-state` in words, unless the VM is stopped. */
export function assertVmStopped(parts: Pick<VmParts, 'states'>, vmid: number, what: string): void {
  if (vmRuns(parts, vmid))
    throw new AppError('wrong-state', `VM ${vmid} is running: stop it first to ${what}`);
}

/** `wrong-state` naming the snapshots that need the volume. */
export function refuseDiskOfSnapshots(document: GuestDocument, volume: string, advice: string): void {
  const names = Object.entries(document.snapshots ?? {})
    .filter(([, { config }]) => disksOf(config).some((disk) => disk.volume === volume))
    .map(([name]) => name)
    .sort();
  if (names.length > 0)
    throw new AppError(
      'wrong-state',
      `${volume} belongs to snapshots of VM ${document.vmid} (${names.join(', ')}): remove them first, or ${advice}`,
    );
}
