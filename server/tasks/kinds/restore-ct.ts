// Task `vzrestore`: a container made of a backup, or set back to one. What a container had before is there until the new one is whole.
import { leaveArchive, withArchive } from '../../backup/restore/archive-access.ts';
import type { ArchiveWorker } from '../../backup/restore/archive-worker.ts';
import { treePlace } from '../../backup/trees/tree-places.ts';
import { beginTarget, endTarget, type TreeTargetPlan } from '../../backup/trees/tree-target.ts';
import { AppError } from '../../core/errors.ts';
import { mebibyte } from '../../core/units.ts';
import { type GuestDocument, guestKey, guestLabel } from '../../guests/config/guest-document.ts';
import { ctWarnings } from '../../guests/ct/config/check-ct-model.ts';
import {
  type CtConfigChange,
  type CtVolumeAllocation,
  completeCtChange,
} from '../../guests/ct/config/merge-ct-change.ts';
import { readCtConfig } from '../../guests/ct/config/read-ct-config.ts';
import { freePlace } from '../../guests/ct/ct-mounts.ts';
import type { CtTaskParts } from '../../guests/ct/ct-task-parts.ts';
import {
  limitTree,
  makeCtVolume,
  type PlannedCtVolume,
  planCtVolumes,
  unmakeCtVolumes,
} from '../../guests/ct/ct-volumes.ts';
import { mountedVolumes } from '../../guests/ct/volume-keys.ts';
import { changeGuest, findGuest } from '../../guests/guest-documents.ts';
import type { MadeVolume } from '../../guests/guest-volumes.ts';
import { splitVolume } from '../../guests/volume-names.ts';
import { bytesPerSecond } from '../../storage/bandwidth-limits.ts';
import type { TaskContext, TaskKind } from '../task.ts';
import { guestLock, onContainer } from './guest-task-names.ts';
import {
  assertReplaceable,
  newTime,
  type OnRestored,
  type RestoreParams,
  type RestoreState,
  removeOldStep,
  settleStep,
  sortOldVolumes,
  withKept,
  writeRestored,
} from './restore-over.ts';
import { type StartChild, startRestored } from './restore-start.ts';

export interface CtRestoreParams extends RestoreParams {
  /** Of a new container: its volumes are empty ones. */
  readonly change: CtConfigChange;
  /** Where the file systems were inside whose files the archive holds. */
  readonly held: readonly string[];
  /** Device nodes are left out where they cannot be made, instead of ending it. */
  readonly lenient?: boolean;
}

interface CtRestoreState extends RestoreState {
  /** The root first, parents before what is mounted in them. */
  plans: readonly PlannedCtVolume[];
}

export interface CtRestoreKindParts extends CtTaskParts {
  readonly archives: ArchiveWorker;
  readonly startChild: StartChild;
  readonly onRestored?: OnRestored;
}

