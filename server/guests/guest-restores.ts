// Restores of guests of either kind, put together for the routes.
import { type CtRestoreParts, createCtRestore } from './ct-restore.ts';
import type { Asker } from './guest-requests.ts';
import { finishRestore } from './unfinished-restores.ts';
import { createVmRestore, type VmRestoreParts } from './vm-restore.ts';

export interface GuestRestores {
  /** What a VM that ran meanwhile still lacks, after a restore that broke off; answers the task's UPID. */
  readonly finish: (asker: Asker, vmid: number) => Promise<string>;
  /** A VM from a backup; answers the task's UPID. */
  readonly vm: ReturnType<typeof createVmRestore>['restore'];
  /** A container from a backup; answers the task's UPID. */
  readonly ct: ReturnType<typeof createCtRestore>['restore'];
}

export function createGuestRestores(parts: {
  readonly vm: VmRestoreParts;
  readonly ct: CtRestoreParts;
}): GuestRestores {
  return {
    vm: createVmRestore(parts.vm).restore,
    ct: createCtRestore(parts.ct).restore,
    finish: (asker, vmid) => finishRestore(parts.vm, asker, vmid),
  };
}
