// Restores of guests of either kind, put together for the routes.
import { createVmRestore, type VmRestoreParts } from './vm-restore.ts';

export interface GuestRestores {
  /** A VM from a backup; answers the task's UPID. */
  readonly vm: ReturnType<typeof createVmRestore>['restore'];
}

export function createGuestRestores(parts: { readonly vm: VmRestoreParts }): GuestRestores {
  return { vm: createVmRestore(parts.vm).restore };
}
