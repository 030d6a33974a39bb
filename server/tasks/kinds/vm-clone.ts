// Task `qmclone`: a VM becomes two: its disks linked, cloned or copied, its identity and cards made anew.

import { AppError, invalidInput } from '../../core/errors.ts';
import { quietContext, type WorkContext } from '../../core/work-context.ts';
import { type CloneWish, cloneVmConfig } from '../../guests/config/clone-vm-config.ts';
import type { VmConfig } from '../../guests/config/config-keys.ts';
import { type GuestDocument, guestKey, guestLabel } from '../../guests/config/guest-document.ts';
import { usedDisksOf, withDiskAt } from '../../guests/config/vm-disks.ts';
import { findGuest } from '../../guests/guest-documents.ts';
import { joinPoolStep } from '../../guests/guest-pools.ts';
import { sourceOf } from '../../guests/guest-snapshots.ts';
import type { MadeVolume } from '../../guests/guest-volumes.ts';
import {
  type DiskCopyPlan,
  makeDiskCopy,
  planDiskCopies,
  unmakeDiskCopy,
} from '../../guests/vm-disk-copies.ts';
import type { VmParts } from '../../guests/vm-parts.ts';
import { readUnlockedVm, vmRuns } from '../../guests/vm-state-rules.ts';
import type { TaskKind } from '../task.ts';
import { guestLock } from './guest-task-names.ts';
import { type LiveClone, makeLiveClone, planLiveClone, unmakeLiveClone } from './vm-live-clone.ts';

export interface VmCloneParams {
  readonly vmid: number;
  readonly newId: number;
  readonly full: boolean;
  readonly snapshot?: string;
  /** Where the disks of a full clone go; default: where each is. */
  readonly storage?: string;
  /** Of the disks of a full clone; default: as each is. */
  readonly format?: 'raw' | 'qcow2' | 'vmdk';
  readonly name?: string;
  readonly description?: string;
  readonly pool?: string;
  /** KiB per second, of disks that are copied; 0 or left out: no limit. */
  readonly limitKib?: number;
}

interface VmCloneState {
  plans: readonly DiskCopyPlan[];
  made: readonly MadeVolume[];
  config: VmConfig;
  /** Creation time written into the document: tells our document from anybody else's. */
  createdAt: number;
  /** The source runs. */
  running: boolean;
  /** What it has open is copied as it is, not as it was in a snapshot. */
  live: LiveClone;
}

export function vmCloneKind(parts: VmParts): TaskKind<VmCloneParams, VmCloneState> {
  const source = ({ vmid, snapshot }: VmCloneParams) => sourceOf(readUnlockedVm(parts, vmid), snapshot);
  const configOf = (params: VmCloneParams) =>
    cloneVmConfig(source(params), params satisfies CloneWish, parts.meta());
  const copiesOf = ({ vmid, snapshot = '' }: VmCloneParams) =>
    readUnlockedVm(parts, vmid).snapshots?.[snapshot]?.copies;
  const plan = (context: WorkContext, params: VmCloneParams) =>
    planDiskCopies(parts.storages, context, params.newId, usedDisksOf(source(params)), {
      ...{ storage: params.storage, format: params.format, snapshot: params.snapshot },
      mode: params.full ? 'full' : 'linked',
      copies: copiesOf(params),
      inUse: vmRuns(parts, params.vmid),
      limitKib: params.limitKib,
    });
  return {
    type: 'qmclone',
    describe: ({ vmid, newId }) => `VM ${vmid} - Clone to ${newId}`,
    objectId: ({ vmid }) => String(vmid),
    locks: ({ vmid, newId }) => [guestLock(vmid), guestLock(newId)],
    async check(params) {
      const { vmid, newId, full, snapshot, storage, format } = params;
      const there = findGuest(parts.store, newId);
      if (there) throw new AppError('already-exists', `${guestLabel(there.kind, newId)} already exists`);
      if (storage !== undefined) parts.storages.storage(storage);
      if (!full) {
        if (storage !== undefined)
          throw invalidInput({ storage: 'a linked clone stays on the storage of what it is linked to' });
        if (format !== undefined)
          throw invalidInput({ format: 'a linked clone has the format that its storage links' });
        if (snapshot === undefined && source(params)['template'] !== 1)
          throw invalidInput({ full: 'a linked clone is made of a template or a snapshot' });
      }
      const plans = await plan(quietContext(), params);
      if (snapshot === undefined) planLiveClone(parts, readUnlockedVm(parts, vmid), plans);
    },
    steps: [
      {
        name: 'plan',
        async run(context, params) {
          const plans = await plan(context, params);
          const { vmid, snapshot } = params;
          const live =
            snapshot === undefined ? planLiveClone(parts, readUnlockedVm(parts, vmid), plans) : undefined;
          return {
            ...(live ? { live } : {}),
            plans,
            running: vmRuns(parts, params.vmid),
            config: configOf(params),
            createdAt: parts.clock.now(),
          };
        },
      },
      {
        name: 'make-volumes',
        async run(context, { vmid, newId }, { plans = [], running = false, live }) {
          if (live) return { made: await makeLiveClone(parts, context, { vmid, newId, plans, live }) };
          const made: MadeVolume[] = [];
          for (const [index, each] of plans.entries()) {
            context.log(`${each.key}: ${wayWords[each.how]} of ${each.source} (${each.format})`);
            const part = {
              ...context,
              progress: (fraction: number) => context.progress((index + fraction) / plans.length),
            };
            made.push(await makeDiskCopy(parts.storages, part, newId, each, running));
            context.progress((index + 1) / plans.length);
          }
          return { made };
        },
        async undo(context, { vmid, newId }, { plans = [], running = false, live }) {
          if (live) return await unmakeLiveClone(parts, context, { vmid, newId, plans, live });
          for (const each of plans) await unmakeDiskCopy(parts.storages, context, newId, each, running);
        },
      },
      {
        name: 'write-config',
        async run(_context, { newId }, { made = [], config = {}, createdAt = 0 }) {
          const document: GuestDocument = {
            ...{ kind: 'qemu', vmid: newId, node: parts.node, createdAt },
            config: made.reduce((draft, { key, ...now }) => withDiskAt(draft, key, now), config),
          };
          if (findGuest(parts.store, newId)?.createdAt !== createdAt)
            await parts.store.write(guestKey(newId), document, 0);
        },
        async undo(_context, { newId }, { createdAt }) {
          if (findGuest(parts.store, newId)?.createdAt === createdAt)
            await parts.store.delete(guestKey(newId));
        },
      },
      joinPoolStep(parts, ({ newId }) => newId),
    ],
    afterCrash: 'unwind',
    cancellable: true,
  };
}

const wayWords = { linked: 'linked clone', full: 'full clone', copy: 'copy' } as const;
