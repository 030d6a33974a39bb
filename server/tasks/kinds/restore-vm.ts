// Task `qmrestore`: a VM made of a backup, or set back to one. What a VM had before is there until the new one is whole.
import { leaveArchive, withArchive } from '../../backup/restore/archive-access.ts';
import type { ArchiveWorker } from '../../backup/restore/archive-worker.ts';
import type { RestoredDisk } from '../../backup/restore/plan-vm-restore.ts';
import { AppError } from '../../core/errors.ts';
import { mebibyte } from '../../core/units.ts';
import { vmWarnings } from '../../guests/config/check-vm-model.ts';
import { type GuestDocument, guestKey, guestLabel } from '../../guests/config/guest-document.ts';
import { type ConfigChange, completeConfig } from '../../guests/config/merge-config-change.ts';
import { readVmConfig } from '../../guests/config/read-vm-config.ts';
import { changeGuest, findGuest } from '../../guests/guest-documents.ts';
import {
  detachVolume,
  type MadeVolume,
  makeVolume,
  type PlannedVolume,
  planVolumes,
  unmakeVolume,
} from '../../guests/guest-volumes.ts';
import type { LiveRestoreHost } from '../../guests/vm/live-restore-host.ts';
import type { VmParts } from '../../guests/vm-parts.ts';
import { bareName } from '../../guests/volume-names.ts';
import { bytesPerSecond } from '../../storage/bandwidth-limits.ts';
import type { TaskContext, TaskKind, TaskStep } from '../task.ts';
import { type GuestStartState, onlyWhen } from './guest-start-steps.ts';
import { guestLock, onGuest } from './guest-task-names.ts';
import { fillVolumes } from './restore-fill.ts';
import {
  bringInRest,
  isServed,
  LiveServers,
  leaveUnfinished,
  prepareDrives,
  startingFrom,
} from './restore-live.ts';
import {
  assertReplaceable,
  keepLeftOver,
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
import { startSteps } from './vm-start-steps.ts';

export interface VmRestoreParams extends RestoreParams {
  /** Of a new VM: its volumes are empty ones, of the sizes in the backup. */
  readonly change: ConfigChange;
  /** What is filled from the archive. */
  readonly disks: readonly RestoredDisk[];
  /** It runs while it is restored. */
  readonly live?: boolean;
  /** What is another thing than in the backup, and is to be: said, and no warning. */
  readonly remarks?: readonly string[];
}

interface VmRestoreState extends GuestStartState, RestoreState {
  plans: readonly PlannedVolume[];
}

export interface VmRestoreKindParts extends VmParts {
  readonly archives: ArchiveWorker;
  readonly startChild: StartChild;
  readonly live: LiveRestoreHost;
  readonly onRestored?: OnRestored;
}

/** `servers`: shared with the task that finishes such a restore. */
export function vmRestoreKind(
  parts: VmRestoreKindParts,
  servers = new LiveServers(parts),
): TaskKind<VmRestoreParams, VmRestoreState> {
  const isLive = ({ live = false }: VmRestoreParams) => live;
  return {
    ...onGuest('qemu', 'qmrestore', 'Restore'),
    // Also the archive: who deletes it waits.
    locks: ({ vmid, archive }) => [guestLock(vmid), { scope: 'name', id: archive }],
    async check({ vmid, force, change, disks }) {
      const there = findGuest(parts.store, vmid);
      if (there && !force)
        throw new AppError('already-exists', `${guestLabel(there.kind, vmid)} already exists`);
      if (there) await assertReplaceable(parts, 'qemu', vmid, new Set(disks.map(({ key }) => key)));
      for (const { storage } of change.allocations) parts.storages.storage(storage);
    },
    steps: [
      {
        name: 'plan-volumes',
        async run(context, { vmid, change, disks }) {
          const before = findGuest(parts.store, vmid) ?? null;
          return {
            before,
            old: before
              ? sortOldVolumes(before, new Set(disks.map(({ key }) => key)))
              : { remove: [], keep: [] },
            plans: await planVolumes(parts.storages, context, vmid, change.allocations),
            createdAt: newTime(parts.clock.now(), before),
          };
        },
      },
      {
        // One step: content is written only into volumes that were made for it.
        name: 'restore-volumes',
        async run(context, params, { plans = [] }) {
          const made: MadeVolume[] = [];
          for (const line of params.remarks ?? []) context.log(line);
          for (const line of params.notes) context.warn(line);
          for (const plan of plans) {
            context.log(`making ${plan.storage}:${plan.name} (${plan.format}) for ${plan.key}`);
            made.push(await makeVolume(parts.storages, context, params.vmid, plan, undefined));
          }
          await restoreDisks(parts, context, params, plans, made);
          if (isLive(params)) await prepareDrives(parts, context, made);
          return { made };
        },
        async undo(context, { vmid, archive }, { plans = [], settled }) {
          if (settled) return;
          await leaveArchive(parts, context, archive);
          for (const plan of plans) {
            await leaveVolume(parts, context, vmid, plan);
            await unmakeVolume(parts.storages, context, vmid, plan);
          }
        },
      },
      {
        name: 'write-config',
        async run(context, params, { made = [], createdAt = 0, before, old }) {
          const { vmid, change, pool } = params;
          const complete = completeConfig(change, new Map(made.map((volume) => [volume.key, volume])));
          const config = withKept('qemu', complete, old?.keep ?? []);
          const document: GuestDocument = {
            ...{ kind: 'qemu', vmid, node: parts.node, config, createdAt },
            ...(params.trial === undefined ? {} : { trial: params.trial }),
            ...(isLive(params) ? await stillMissing(parts, params, config) : {}),
          };
          await writeRestored(parts, context, document, { before, old }, pool);
          for (const line of vmWarnings(readVmConfig({ vmid, config }))) context.log(line);
        },
        async undo(_context, { vmid, live }, { before, createdAt, settled }) {
          if (settled) return;
          if (findGuest(parts.store, vmid)?.createdAt !== createdAt) return;
          if (before) await changeGuest(parts.store, vmid, () => before);
          else {
            // What its run left: its folder, its log.
            if (live) await parts.driver.undefine(vmid);
            await parts.store.delete(guestKey(vmid));
          }
        },
      },
      ...onlyWhen<VmRestoreParams, VmRestoreState>(
        isLive,
        untilSettled([
          {
            name: 'serve',
            async run(context, params) {
              await servers.start(context, params);
            },
            async undo(context, params) {
              await servers.stop(context, params);
            },
          },
          ...startSteps<VmRestoreParams>(startingFrom(parts)),
        ] as readonly TaskStep<VmRestoreParams, VmRestoreState>[]),
      ),
      settleStep(),
      {
        name: 'bring-in-rest',
        final: true,
        async run(context, params) {
          if (isLive(params)) await bringInRest(parts, servers, context, params);
        },
        async undo(context, params, { old }) {
          if (!isLive(params)) return;
          await leaveUnfinished(parts, servers, context, params);
          await keepLeftOver(parts, context, params.vmid, old?.remove ?? []);
        },
      },
      removeOldStep(parts),
      {
        name: 'start',
        final: true,
        async run(context, { vmid, start, live }) {
          if (start && !live) await startRestored(parts, context, 'qmstart', vmid);
        },
      },
    ],
    afterCrash: 'unwind',
    cancellable: true,
  };
}

async function restoreDisks(
  parts: VmRestoreKindParts,
  context: TaskContext,
  { archive, disks: all, live, limitKib = 0 }: VmRestoreParams,
  plans: readonly PlannedVolume[],
  made: readonly MadeVolume[],
): Promise<void> {
  const disks = live ? all.filter((disk) => !isServed(disk)) : all;
  if (disks.length === 0) return;
  const limit = bytesPerSecond(limitKib);
  await withArchive(parts, context, archive, async (file) => {
    const { processedBytes, zeroBytes } = await fillVolumes(parts, context, plans, made, disks, (targets) =>
      parts.archives.restoreDisks(context, {
        ...{ archive: file, disks: targets },
        ...(limit === undefined ? {} : { bytesPerSecond: limit }),
      }),
    );
    parts.onRestored?.(context.upid, { bytes: processedBytes - zeroBytes, zeroBytes });
    const mib = (bytes: number) => Math.round(bytes / mebibyte);
    context.log(`restored ${mib(processedBytes)} MiB, ${mib(zeroBytes)} MiB of them zeros`);
  });
}

/** What is whole, or goes on by itself, is not taken back. */
function untilSettled<P, S extends { settled: boolean }>(steps: readonly TaskStep<P, S>[]): TaskStep<P, S>[] {
  return steps.map((step) => ({
    ...step,
    undo: async (context: TaskContext, params: P, state: Readonly<Partial<S>>) => {
      if (!state.settled) await step.undo?.(context, params, state);
    },
  }));
}

/** As long as a part of it is in the backup, nobody else may do anything with it. */
async function stillMissing(
  parts: VmRestoreKindParts,
  { vmid, archive, disks, limitKib }: VmRestoreParams,
  config: GuestDocument['config'],
): Promise<Pick<GuestDocument, 'config' | 'restoring'>> {
  const { socket } = await parts.live.place(vmid);
  const served = disks.filter(isServed).map(({ key, device }) => ({ key, device }));
  const drives = served.map(({ key }) => key);
  const rest = { archive, disks: served, ...(limitKib === undefined ? {} : { limitKib }) };
  return { config: { ...config, lock: 'create' }, restoring: { drives, socket, ...rest } };
}

/** A try that was cut off may have left it attached. */
async function leaveVolume(
  parts: VmRestoreKindParts,
  context: TaskContext,
  vmid: number,
  plan: PlannedVolume,
): Promise<void> {
  const storage = parts.storages.storage(plan.storage);
  for (const { name } of await storage.list(context, { contents: ['images'], vmid }))
    if (bareName(name) === plan.name) await detachVolume(parts.storages, context, `${plan.storage}:${name}`);
}
