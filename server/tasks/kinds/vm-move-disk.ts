// Task `qmmove` of a VM's disk to another storage or format; of a running guest by a copy that it is switched over to.

import { checkDigest } from '../../core/config-digest.ts';
import { AppError, asAppError, invalidInput } from '../../core/errors.ts';
import { quietContext } from '../../core/work-context.ts';
import type { GuestDocument } from '../../guests/config/guest-document.ts';
import { volumesInUse } from '../../guests/config/pending-changes.ts';
import {
  disksOf,
  type VmDisk,
  withDiskAt,
  withoutDisk,
  withUnusedDisk,
} from '../../guests/config/vm-disks.ts';
import { changeGuest, readGuest } from '../../guests/guest-documents.ts';
import {
  attachVolume,
  detachVolume,
  type MadeVolume,
  removeVolume,
  volumeInfo,
} from '../../guests/guest-volumes.ts';
import { linkedClonesOf } from '../../guests/linked-clones.ts';
import {
  type DiskCopyPlan,
  findDisk,
  makeDiskCopy,
  planDiskCopies,
  unmakeDiskCopy,
} from '../../guests/vm-disk-copies.ts';
import { giveUpMirror, isLiveDisk, mirrorTo, usesVolume } from '../../guests/vm-live-disks.ts';
import type { VmParts } from '../../guests/vm-parts.ts';
import { readUnlockedVm, refuseDiskOfSnapshots } from '../../guests/vm-state-rules.ts';
import { splitVolume } from '../../guests/volume-names.ts';
import type { TaskContext, TaskKind } from '../task.ts';
import { lostVolumes } from './guest-config-undo.ts';
import { onGuest } from './guest-task-names.ts';
import { letGoOn } from './vm-snapshot-parts.ts';

export interface VmMoveParams {
  readonly vmid: number;
  /** `scsi0`, `efidisk0`, `unused0`. */
  readonly key: string;
  readonly storage: string;
  /** Default: as it is, where the storage has that. */
  readonly format?: 'raw' | 'qcow2' | 'vmdk';
  /** The old volume is removed, not kept as an unused one. */
  readonly remove: boolean;
  readonly digest: string | undefined;
  /** KiB per second; 0 or left out: no limit. */
  readonly limitKib?: number;
}

interface VmMoveState {
  plan: DiskCopyPlan;
  /** A running guest has the disk open. */
  live: boolean;
  /** Its processors went when the task began. */
  running: boolean;
  made: MadeVolume;
}

/**
 * Copies a disk and takes the copy into use. A running guest stands for the moment of the switch, until its configuration says
 * the same: whatever breaks then, both volumes hold what the guest wrote.
 */
export function vmMoveDiskKind(parts: VmParts): TaskKind<VmMoveParams, VmMoveState> {
  const planFor = async (context: typeof quiet, params: VmMoveParams) => {
    const { vmid, key, storage, format, limitKib } = params;
    const document = readUnlockedVm(parts, vmid);
    const disk = keyedDisk(document, key);
    const live = isLiveDisk(parts, document, disk);
    const wish = { mode: 'full', storage, format, limitKib, inUse: live } as const;
    const [plan] = await planDiskCopies(parts.storages, context, vmid, [disk], wish);
    return { plan: live ? { ...plan!, how: 'copy' as const } : plan!, live };
  };
  const drive = ({ vmid, key }: VmMoveParams) => ({ vmid, key, owner: vmid });
  return {
    ...onGuest('qemu', 'qmmove', 'Move disk'),
    describe: ({ vmid, key, storage }) => `VM ${vmid} - Move ${key} to ${storage}`,
    async check(params) {
      const { vmid, key, storage, format, remove, digest } = params;
      const document = readUnlockedVm(parts, vmid);
      checkDigest(document.config, digest);
      const { volume } = keyedDisk(document, key);
      const { format: now } = await volumeInfo(parts.storages, quiet, volume);
      const { plan } = await planFor(quiet, params);
      if (splitVolume(volume).storage === storage && plan.format === now)
        throw invalidInput(
          format === undefined
            ? { storage: `${key} is on storage '${storage}' already: give another storage or format` }
            : { format: `${key} is on storage '${storage}' in format '${format}' already` },
        );
      if (!remove) return;
      refuseDiskOfSnapshots(document, volume, 'keep the old disk');
      await refuseLinked(parts, vmid, volume);
    },
    steps: [
      {
        name: 'plan',
        run: async (context, params) => ({
          ...(await planFor(context, params)),
          running: parts.states.stateOf(params.vmid) === 'running',
        }),
      },
      {
        name: 'copy',
        async run(context, params, { plan, live }) {
          if (!plan) return undefined;
          const { vmid, limitKib = 0 } = params;
          const how = live ? ' while the guest goes on' : '';
          context.log(`copying ${plan.source} to ${plan.storage}:${plan.name} (${plan.format})${how}`);
          if (live) return { made: await mirrorTo(parts, context, drive(params), plan, limitKib) };
          return { made: await makeDiskCopy(parts.storages, context, vmid, plan, false) };
        },
        async undo(context, params, { plan, live }) {
          if (!plan) return;
          const { vmid } = params;
          // Where the guest uses it, or the old volume is gone already, the copy is all there is.
          const there = await findDisk(parts.storages, context, vmid, plan);
          const volume = there && `${plan.storage}:${there.name}`;
          const named = volume !== undefined && volumesInUse(readGuest(parts.store, vmid)).has(volume);
          if (named || (live && volume && (await usesVolume(parts, context, params, volume))))
            context.warn(`there is no way back any more: ${volume} stays in use`);
          else if (live) await giveUpMirror(parts, context, drive(params), plan);
          else await unmakeDiskCopy(parts.storages, context, vmid, plan, false);
        },
      },
      {
        name: 'write-config',
        async run(_context, { vmid, key }, { made, plan, live }) {
          if (!made || !plan || live) return;
          await changeGuest(parts.store, vmid, (document) => movedTo(document, key, made, plan.source));
        },
        async undo(context, { vmid, key }, { plan, live }) {
          if (!plan || live) return;
          const lost = (await lostVolumes(parts, context, [plan.source])).size > 0;
          await changeGuest(parts.store, vmid, (document) => {
            const unused = disksOf(document.config).find(
              (disk) => disk.volume === plan.source && disk.key !== key,
            );
            if (!unused) return undefined;
            // What is gone cannot come back: the copy stays in use, and nothing names the old disk any more.
            if (lost) return { ...document, config: withoutDisk(document.config, unused.key) };
            const back = withDiskAt(document.config, key, { volume: plan.source });
            return { ...document, config: withoutDisk(back, unused.key) };
          });
        },
      },
      {
        name: 'switch',
        final: true,
        async run(context, params, { made, plan, live, running = false }) {
          if (live && made && plan) await switchOver(parts, context, params, { made, plan, running });
        },
        async undo(context, params, { made, plan, live, running = false }) {
          if (live && made && plan) await settleSwitch(parts, context, params, { made, plan, running });
        },
      },
      {
        name: 'remove-source',
        final: true,
        async run(context, { vmid, remove }, { plan }) {
          if (!remove || !plan) return;
          try {
            await removeVolume(parts.storages, context, plan.source);
          } catch (error) {
            if (context.signal.aborted) throw error;
            context.warn(
              `${plan.source} could not be removed, and stays as an unused disk: ${asAppError(error).message}`,
            );
            return;
          }
          await changeGuest(parts.store, vmid, (document) => {
            const disk = disksOf(document.config).find(({ volume }) => volume === plan.source);
            return disk && { ...document, config: withoutDisk(document.config, disk.key) };
          });
        },
      },
    ],
    afterCrash: 'unwind',
    cancellable: true,
  };
}

