// Task `qmcreate`: a new VM, its volumes, its document, and its first start if wanted.
import { AppError } from '../../core/errors.ts';
import { vmWarnings } from '../../guests/config/check-vm-model.ts';
import type { GuestDocument } from '../../guests/config/guest-document.ts';
import { guestKey } from '../../guests/config/guest-document.ts';
import { type ConfigChange, completeConfig } from '../../guests/config/merge-config-change.ts';
import { readVmConfig } from '../../guests/config/read-vm-config.ts';
import { withDiskAt } from '../../guests/config/vm-disks.ts';
import { findGuest } from '../../guests/guest-documents.ts';
import { joinPoolStep } from '../../guests/guest-pools.ts';
import {
  type MadeVolume,
  makeVolume,
  type PlannedVolume,
  planVolumes,
  unmakeVolume,
  volumeInfo,
} from '../../guests/guest-volumes.ts';
import type { VmParts } from '../../guests/vm-parts.ts';
import type { TaskKind } from '../task.ts';
import { type GuestStartState, onlyWhen } from './guest-start-steps.ts';
import { firmwareFor } from './vm-firmware.ts';
import { startSteps } from './vm-start-steps.ts';

export interface CreateParams {
  readonly vmid: number;
  readonly change: ConfigChange;
  readonly start: boolean;
  readonly pool?: string;
}

interface CreateState extends GuestStartState {
  plans: readonly PlannedVolume[];
  made: readonly MadeVolume[];
  /** Creation time written into the document: tells our document from anybody else's. */
  createdAt: number;
}

export function vmCreateKind(parts: VmParts): TaskKind<CreateParams, CreateState> {
  return {
    type: 'qmcreate',
    describe: ({ vmid }) => `VM ${vmid} - Create`,
    objectId: ({ vmid }) => String(vmid),
    locks: ({ vmid }) => [{ scope: 'guest', id: String(vmid) }],
    async check({ vmid, change }) {
      if (findGuest(parts.store, vmid)) throw new AppError('already-exists', `VM ${vmid} already exists`);
      for (const { storage } of change.allocations) parts.storages.storage(storage);
    },
    steps: [
      {
        name: 'plan-volumes',
        async run(context, { vmid, change }) {
          return {
            plans: await planVolumes(parts.storages, context, vmid, change.allocations),
            createdAt: parts.clock.now(),
          };
        },
      },
      {
        name: 'make-volumes',
        async run(context, { vmid, change }, { plans = [] }) {
          const made: MadeVolume[] = [];
          for (const plan of plans) {
            context.log(`making ${plan.storage}:${plan.name} (${plan.format}) for ${plan.key}`);
            made.push(
              await makeVolume(parts.storages, context, vmid, plan, firmwareFor(parts, change, plan)),
            );
          }
          return { made };
        },
        async undo(context, { vmid }, { plans = [] }) {
          for (const plan of plans) await unmakeVolume(parts.storages, context, vmid, plan);
        },
      },
      {
        name: 'write-config',
        async run(context, { vmid, change }, { made = [], createdAt = 0 }) {
          let config = completeConfig(change, new Map(made.map((volume) => [volume.key, volume])));
          for (const { key, volume } of change.references) {
            const { sizeBytes } = await volumeInfo(parts.storages, context, volume);
            config = withDiskAt(config, key, { sizeBytes });
          }
          const document: GuestDocument = { kind: 'qemu', vmid, node: parts.node, config, createdAt };
          if (findGuest(parts.store, vmid)?.createdAt !== createdAt)
            await parts.store.write(guestKey(vmid), document, 0);
          for (const line of vmWarnings(readVmConfig({ vmid, config }))) context.log(line);
          return undefined;
        },
        async undo(_context, { vmid, start }, { createdAt }) {
          const document = findGuest(parts.store, vmid);
          if (document !== undefined && document.createdAt !== createdAt) return;
          // What a start left beside the guest: its folder of sockets, its log.
          if (start) await parts.driver.undefine(vmid);
          if (document) await parts.store.delete(guestKey(vmid));
        },
      },
      joinPoolStep(parts, ({ vmid }) => vmid),
      // Without a start there is nothing to stop, and no need for the hypervisor to be there.
      ...onlyWhen<CreateParams, GuestStartState>(({ start }) => start, startSteps<CreateParams>(parts)),
    ],
    afterCrash: 'unwind',
    cancellable: true,
  };
}
