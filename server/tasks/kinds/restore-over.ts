// A restore over a guest that is there: may it be replaced, what of it goes, and what stays as unused.
import type { ClusterStore } from '../../cluster/cluster-store.ts';
import { AppError, asAppError, hasCode } from '../../core/errors.ts';
import { quietContext } from '../../core/work-context.ts';
import {
  type GuestDocument,
  type GuestKind,
  guestKey,
  guestLabel,
} from '../../guests/config/guest-document.ts';
import { disksOf, withUnusedDisk } from '../../guests/config/vm-disks.ts';
import { readUnlocked } from '../../guests/ct/ct-state-rules.ts';
import { volumesByKey, withUnused } from '../../guests/ct/volume-keys.ts';
import { changeGuest, findGuest, volumesOfOthers } from '../../guests/guest-documents.ts';
import type { GuestPools } from '../../guests/guest-pools.ts';
import type { GuestStates } from '../../guests/guest-states.ts';
import {
  type GuestStorages,
  type MadeVolume,
  removeVolume,
  requireUnprotected,
  volumeInfo,
} from '../../guests/guest-volumes.ts';
import { linkedClonesOf } from '../../guests/linked-clones.ts';
import { readUnlockedVm } from '../../guests/vm-state-rules.ts';
import type { TaskContext, TaskStep } from '../task.ts';

interface OverParts {
  readonly store: ClusterStore;
  readonly states: GuestStates;
  readonly storages: GuestStorages;
}

/** What every restore is told of the guest that it makes. */
export interface RestoreParams {
  readonly vmid: number;
  /** Volume id, or the path of a file. */
  readonly archive: string;
  /** Over a guest that is there. */
  readonly force: boolean;
  readonly start: boolean;
  /** What is not as it was in the backup. */
  readonly notes: readonly string[];
  /** KiB per second. */
  readonly limitKib?: number;
  readonly pool?: string;
  /** The guest is a trial of this backup: marked as one, and nothing else is told of it. */
  readonly trial?: string;
}

/** Told, by its task, what a restore wrote: bytes, and what of the backup was zeros. */
export type OnRestored = (
  upid: string,
  written: { readonly bytes: number; readonly zeroBytes: number },
) => void;

/** What every restore keeps while it goes on. */
export interface RestoreState {
  made: readonly MadeVolume[];
  /** The guest that is restored over. */
  before: GuestDocument | null;
  old: OldVolumes;
  /** Creation time written into the document: tells our document from the one before. */
  createdAt: number;
  /** It is whole: whatever fails from here on, it stays. */
  settled: boolean;
}

type RestoreSoFar = { readonly [K in keyof RestoreState]?: RestoreState[K] | undefined };

/** Volumes of the guest before. */
export type OldVolumes = {
  /** The backup has them, or nothing needs them any more. */
  readonly remove: readonly string[];
  /** The backup does not have them: they become unused ones. */
  readonly keep: readonly string[];
};

/**
 * Throws unless the guest is off, free, unprotected, and no other depends on its volumes. `keys`: what the backup has; without it
 * every volume counts.
 */
export async function assertReplaceable(
  parts: OverParts,
  kind: GuestKind,
  vmid: number,
  keys?: ReadonlySet<string>,
): Promise<void> {
  const document = kind === 'qemu' ? readUnlockedVm(parts, vmid) : readUnlocked(parts, vmid);
  const guest = guestLabel(kind, vmid);
  const refuse = (why: string) => new AppError('wrong-state', `unable to restore ${guest} - ${why}`);
  if (document.config['protection'] === 1) throw refuse(`can't remove ${guest} - protection mode enabled`);
  if (parts.states.stateOf(vmid) !== 'stopped') throw refuse(`${kind === 'qemu' ? 'vm' : 'CT'} is running`);
  const { remove, keep } = sortOldVolumes(document, keys ?? new Set());
  const going = keys === undefined ? [...remove, ...keep] : remove;
  const clones = await linkedClonesOf(parts.storages, quietContext(), going);
  const others = [...clones.keys()].filter((clone) => clone !== vmid);
  if (others.length > 0)
    throw new AppError('busy', `${guest} has linked clones: remove those of ${others.join(', ')} first`, {
      data: { clones: others },
    });
  await requireUnprotected(parts.storages, quietContext(), going);
}

/** `keys`: those whose volume the backup has. What memory and snapshots kept is worth nothing without the disks of then. */
export function sortOldVolumes(document: GuestDocument, keys: ReadonlySet<string>): OldVolumes {
  const { config, snapshots = {} } = document;
  const remove = new Set<string>();
  const keep = new Set<string>();
  for (const { key, volume, generated } of ownVolumes(document.kind, config))
    (keys.has(key) || generated ? remove : keep).add(volume);
  for (const snapshot of Object.values(snapshots)) {
    if (snapshot.memory) remove.add(snapshot.memory.volume);
    for (const volume of Object.values(snapshot.copies ?? {})) remove.add(volume);
    for (const { volume, generated } of ownVolumes(document.kind, snapshot.config))
      (generated ? remove : keep).add(volume);
  }
  for (const volume of remove) keep.delete(volume);
  return { remove: [...remove], keep: [...keep] };
}