/** Also when the old volume is to go: until it is gone, it is known as unused. */
function movedTo(document: GuestDocument, key: string, made: MadeVolume, source: string): GuestDocument {
  const running = document.running && withDiskAt(document.running, key, made);
  const config = withUnusedDisk(withDiskAt(document.config, key, made), source);
  return { ...document, config, ...(running && vmOpens(document, key, source) ? { running } : {}) };
}

/** Does it run with this volume at the key? */
function vmOpens({ running = {} }: GuestDocument, key: string, volume: string): boolean {
  return disksOf(running).some((disk) => disk.key === key && disk.volume === volume);
}

interface Switch {
  readonly made: MadeVolume;
  readonly plan: DiskCopyPlan;
  readonly running: boolean;
}

async function switchOver(
  parts: VmParts,
  context: TaskContext,
  { vmid, key }: VmMoveParams,
  { made, plan, running }: Switch,
): Promise<void> {
  // What breaks here is settled by the undo, and by it alone: the guest stands until then.
  if (!(await usesVolume(parts, context, { vmid, key }, made.volume))) {
    if (running && parts.states.stateOf(vmid) === 'running') await parts.driver.pause(vmid);
    const to = await attachVolume(parts.storages, context, made.volume);
    await parts.driver.switchDisk(vmid, parts.diskTarget(key), to);
  }
  await changeGuest(parts.store, vmid, (document) => movedTo(document, key, made, plan.source));
  if (running) await letGoOn(parts, vmid);
  await detachVolume(parts.storages, context, plan.source);
  context.log(`the guest uses ${made.volume} from here on`);
}

/**
 * What the guest uses decides. When it does not run, both hold the same, and what is written down holds. When nothing can be written,
 * it goes on standing: what it wrote would be on a disk that its next start does not open.
 */
async function settleSwitch(
  parts: VmParts,
  context: TaskContext,
  params: VmMoveParams,
  { made, plan, running }: Switch,
): Promise<void> {
  const { vmid, key } = params;
  if (await usesVolume(parts, context, params, made.volume)) {
    await changeGuest(parts.store, vmid, (document) => movedTo(document, key, made, plan.source));
    await detachVolume(parts.storages, context, plan.source);
    context.warn(`the guest uses ${made.volume} already: it stays`);
  }
  if (running) await letGoOn(parts, vmid);
}

const quiet = quietContext();

/** The disk at the key; `invalid-input` naming it when there is none, or what is there is none of the VM's own. */
export function keyedDisk(document: GuestDocument, key: string): VmDisk {
  const found = disksOf(document.config).find((disk) => disk.key === key);
  if (!found)
    throw invalidInput({
      disk:
        document.config[key] === undefined
          ? `VM ${document.vmid} has no disk '${key}'`
          : 'is a CD drive: a disc is not moved',
    });
  if (found.kind === 'cloud-init')
    throw invalidInput({ disk: 'is a cloud-init drive: remove it, and add one on the other storage' });
  return found;
}

/** `busy` naming the guests whose disks are linked to it. */
export async function refuseLinked(parts: VmParts, vmid: number, volume: string): Promise<void> {
  const clones = await linkedClonesOf(parts.storages, quiet, [volume]);
  if (clones.size > 0)
    throw new AppError(
      'busy',
      `${volume} of VM ${vmid} has linked clones: VM ${[...clones.keys()].join(', VM ')}`,
      {
        data: { clones: [...clones.keys()] },
      },
    );
}
