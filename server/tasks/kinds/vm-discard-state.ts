// Task `qmdiscard`, of `delete=vmstate`: the saved memory of a hibernated VM is given up, and its next start boots it. Once begun it is finished.
import { AppError } from '../../core/errors.ts';
import { withoutSavedRun } from '../../guests/config/saved-run.ts';
import { changeGuest, readGuest } from '../../guests/guest-documents.ts';
import type { VmParts } from '../../guests/vm-parts.ts';
import { assertVmStopped } from '../../guests/vm-state-rules.ts';
import type { TaskKind } from '../task.ts';
import { type GuestTarget, onGuest } from './guest-task-names.ts';
import { removeMemory } from './vm-go-on.ts';

export function vmDiscardStateKind(parts: VmParts): TaskKind<GuestTarget, object> {
  return {
    ...onGuest('qemu', 'qmdiscard', 'Discard saved memory'),
    async check({ vmid }) {
      if (!readGuest(parts.store, vmid).suspended)
        throw new AppError('wrong-state', `VM ${vmid} has no saved memory`);
      assertVmStopped(parts, vmid, 'discard its saved memory');
    },
    steps: [
      {
        name: 'remove-volume',
        async run(context, { vmid }) {
          const volume = readGuest(parts.store, vmid).suspended?.memory.volume;
          if (volume !== undefined) await removeMemory(parts, context, vmid, volume);
        },
      },
      {
        name: 'forget',
        async run(_context, { vmid }) {
          await changeGuest(parts.store, vmid, withoutSavedRun);
        },
      },
    ],
    afterCrash: 'resume',
    cancellable: false,
  };
}