function ownVolumes(
  kind: GuestKind,
  config: GuestDocument['config'],
): { readonly key: string; readonly volume: string; readonly generated: boolean }[] {
  if (kind === 'lxc')
    return volumesByKey(config).map(({ key, volume }) => ({ key, volume, generated: false }));
  return disksOf(config).map(({ key, volume, kind: what }) => ({
    ...{ key, volume, generated: what === 'cloud-init' },
  }));
}

/** The restored guest's configuration with the volumes that stay. */
export function withKept(
  kind: GuestKind,
  config: GuestDocument['config'],
  keep: readonly string[],
): GuestDocument['config'] {
  return keep.reduce(
    (now, volume) => (kind === 'lxc' ? withUnused(now, volume) : withUnusedDisk(now, volume)),
    config,
  );
}

/** One that cannot be removed stays as an unused one, and is warned of. Repeatable. */
async function removeOldVolumes(
  parts: OverParts,
  context: TaskContext,
  vmid: number,
  volumes: readonly string[],
): Promise<void> {
  const others = volumesOfOthers(parts.store, vmid);
  for (const volume of volumes) {
    if (others.has(volume)) continue;
    try {
      await removeVolume(parts.storages, context, volume);
      context.log(`removed ${volume}, which the guest had before`);
    } catch (error) {
      if (context.signal.aborted) throw error;
      context.warn(`${volume} could not be removed, and stays as unused: ${asAppError(error).message}`);
      await changeGuest(parts.store, vmid, (document) => ({
        ...document,
        config: withKept(document.kind, document.config, [volume]),
      }));
    }
  }
}

/** What is still there of them becomes unused disks, so that somebody names it. Repeatable. */
export async function keepLeftOver(
  parts: OverParts,
  context: TaskContext,
  vmid: number,
  volumes: readonly string[],
): Promise<void> {
  const others = volumesOfOthers(parts.store, vmid);
  const left: string[] = [];
  for (const volume of volumes) {
    if (others.has(volume)) continue;
    try {
      await volumeInfo(parts.storages, context, volume);
      left.push(volume);
    } catch (error) {
      if (!hasCode(error, 'not-found')) left.push(volume);
    }
  }
  if (left.length === 0) return;
  context.warn(`it is restored, and has as unused disks what it had before: ${left.join(', ')}`);
  await changeGuest(parts.store, vmid, (document) => ({
    ...document,
    config: withKept(document.kind, document.config, left),
  }));
}

/** It is whole already: a pool that is gone meanwhile is no reason to take it back. */
async function joinPool(
  { pools }: { readonly pools: GuestPools },
  context: TaskContext,
  vmid: number,
  pool: string,
): Promise<void> {
  try {
    await pools.join(vmid, pool);
  } catch (error) {
    if (context.signal.aborted) throw error;
    context.warn(
      `it could not be put into pool '${pool}': ${error instanceof AppError ? error.message : 'failed'}`,
    );
  }
}

/** The document takes the place of the one before; a new guest joins its pool. Repeatable. */
export async function writeRestored(
  { store, pools }: { readonly store: ClusterStore; readonly pools: GuestPools },
  context: TaskContext,
  document: GuestDocument,
  { before, old }: Pick<RestoreSoFar, 'before' | 'old'>,
  pool: string | undefined,
): Promise<void> {
  const { vmid, createdAt } = document;
  if (before) await changeGuest(store, vmid, () => document);
  else if (findGuest(store, vmid)?.createdAt !== createdAt) await store.write(guestKey(vmid), document, 0);
  if (!before && pool !== undefined) await pools.join(vmid, pool);
  for (const volume of old?.keep ?? []) context.log(`${volume}: is not in the backup, and kept as unused`);
}

/** From here on it is the guest: nothing of it is taken back. */
export function settleStep<P>(): TaskStep<P, RestoreState> {
  return { name: 'settle', final: true, run: async () => ({ settled: true }) };
}

/** The volumes go that the guest had before and the backup has. */
export function removeOldStep<P extends RestoreParams>(
  parts: OverParts & { readonly pools: GuestPools },
): TaskStep<P, RestoreState> {
  return {
    name: 'remove-old',
    final: true,
    async run(context, { vmid, pool }, { before, old }) {
      if (!before || !old) return;
      if (pool !== undefined) await joinPool(parts, context, vmid, pool);
      await removeOldVolumes(parts, context, vmid, old.remove);
    },
    async undo(context, { vmid }, { old }) {
      await keepLeftOver(parts, context, vmid, old?.remove ?? []);
    },
  };
}

/** When the document is made: another time than that before has. */
export function newTime(now: number, before: GuestDocument | null): number {
  return before?.createdAt === now ? now + 1 : now;
}
