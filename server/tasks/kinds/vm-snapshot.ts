// Task `qmsnapshot`: a moment of a VM is kept to be gone back to, with its memory when that is wanted.
import { AppError, invalidInput } from '../../core/errors.ts';
import { quietContext } from '../../core/work-context.ts';
import { changeGuest } from '../../guests/guest-documents.ts';
import { withoutSnapshot, withSnapshot } from '../../guests/guest-snapshots.ts';
import {
  attachVolume,
  detachVolume,
  makeVolume,
  type PlannedVolume,
  unmakeVolume,
} from '../../guests/guest-volumes.ts';
import type { MemorySaved } from '../../guests/vm/vm-driver.ts';
import type { VmParts } from '../../guests/vm-parts.ts';
import { planSnapshot, type SnapshotPlan, tellStanding } from '../../guests/vm-snapshots.ts';
import { readUnlockedVm } from '../../guests/vm-state-rules.ts';
import { splitVolume } from '../../guests/volume-names.ts';
import type { TaskContext, TaskKind } from '../task.ts';
import { onGuest } from './guest-task-names.ts';
import {
  copyVolume,
  letGoOn,
  memoryFacts,
  quiesce,
  removeDiskSnapshot,
  snapshotsOfDisk,
  unquiesce,
} from './vm-snapshot-parts.ts';

export interface VmSnapshotParams {
  readonly vmid: number;
  readonly name: string;
  readonly description?: string;
  /** With its memory, when it runs. */
  readonly memory: boolean;
}

interface VmSnapshotState {
  plan: SnapshotPlan;
  /** Volume ids of what was made, by the plan's key. */
  made: Readonly<Record<string, string>>;
  saved: MemorySaved | null;
}

/** Names that mean something else where snapshots are named. */
const reserved = new Set(['current', 'pending']);

export function vmSnapshotKind(parts: VmParts): TaskKind<VmSnapshotParams, VmSnapshotState> {
  const plan = (context: Pick<TaskContext, 'signal' | 'log' | 'progress'>, params: VmSnapshotParams) =>
    planSnapshot(parts, context, readUnlockedVm(parts, params.vmid), params);
  return {
    ...onGuest('qemu', 'qmsnapshot', 'Snapshot'),
    async check(params) {
      const { vmid, name } = params;
      const { config, snapshots } = readUnlockedVm(parts, vmid);
      if (reserved.has(name))
        throw invalidInput({ snapname: `unable to use snapshot name '${name}' (reserved name)` });
      if (config['template'] === 1)
        throw new AppError('wrong-state', `VM ${vmid} is a template: it does not change`);
      if (snapshots?.[name]) throw new AppError('already-exists', `snapshot name '${name}' already used`);
      const { byQemu, byStorage } = await plan(quietContext(), params);
      for (const { volume } of [...byQemu, ...byStorage]) {
        if ((await snapshotsOfDisk(parts, quietContext(), volume)).includes(name))
          throw new AppError('already-exists', `${volume} has a snapshot '${name}' of its own already`);
      }
    },
    steps: [
      {
        name: 'plan',
        async run(context, params) {
          const planned = await plan(context, params);
          tellStanding(context, planned.byQemu);
          return { plan: planned };
        },
      },
      {
        name: 'make-volumes',
        async run(context, { vmid, memory }, { plan }) {
          const made: Record<string, string> = {};
          if (memory && plan && !plan.memory) context.log('it does not run: there is no memory to keep');
          for (const one of newVolumes(plan))
            made[one.key] = (await makeVolume(parts.storages, context, vmid, one, undefined)).volume;
          return { made };
        },
        async undo(context, { vmid }, { plan }) {
          for (const one of newVolumes(plan)) await unmakeVolume(parts.storages, context, vmid, one);
        },
      },
      {
        name: 'take',
        async run(context, params, { plan, made = {} }) {
          if (!plan) return { saved: null };
          await removeTaken(parts, context, params, plan);
          return { saved: await take(parts, context, params, plan, made) };
        },
        async undo(context, params, { plan, made = {} }) {
          if (!plan) return;
          await release(parts, params.vmid, plan);
          await removeTaken(parts, context, params, plan);
          const copied = plan.live ? [] : plan.byCopy.map(({ volume }) => volume);
          for (const volume of [...Object.values(made), ...copied])
            await detachVolume(parts.storages, context, volume);
        },
      },
      {
        name: 'write-config',
        async run(_context, { vmid, name, description }, { plan, made = {}, saved }) {
          if (!plan) return;
          const { config, snaptime } = plan;
          const { vmstate, ...copies } = made;
          const facts = {
            ...(vmstate === undefined || !saved ? {} : { memory: memoryFacts(vmstate, saved) }),
            ...(Object.keys(copies).length > 0 ? { copies } : {}),
          };
          await changeGuest(parts.store, vmid, (document) =>
            withSnapshot(document, name, { config, snaptime, description, ...facts }),
          );
        },
        async undo(_context, { vmid, name }) {
          await changeGuest(parts.store, vmid, (document) => withoutSnapshot(document, name));
        },
      },
    ],
    afterCrash: 'unwind',
    cancellable: true,
  };
}

