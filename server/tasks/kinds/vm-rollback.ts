// Task `qmrollback`: a VM goes back to a snapshot, and goes on from its memory, or starts there if wanted. Once begun it is finished.
import { randomUUID } from 'node:crypto';
import { AppError, notFound } from '../../core/errors.ts';
import { quietContext } from '../../core/work-context.ts';
import type { GuestSnapshot } from '../../guests/config/guest-document.ts';
import { changeGuest, readGuest } from '../../guests/guest-documents.ts';
import { volumeInfo } from '../../guests/guest-volumes.ts';
import type { VmParts } from '../../guests/vm-parts.ts';
import { keptDisks, rolledBackVm } from '../../guests/vm-snapshots.ts';
import { readUnlockedVm, vmRuns } from '../../guests/vm-state-rules.ts';
import { splitVolume } from '../../guests/volume-names.ts';
import type { TaskKind } from '../task.ts';
import { type GuestStartState, onlyWhen } from './guest-start-steps.ts';
import { stopNow } from './guest-stop.ts';
import { onGuest } from './guest-task-names.ts';
import { copyVolume, snapshotsOfDisk } from './vm-snapshot-parts.ts';
import { startSteps } from './vm-start-steps.ts';

export interface VmRollbackParams {
  readonly vmid: number;
  readonly name: string;
  /** Start it then; with its memory it goes on in any case. */
  readonly start: boolean;
}

interface VmRollbackState extends GuestStartState {
  generationId: string;
}

export function vmRollbackKind(parts: VmParts): TaskKind<VmRollbackParams, VmRollbackState> {
  const snapshotOf = ({ vmid, name }: Pick<VmRollbackParams, 'vmid' | 'name'>): GuestSnapshot => {
    const found = readGuest(parts.store, vmid).snapshots?.[name];
    if (!found) throw notFound('snapshot', name);
    return found;
  };
  return {
    ...onGuest('qemu', 'qmrollback', 'Rollback'),
    async check(params) {
      const { config } = readUnlockedVm(parts, params.vmid);
      if (config['template'] === 1)
        throw new AppError('wrong-state', `VM ${params.vmid} is a template: it does not change`);
      const { config: then, memory, copies = {} } = snapshotOf(params);
      // Before anything is lost: everything that it goes back to must be there.
      for (const { key, volume } of keptDisks(then)) {
        await volumeInfo(parts.storages, quietContext(), copies[key] ?? volume);
        if (copies[key] !== undefined) continue;
        if (!(await snapshotsOfDisk(parts, quietContext(), volume)).includes(params.name))
          throw notFound(`${volume}: snapshot`, params.name);
      }
      if (memory) await volumeInfo(parts.storages, quietContext(), memory.volume);
    },
    steps: [
      { name: 'plan', run: async () => ({ generationId: randomUUID() }) },
      {
        name: 'stop',
        async run(context, { vmid }) {
          if (vmRuns(parts, vmid)) await stopNow(parts, context, vmid);
          else await parts.ends.settle(vmid, context);
        },
      },
      {
        name: 'roll-back-disks',
        async run(context, params) {
          const { config, copies = {} } = snapshotOf(params);
          for (const { key, volume } of keptDisks(config)) {
            const { storage, name } = splitVolume(volume);
            const copy = copies[key];
            if (copy !== undefined) await copyVolume(parts, context, copy, volume, [copy, volume]);
            else {
              await parts.storages.storage(storage).detach(context, name);
              await parts.storages.storage(storage).rollback(context, name, params.name);
            }
            context.log(`${key}: ${volume} is as it was at '${params.name}'`);
          }
        },
      },
      {
        name: 'write-config',
        async run(_context, { vmid, name }, { generationId }) {
          // What its memory knows of its identity stays true when it goes on from there.
          const renewed = snapshotOf({ vmid, name }).memory ? undefined : generationId;
          await changeGuest(parts.store, vmid, (document) => rolledBackVm(document, name, renewed));
        },
      },
      ...onlyWhen<VmRollbackParams, VmRollbackState>(
        (params) => params.start || snapshotOf(params).memory !== undefined,
        startSteps<VmRollbackParams>(parts, (params) => snapshotOf(params).memory),
      ),
    ],
    afterCrash: 'resume',
    cancellable: false,
  };
}
