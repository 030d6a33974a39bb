// Task `qmrestorefinish`: what a VM that ran while it was restored still has in its backup only, after a restore that broke off.
import { leaveArchive, requireFile } from '../../backup/restore/archive-access.ts';
import { AppError } from '../../core/errors.ts';
import { findGuest } from '../../guests/guest-documents.ts';
import type { TaskKind } from '../task.ts';
import { guestLock, onGuest } from './guest-task-names.ts';
import { bringInRest, type LiveServers, type LiveSource, leaveUnfinished } from './restore-live.ts';
import type { VmRestoreKindParts } from './restore-vm.ts';

export type RestoreFinishParams = LiveSource;

/** `servers`: those of the task `qmrestore`. The guest may run, stand for want of its backup, or be off. */
export function vmRestoreFinishKind(
  parts: VmRestoreKindParts,
  servers: LiveServers,
): TaskKind<RestoreFinishParams, object> {
  return {
    ...onGuest('qemu', 'qmrestorefinish', 'Finish restore'),
    locks: ({ vmid, archive }) => [guestLock(vmid), { scope: 'name', id: archive }],
    async check({ vmid }) {
      if (!findGuest(parts.store, vmid)?.restoring)
        throw new AppError('wrong-state', `VM ${vmid} has all that its backup has`);
    },
    steps: [
      {
        name: 'look',
        async run(context, { archive }) {
          // Before the guest, which may stand, is given anything to wait for.
          try {
            await requireFile(parts, context, archive);
          } finally {
            await leaveArchive(parts, context, archive);
          }
        },
      },
      {
        name: 'bring-in-rest',
        async run(context, params) {
          // One that serves already may be one that has ended.
          await servers.stop(context, params);
          await bringInRest(parts, servers, context, params);
        },
        undo: (context, params) => leaveUnfinished(parts, servers, context, params),
      },
    ],
    afterCrash: 'resume',
    cancellable: true,
  };
}