export function ctRestoreKind(parts: CtRestoreKindParts): TaskKind<CtRestoreParams, CtRestoreState> {
  return {
    ...onContainer('vzrestore', 'Restore'),
    // Also the archive: who deletes it waits.
    locks: ({ vmid, archive }) => [guestLock(vmid), { scope: 'name', id: archive }],
    async check({ vmid, force, change, held }) {
      const there = findGuest(parts.store, vmid);
      if (there && !force)
        throw new AppError('already-exists', `${guestLabel(there.kind, vmid)} already exists`);
      if (there) await assertReplaceable(parts, 'lxc', vmid, keysIn(there, held));
      for (const { storage } of change.allocations) parts.storages.storage(storage);
    },
    steps: [
      {
        name: 'plan-volumes',
        async run(context, { vmid, change, held }) {
          if (findGuest(parts.store, vmid)) await parts.ends.settle(vmid, context);
          const before = findGuest(parts.store, vmid) ?? null;
          return {
            before,
            old: before ? sortOldVolumes(before, keysIn(before, held)) : { remove: [], keep: [] },
            plans: await planCtVolumes(parts.storages, context, vmid, inOrder(change)),
            createdAt: newTime(parts.clock.now(), before),
          };
        },
      },
      {
        // One step: files are written only into volumes that were made for them.
        name: 'restore-volumes',
        async run(context, params, { plans = [] }) {
          const { vmid, notes } = params;
          for (const line of notes) context.warn(line);
          await freePlaces(parts, vmid, plans);
          const made: MadeVolume[] = [];
          for (const plan of plans) {
            context.log(`making ${plan.storage}:${plan.name} (${plan.format}) for ${plan.key}`);
            const volume = await makeCtVolume(parts, context, vmid, plan, isUnprivileged(params));
            const { storage, name } = splitVolume(volume.volume);
            await limitTree(parts.storages.storage(storage), context, plan, name);
            made.push(volume);
          }
          await unpack(parts, context, params, plans, made);
          return { made };
        },
        async undo(context, { vmid, archive }, { plans = [], settled }) {
          if (settled) return;
          await leaveArchive(parts, context, archive);
          await freePlaces(parts, vmid, plans);
          await unmakeCtVolumes(parts, context, vmid, plans);
        },
      },
      {
        name: 'write-config',
        async run(context, { vmid, change, pool, trial }, { made = [], createdAt = 0, before, old }) {
          const complete = completeCtChange(change, new Map(made.map((volume) => [volume.key, volume])));
          const config = withKept('lxc', complete, old?.keep ?? []);
          const document: GuestDocument = {
            ...{ kind: 'lxc', vmid, node: parts.node, config, createdAt },
            ...(trial === undefined ? {} : { trial }),
          };
          await writeRestored(parts, context, document, { before, old }, pool);
          for (const line of ctWarnings(readCtConfig({ vmid, config }))) context.log(line);
        },
        async undo(_context, { vmid }, { before, createdAt, settled }) {
          if (settled || findGuest(parts.store, vmid)?.createdAt !== createdAt) return;
          if (before) await changeGuest(parts.store, vmid, () => before);
          else await parts.store.delete(guestKey(vmid));
        },
      },
      settleStep(),
      removeOldStep(parts),
      {
        name: 'start',
        final: true,
        async run(context, { vmid, start }) {
          if (start) await startRestored(parts, context, 'vzstart', vmid);
        },
      },
    ],
    afterCrash: 'unwind',
    cancellable: true,
  };
}

/**
 * Its volumes whose files are in the archive, by key. What counts is where they are mounted inside: a key may have been given to
 * another folder since.
 */
function keysIn({ config }: GuestDocument, held: readonly string[]): ReadonlySet<string> {
  return new Set(
    mountedVolumes(config).flatMap(({ key, mount }) => (held.includes(mount.target) ? [key] : [])),
  );
}

function inOrder({ allocations }: CtConfigChange): CtVolumeAllocation[] {
  return allocations.toSorted((a, b) => (a.mount.target < b.mount.target ? -1 : 1));
}

function isUnprivileged({ change }: CtRestoreParams): boolean {
  return change.config['unprivileged'] === 1;
}

async function unpack(
  parts: CtRestoreKindParts,
  context: TaskContext,
  params: CtRestoreParams,
  plans: readonly PlannedCtVolume[],
  made: readonly MadeVolume[],
): Promise<void> {
  const { vmid, archive, change, lenient, limitKib = 0 } = params;
  const targets = new Map(change.allocations.map(({ key, mount }) => [key, mount.target]));
  const plan: TreeTargetPlan = {
    ...{ vmid, unprivileged: isUnprivileged(params), mostBytes: mostBytes(plans) },
    volumes: made.map(({ key, volume }) => ({ key, volume, target: targets.get(key) ?? '/' })),
  };
  const limit = bytesPerSecond(limitKib);
  await withArchive(parts, context, archive, async (file) => {
    try {
      const into = await beginTarget(parts, context, plan);
      const { entries, bytes, leftOut } = await parts.archives.restoreTree(context, {
        archive: file,
        into: lenient ? { ...into, devices: 'leave-out' } : into,
        ...(limit === undefined ? {} : { bytesPerSecond: limit }),
      });
      parts.onRestored?.(context.upid, { bytes, zeroBytes: 0 });
      context.log(`restored ${entries} files and folders, ${Math.round(bytes / mebibyte)} MiB`);
      if (leftOut > 0) context.warn(`${leftOut} device nodes were left out`);
    } finally {
      await endTarget(parts, context, plan);
    }
  });
}

/** Where a tree is not limited its container may have grown beyond its size, and must fit again; where it is, the storage says so. */
function mostBytes(plans: readonly PlannedCtVolume[]): number {
  if (plans.some(({ format }) => format === 'subvol')) return 0;
  return plans.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

/** What a try that was cut off had mounted. Repeatable. */
async function freePlaces(
  parts: CtTaskParts,
  vmid: number,
  plans: readonly PlannedCtVolume[],
): Promise<void> {
  for (const index of plans.keys()) await freePlace(parts, treePlace(vmid, index));
}
