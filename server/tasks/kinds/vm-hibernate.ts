// Task `qmsuspend`: the memory of a VM that runs goes to a disk, and the VM ends; its next start goes on from there.
// The document says so before the guest is ended: broken anywhere, it runs on or it is saved, never neither and never both.
import { AppError } from '../../core/errors.ts';
import type { VmConfig } from '../../guests/config/config-keys.ts';
import { activeConfig } from '../../guests/config/guest-document.ts';
import { readVmConfig } from '../../guests/config/read-vm-config.ts';
import { withoutSavedRun, withSavedRun } from '../../guests/config/saved-run.ts';
import { changeGuest, findGuest, readGuest } from '../../guests/guest-documents.ts';
import { assertAction } from '../../guests/guest-state-rules.ts';
import {
  attachVolume,
  detachVolume,
  makeVolume,
  namesOn,
  type PlannedVolume,
  unmakeVolume,
} from '../../guests/guest-volumes.ts';
import type { MemorySaved } from '../../guests/vm/vm-driver.ts';
import type { VmParts } from '../../guests/vm-parts.ts';
import { keptDisks, memoryVolume } from '../../guests/vm-snapshots.ts';
import { readUnlockedVm, vmRuns } from '../../guests/vm-state-rules.ts';
import type { TaskContext, TaskKind } from '../task.ts';
import { stopNow } from './guest-stop.ts';
import { onGuest } from './guest-task-names.ts';
import { letGoOn, memoryFacts } from './vm-snapshot-parts.ts';

export interface VmHibernateParams {
  readonly vmid: number;
  /** Where the memory goes; without it where the VM says, or beside its disks. */
  readonly storage?: string;
}

interface VmHibernateState {
  plan: PlannedVolume;
  /** What it runs with: should it end by itself once it is saved, its document does not say so any more. */
  config: VmConfig;
  volume: string;
  saved: MemorySaved;
}

export function vmHibernateKind(parts: VmParts): TaskKind<VmHibernateParams, VmHibernateState> {
  const plan = ({ vmid, storage }: VmHibernateParams): Pick<VmHibernateState, 'plan' | 'config'> => {
    const config = activeConfig(readUnlockedVm(parts, vmid));
    const day = new Date(parts.clock.now()).toISOString().slice(0, 10);
    const model = readVmConfig({ vmid, config });
    return { plan: memoryVolume(parts, model, keptDisks(config), `state-suspend-${day}`, storage), config };
  };
  /** A snapshot of that name has its memory under it, or what could not be removed of an earlier time. */
  const withFreeName = async (context: TaskContext, vmid: number, wanted: PlannedVolume) => {
    const taken = await namesOn(parts.storages.storage(wanted.storage), context, vmid);
    let name = wanted.name;
    for (let number = 2; taken.has(name); number += 1) name = `${wanted.name}-${number}`;
    return { ...wanted, name };
  };
  /** Ended and saved: there is no way back from here, and none is needed. */
  const isSaved = (vmid: number) =>
    !vmRuns(parts, vmid) && findGuest(parts.store, vmid)?.suspended !== undefined;
  return {
    ...onGuest('qemu', 'qmsuspend', 'Hibernate'),
    async check(params) {
      assertAction(parts, params.vmid, 'suspend');
      plan(params);
    },
    steps: [
      {
        name: 'plan',
        async run(context, params) {
          const { plan: wanted, config } = plan(params);
          return { plan: await withFreeName(context, params.vmid, wanted), config };
        },
      },
      {
        name: 'make-volume',
        async run(context, { vmid }, { plan }) {
          if (!plan) return;
          return { volume: (await makeVolume(parts.storages, context, vmid, plan, undefined)).volume };
        },
        async undo(context, { vmid }, { plan }) {
          if (plan && !isSaved(vmid)) await unmakeVolume(parts.storages, context, vmid, plan);
        },
      },
      {
        name: 'save',
        async run(context, { vmid }, { plan, volume }) {
          if (!plan || volume === undefined) return;
          // What a former try has held: QEMU takes no second save of a guest that stands after the first.
          await release(parts, vmid);
          return { saved: await save(parts, context, vmid, volume, plan.sizeBytes ?? 0) };
        },
        async undo(context, { vmid }, { volume }) {
          if (isSaved(vmid)) return;
          await release(parts, vmid);
          if (volume !== undefined) await detachVolume(parts.storages, context, volume);
        },
      },
      {
        name: 'write-config',
        async run(_context, { vmid }, { config, volume, saved }) {
          if (!saved || !config || volume === undefined) return;
          await changeGuest(parts.store, vmid, (document) =>
            withSavedRun(document, {
              memory: memoryFacts(volume, saved),
              config,
              savedAt: parts.clock.now(),
            }),
          );
        },
        async undo(_context, { vmid }) {
          await parts.states.refresh();
          if (!isSaved(vmid)) await changeGuest(parts.store, vmid, withoutSavedRun);
        },
      },
      {
        name: 'stop',
        async run(context, { vmid }) {
          if (vmRuns(parts, vmid)) await stopNow(parts, context, vmid);
          else await parts.ends.settle(vmid, context);
          const volume = readGuest(parts.store, vmid).suspended?.memory.volume;
          context.log(`it goes on from ${volume} when it is started`);
        },
      },
    ],
    // Saved and not ended yet: ending it takes least, and is what was asked for.
    afterCrash: 'resume',
    cancellable: true,
  };
}

/** Leaves it standing, with everything on the disk. */
async function save(
  parts: VmParts,
  context: TaskContext,
  vmid: number,
  volume: string,
  sizeBytes: number,
): Promise<MemorySaved> {
  const attachment = await attachVolume(parts.storages, context, volume);
  try {
    if (attachment.kind !== 'file' && attachment.kind !== 'block')
      throw new AppError('unsupported', `${volume}: memory cannot be kept on a ${attachment.kind} storage`);
    await parts.driver.beginMemorySave(context, vmid, { path: attachment.path, sizeBytes });
    const saved = await parts.driver.finishMemorySave(context, vmid, { standing: true });
    await parts.states.refresh();
    context.log(`its memory is in ${volume}`);
    return saved;
  } finally {
    await detachVolume(parts.storages, context, volume);
  }
}

async function release(parts: VmParts, vmid: number): Promise<void> {
  if (!vmRuns(parts, vmid)) return;
  await parts.driver.abortMemorySave(vmid);
  await letGoOn(parts, vmid);
}
