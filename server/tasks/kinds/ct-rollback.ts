// Task `vzrollback`: a container goes back to a snapshot, and starts there if wanted. Once begun it is finished.

import { notFound } from '../../core/errors.ts';
import { quietContext } from '../../core/work-context.ts';
import type { CtRollbackParams } from '../../guests/ct/ct-params.ts';
import { isRunning, readUnlocked } from '../../guests/ct/ct-state-rules.ts';
import { assertVolumesCan } from '../../guests/ct/ct-storages.ts';
import type { CtTaskParts } from '../../guests/ct/ct-task-parts.ts';
import { rolledBack } from '../../guests/ct/snapshots.ts';
import { mountedVolumes } from '../../guests/ct/volume-keys.ts';
import { changeGuest, readGuest } from '../../guests/guest-documents.ts';
import { volumeInfo } from '../../guests/guest-volumes.ts';
import { splitVolume } from '../../guests/volume-names.ts';
import type { TaskKind } from '../task.ts';
import { ctStartSteps } from './ct-start-steps.ts';
import { type GuestStartState, onlyWhen } from './guest-start-steps.ts';
import { stopNow } from './guest-stop.ts';
import { onContainer } from './guest-task-names.ts';

export function ctRollbackKind(parts: CtTaskParts): TaskKind<CtRollbackParams, GuestStartState> {
  const volumesOf = ({ vmid, name }: CtRollbackParams) => {
    const found = readGuest(parts.store, vmid, 'lxc').snapshots?.[name];
    if (!found) throw notFound('snapshot', name);
    return mountedVolumes(found.config).map(({ volume }) => volume);
  };
  return {
    ...onContainer('vzrollback', 'Rollback'),
    async check(params) {
      readUnlocked(parts, params.vmid);
      const volumes = volumesOf(params);
      await assertVolumesCan(parts.storages, quietContext(), volumes, 'snapshot', 'current', false);
      // Before anything is lost: every volume must be there, with its snapshot.
      for (const volume of volumes) {
        await volumeInfo(parts.storages, quietContext(), volume);
        const { storage, name } = splitVolume(volume);
        const there = await parts.storages.storage(storage).listSnapshots(quietContext(), name);
        if (!there.includes(params.name)) throw notFound(`${volume}: snapshot`, params.name);
      }
    },
    steps: [
      {
        name: 'stop',
        async run(context, { vmid }) {
          if (isRunning(parts, vmid)) await stopNow(parts, context, vmid);
          else await parts.ends.settle(vmid, context);
        },
      },
      {
        name: 'roll-back-volumes',
        async run(context, params) {
          for (const volume of volumesOf(params)) {
            const { storage, name } = splitVolume(volume);
            await parts.storages.storage(storage).detach(context, name);
            await parts.storages.storage(storage).rollback(context, name, params.name);
            context.log(`${volume} is as it was at '${params.name}'`);
          }
        },
      },
      {
        name: 'write-config',
        async run(_context, { vmid, name }) {
          await changeGuest(parts.store, vmid, (document) => rolledBack(document, name));
        },
      },
      ...onlyWhen<CtRollbackParams, GuestStartState>(
        ({ start }) => start,
        ctStartSteps<CtRollbackParams>(parts),
      ),
    ],
    afterCrash: 'resume',
    cancellable: false,
  };
}
