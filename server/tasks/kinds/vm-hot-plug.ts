// Brings waiting changes into force on a running VM, as far as it can take them.

import { asAppError } from '../../core/errors.ts';
import { fillCloudInitDrive } from '../../guests/cloud-init/cloud-init-drive.ts';
import { isCloudInitKey } from '../../guests/config/cloud-init-keys.ts';
import type { VmConfig } from '../../guests/config/config-keys.ts';
import { type HotChange, pendingChanges, settleKeys } from '../../guests/config/pending-changes.ts';
import { readVmConfig } from '../../guests/config/read-vm-config.ts';
import { whyWaiting } from '../../guests/config/why-waiting.ts';
import { changeGuest, readGuest } from '../../guests/guest-documents.ts';
import { attachVolume, detachVolume } from '../../guests/guest-volumes.ts';
import type { Attachments, VmParts } from '../../guests/vm-parts.ts';
import type { TaskContext } from '../task.ts';
import { refreshCloudInit } from './vm-cloud-init.ts';

/**
 * Only the `keys`: what waits from earlier would be waited for again, and its warnings would be none of this change's.
 * Applies key by key, and notes each as in force when it is. What the guest refuses stays waiting, with a warning: the
 * change itself is stored and comes with the next start. Repeatable.
 */
export async function plugPending(
  parts: VmParts,
  context: TaskContext,
  vmid: number,
  keys: ReadonlySet<string>,
): Promise<void> {
  const { config: wanted, running } = readGuest(parts.store, vmid);
  if (!running || parts.states.stateOf(vmid) === 'stopped') return;
  const { hot: allHot, restart, noted } = pendingChanges(wanted, running);
  const hot = allHot.filter(({ key }) => keys.has(key));
  await settle(parts, vmid, noted);
  // What goes before what comes: a volume may move from one drive to another. Memory that comes, before a balloon that gives it out.
  const memoryOf = (config: VmConfig) => readVmConfig({ vmid, config }).memoryMib;
  const grows = hot.some(({ key }) => key === 'memory') && memoryOf(wanted) > memoryOf(running);
  const goesFirst = (key: string) => (wanted[key] === undefined || (grows && key === 'memory') ? 0 : 1);
  const ordered = [...new Set(hot.map((change) => change.key))].sort((a, b) => goesFirst(a) - goesFirst(b));
  for (const key of ordered) {
    const actions = hot.filter((change) => change.key === key);
    const refusal = await plugKey(parts, context, vmid, actions, running, wanted);
    if (refusal !== undefined) {
      context.warn(`${key}: ${refusal}; it waits for the next start`);
      continue;
    }
    // Outside the attempt: what the guest has and nobody noted must fail the task, not only warn.
    await settle(parts, vmid, [key]);
    await detachUnused(parts, context, vmid, volumeAt(vmid, running, key));
  }
  // Asked again also where nothing differs: an image that was cut off is made again.
  const tell =
    [...keys].some(isCloudInitKey) && readVmConfig({ vmid, config: wanted }).hotplug.includes('cloudinit');
  if (tell) await refreshCloudInit(parts, context, vmid);
  const waiting = restart.filter((key) => keys.has(key) && !(tell && isCloudInitKey(key)));
  for (const key of waiting) {
    const why = whyWaiting(key, wanted, running);
    context.log(`${key} waits for the next start${why === undefined ? '' : `: ${why}`}`);
  }
}

/** Applies one key's changes; answers why the guest did not take them. */
async function plugKey(
  parts: VmParts,
  context: TaskContext,
  vmid: number,
  actions: readonly HotChange[],
  running: VmConfig,
  wanted: VmConfig,
): Promise<string | undefined> {
  const key = actions[0]?.key ?? '';
  try {
    const attachments = await attachFor(parts, context, vmid, wanted, key);
    const changes = actions.map((change) => parts.renderChange(vmid, change, running, wanted, attachments));
    const ready = changes.flatMap((change) => change ?? []);
    const refused = changes.includes(undefined) ? [key] : await parts.driver.hotPlug(context, vmid, ready);
    if (refused.length === 0) return undefined;
    await detachUnused(parts, context, vmid, volumeAt(vmid, wanted, key));
    return actions.some(({ action }) => action.startsWith('detach-'))
      ? 'the guest does not let go of it while it runs'
      : 'the guest does not take this while it runs';
  } catch (error) {
    if (context.signal.aborted) throw error;
    return asAppError(error).message;
  }
}

async function settle(parts: VmParts, vmid: number, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return;
  await changeGuest(parts.store, vmid, (document) =>
    document.running === undefined
      ? undefined
      : { ...document, running: settleKeys(document.running, document.config, keys) },
  );
}

async function attachFor(
  parts: VmParts,
  context: TaskContext,
  vmid: number,
  wanted: VmConfig,
  key: string,
): Promise<Attachments> {
  const volume = volumeAt(vmid, wanted, key);
  if (volume === undefined) return new Map();
  const attachments = { [key]: await attachVolume(parts.storages, context, volume) };
  await fillCloudInitDrive(parts, context, vmid, wanted, attachments);
  return new Map(Object.entries(attachments));
}

/** Lets go of a volume, unless the guest has it, by whatever key. */
async function detachUnused(
  parts: VmParts,
  context: TaskContext,
  vmid: number,
  volume: string | undefined,
): Promise<void> {
  const { drives } = readVmConfig({ vmid, config: readGuest(parts.store, vmid).running ?? {} });
  if (volume === undefined || drives.some((drive) => drive.volume === volume)) return;
  try {
    await detachVolume(parts.storages, context, volume);
  } catch (error) {
    if (context.signal.aborted) throw error;
    context.warn(`${volume}: ${asAppError(error).message}; it stays attached to the node`);
  }
}

function volumeAt(vmid: number, config: VmConfig, key: string): string | undefined {
  return readVmConfig({ vmid, config }).drives.find((drive) => drive.key === key)?.volume;
}