function newVolumes(plan: SnapshotPlan | undefined): PlannedVolume[] {
  if (!plan) return [];
  return [...(plan.memory ? [plan.memory] : []), ...plan.byCopy.map(({ copy }) => copy)];
}

/** The guest stands for as long as its disks take; with its memory, for the last of that, too. */
async function take(
  parts: VmParts,
  context: TaskContext,
  params: VmSnapshotParams,
  plan: SnapshotPlan,
  made: Readonly<Record<string, string>>,
): Promise<MemorySaved | null> {
  const { vmid, name } = params;
  const keep = async () => {
    if (plan.byQemu.length > 0)
      await parts.driver.snapshotDisks(
        vmid,
        plan.byQemu.map(({ key }) => key),
        name,
      );
    for (const { volume } of plan.byStorage) {
      const at = splitVolume(volume);
      await parts.storages.storage(at.storage).snapshot(context, at.name, name);
    }
    for (const { key, volume } of plan.byCopy) {
      const copy = made[key];
      if (copy !== undefined)
        await copyVolume(parts, context, volume, copy, plan.live ? [copy] : [copy, volume]);
    }
    for (const { key, volume } of [...plan.byQemu, ...plan.byStorage, ...plan.byCopy])
      context.log(`snapshot '${name}' of ${key}: ${volume}`);
  };
  const target = made['vmstate'];
  if (plan.memory && target !== undefined) return takeWithMemory(parts, context, vmid, target, plan, keep);
  try {
    if (plan.quiesce) await quiesce(parts, context, vmid);
    if (plan.running && parts.states.stateOf(vmid) === 'running') await parts.driver.pause(vmid);
    await keep();
  } finally {
    await release(parts, vmid, plan);
  }
  return null;
}

async function takeWithMemory(
  parts: VmParts,
  context: TaskContext,
  vmid: number,
  target: string,
  plan: SnapshotPlan,
  keep: () => Promise<void>,
): Promise<MemorySaved> {
  const attachment = await attachVolume(parts.storages, context, target);
  try {
    if (attachment.kind !== 'file' && attachment.kind !== 'block')
      throw new AppError('unsupported', `${target}: memory cannot be kept on a ${attachment.kind} storage`);
    const sizeBytes = plan.memory?.sizeBytes ?? 0;
    await parts.driver.beginMemorySave(context, vmid, { path: attachment.path, sizeBytes });
    await keep();
    const saved = await parts.driver.finishMemorySave(context, vmid);
    context.log(`its memory is in ${target}`);
    return saved;
  } finally {
    await release(parts, vmid, plan);
    await detachVolume(parts.storages, context, target);
  }
}

/** Whatever it was held by for the snapshot. Repeatable. */
async function release(parts: VmParts, vmid: number, plan: SnapshotPlan): Promise<void> {
  if (plan.memory) await parts.driver.abortMemorySave(vmid);
  if (plan.running) await letGoOn(parts, vmid);
  if (plan.quiesce) await unquiesce(parts, vmid);
}

async function removeTaken(
  parts: VmParts,
  context: TaskContext,
  { vmid, name }: VmSnapshotParams,
  plan: SnapshotPlan,
): Promise<void> {
  for (const { volume } of [...plan.byQemu, ...plan.byStorage])
    await removeDiskSnapshot(parts, context, vmid, volume, name);
}
