// The disks of a full clone of a running VM: copied while it goes on, and kept all as of one moment, for which it stands.
import { AppError } from '../../core/errors.ts';
import { activeConfig, type GuestDocument } from '../../guests/config/guest-document.ts';
import { readVmConfig } from '../../guests/config/read-vm-config.ts';
import { usedDisksOf } from '../../guests/config/vm-disks.ts';
import { readGuest } from '../../guests/guest-documents.ts';
import { detachVolume, type MadeVolume, volumeInfo } from '../../guests/guest-volumes.ts';
import { type DiskCopyPlan, findDisk, makeDiskCopy, unmakeDiskCopy } from '../../guests/vm-disk-copies.ts';
import { giveUpMirror, mirrorTo } from '../../guests/vm-live-disks.ts';
import type { VmParts } from '../../guests/vm-parts.ts';
import { vmRuns } from '../../guests/vm-state-rules.ts';
import type { TaskContext } from '../task.ts';
import { copyVolume, letGoOn, quiesce, unquiesce } from './vm-snapshot-parts.ts';

export type LiveClone = {
  /** By the key in the clone: the key by which the running guest has the disk open. */
  readonly mirrored: Readonly<Record<string, string>>;
  /** Firmware variables: small, and copied while it stands. */
  readonly held: readonly string[];
  /** Its processors go: they are to go again afterwards. */
  readonly ran: boolean;
  /** Its agent is to be asked to write out what the file systems hold back. */
  readonly quiesce: boolean;
};

interface Clone {
  readonly vmid: number;
  readonly newId: number;
  readonly plans: readonly DiskCopyPlan[];
  readonly live: LiveClone;
}

/** How each disk is copied; undefined when the VM does not run. `wrong-state` naming one that cannot be copied so. */
export function planLiveClone(
  parts: VmParts,
  document: GuestDocument,
  plans: readonly DiskCopyPlan[],
): LiveClone | undefined {
  const { vmid } = document;
  if (!vmRuns(parts, vmid)) return undefined;
  const open = new Map(usedDisksOf(document.running ?? {}).map((disk) => [disk.volume, disk]));
  const mirrored: Record<string, string> = {};
  const held: string[] = [];
  for (const { key, source } of plans) {
    const disk = open.get(source);
    if (!disk || disk.kind === 'cloud-init') continue;
    if (disk.kind === 'disk') mirrored[key] = disk.key;
    else if (disk.kind === 'firmware') held.push(key);
    else throw new AppError('wrong-state', `${key} cannot be copied while VM ${vmid} runs: stop it first`);
  }
  const { agent } = readVmConfig({ vmid, config: activeConfig(document) });
  const ran = parts.states.stateOf(vmid) === 'running';
  return { mirrored, held, ran, quiesce: ran && agent.enabled && agent.freezeFs };
}

/** Makes all disks of the clone. Repeatable; to be undone by `unmakeLiveClone`. */
export async function makeLiveClone(
  parts: VmParts,
  context: TaskContext,
  clone: Clone,
): Promise<MadeVolume[]> {
  const { vmid, newId, plans, live } = clone;
  const made: MadeVolume[] = [];
  for (const [index, plan] of plans.entries()) {
    const part = {
      ...context,
      progress: (fraction: number) => context.progress((index + fraction) / plans.length),
    };
    const key = live.mirrored[plan.key];
    context.log(
      `${plan.key}: copy of ${plan.source} (${plan.format})${key ? ' while the guest goes on' : ''}`,
    );
    if (key !== undefined)
      made.push(await mirrorTo(parts, part, { vmid, key, owner: newId }, plan, plan.limitKib ?? 0));
    else if (live.held.includes(plan.key)) made.push(await makeEmpty(parts, part, newId, plan));
    else made.push(await makeDiskCopy(parts.storages, part, newId, plan, isOpen(parts, clone, plan)));
    context.progress((index + 1) / plans.length);
  }
  await keepMoment(parts, context, clone, made);
  return made;
}

/** Of a disk whose content is written when the guest stands. */
async function makeEmpty(
  parts: VmParts,
  context: TaskContext,
  newId: number,
  plan: DiskCopyPlan,
): Promise<MadeVolume> {
  const { sizeBytes } = await volumeInfo(parts.storages, context, plan.source);
  const { name, format, storage } = plan;
  const info =
    (await findDisk(parts.storages, context, newId, plan)) ??
    (await parts.storages.storage(storage).createDisk(context, { vmid: newId, name, format, sizeBytes }));
  return { key: plan.key, volume: `${storage}:${info.name}`, sizeBytes };
}

async function keepMoment(
  parts: VmParts,
  context: TaskContext,
  { vmid, plans, live }: Clone,
  made: readonly MadeVolume[],
): Promise<void> {
  const volumeOf = (key: string) => made.find((each) => each.key === key)?.volume ?? '';
  try {
    if (live.quiesce) await quiesce(parts, context, vmid);
    if (live.ran && parts.states.stateOf(vmid) === 'running') await parts.driver.pause(vmid);
    for (const { key, source } of plans) {
      const copy = volumeOf(key);
      if (live.held.includes(key)) await copyVolume(parts, context, source, copy, [copy]);
    }
    for (const [key, open] of Object.entries(live.mirrored)) {
      if (await parts.driver.endMirror(vmid, parts.diskTarget(open))) continue;
      throw new AppError('command-failed', `${key}: QEMU gave the copy up (is its storage full?)`);
    }
  } finally {
    await letGo(parts, vmid, live);
  }
  for (const key of Object.keys(live.mirrored)) await detachVolume(parts.storages, context, volumeOf(key));
}

async function letGo(parts: VmParts, vmid: number, live: LiveClone): Promise<void> {
  if (live.ran) await letGoOn(parts, vmid);
  if (live.quiesce) await unquiesce(parts, vmid);
}

export async function unmakeLiveClone(parts: VmParts, context: TaskContext, clone: Clone): Promise<void> {
  const { vmid, newId, plans, live } = clone;
  await letGo(parts, vmid, live);
  for (const plan of plans) {
    const key = live.mirrored[plan.key];
    if (key !== undefined) await giveUpMirror(parts, context, { vmid, key, owner: newId }, plan);
    else if (live.held.includes(plan.key)) await dropHeld(parts, context, newId, plan);
    else await unmakeDiskCopy(parts.storages, context, newId, plan, isOpen(parts, clone, plan));
  }
}

async function dropHeld(
  parts: VmParts,
  context: TaskContext,
  newId: number,
  plan: DiskCopyPlan,
): Promise<void> {
  const made = await findDisk(parts.storages, context, newId, plan);
  if (made) await detachVolume(parts.storages, context, `${plan.storage}:${made.name}`);
  await unmakeDiskCopy(parts.storages, context, newId, plan, true);
}

/** The running guest has it open: it stays attached. */
function isOpen(parts: VmParts, { vmid }: Clone, { source }: DiskCopyPlan): boolean {
  const { running = {} } = readGuest(parts.store, vmid);
  return usedDisksOf(running).some(({ volume }) => volume === source);
}
