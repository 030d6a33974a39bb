// Brings waiting changes into force on a running container, as far as it can take them.
import type { Attachment } from '../../../storage-plugins/plugin.ts';
import { asAppError } from '../../core/errors.ts';
import type { VmConfig } from '../../guests/config/config-keys.ts';
import { settleKeys } from '../../guests/config/pending-changes.ts';
import { isCtMountKey } from '../../guests/ct/config/ct-keys.ts';
import { pendingCtChanges } from '../../guests/ct/config/pending-ct-changes.ts';
import { readCtConfig } from '../../guests/ct/config/read-ct-config.ts';
import { isRunning } from '../../guests/ct/ct-state-rules.ts';
import type { CtTaskParts } from '../../guests/ct/ct-task-parts.ts';
import { mountedVolumes } from '../../guests/ct/volume-keys.ts';
import { changeGuest, readGuest } from '../../guests/guest-documents.ts';
import { attachVolume, detachVolume } from '../../guests/guest-volumes.ts';
import type { TaskContext } from '../task.ts';

/**
 * Only the `keys`: what waits from earlier would be waited for again, and its warnings would be none of this change's.
 * Applies key by key, and notes each as in force when it is. What the container does not take stays waiting, with a warning:
 * the change itself is stored and comes with the next start. Repeatable.
 */
export async function plugCtPending(
  parts: CtTaskParts,
  context: TaskContext,
  vmid: number,
  keys: ReadonlySet<string>,
): Promise<void> {
  const { config: wanted, running } = readGuest(parts.store, vmid, 'lxc');
  if (!running || !isRunning(parts, vmid)) return;
  const { hot, restart, noted } = pendingCtChanges(wanted, running);
  const mine = (among: readonly string[]) => among.filter((key) => keys.has(key));
  await noteInForce(parts, vmid, mine(noted));
  const waiting = [...mine(restart)];
  for (const key of mine(hot)) {
    const refusal = await plugKey(parts, context, vmid, key);
    if (refusal === waits) waiting.push(key);
    else if (refusal !== undefined) context.warn(`${key}: ${refusal}; it waits for the next start`);
    // Outside the attempt: what the container has and nobody noted must fail the task, not only warn.
    else await noteInForce(parts, vmid, [key]);
  }
  for (const key of waiting) context.log(`${key} waits for the next start`);
  if (mine(hot).length > 0) await refreshFiles(parts, context, vmid);
}

/**
 * Takes all keys that a running container can take and give back for in force, for a way back that does not know how far the way
 * there went. Not mount points: those are noted before they are tried.
 */
export async function assumeInForce(
  parts: CtTaskParts,
  vmid: number,
  keys: ReadonlySet<string>,
): Promise<void> {
  const { config, running } = readGuest(parts.store, vmid, 'lxc');
  if (!running) return;
  const [now, wanted] = [readCtConfig({ vmid, config: running }), readCtConfig({ vmid, config })];
  const hot = pendingCtChanges(config, running).hot.filter(
    (key) =>
      keys.has(key) &&
      !isCtMountKey(key) &&
      parts.renderChange(vmid, key, now, wanted, new Map()) !== undefined,
  );
  await noteInForce(parts, vmid, hot);
}

/** The answer for a change that takes a restart after all. */
const waits = 'waits';

/** Applies one key; answers why the container did not take it. */
async function plugKey(
  parts: CtTaskParts,
  context: TaskContext,
  vmid: number,
  key: string,
): Promise<string | undefined> {
  try {
    const { config, running = {} } = readGuest(parts.store, vmid, 'lxc');
    const volume = volumeAt(config, key);
    const attachments = new Map<string, Attachment>();
    if (volume !== undefined) attachments.set(key, await attachVolume(parts.storages, context, volume));
    const [now, wanted] = [readCtConfig({ vmid, config: running }), readCtConfig({ vmid, config })];
    const changes = parts.renderChange(vmid, key, now, wanted, attachments);
    if (changes?.length === 0) return undefined;
    if (changes) {
      // A mount cannot be taken back while it runs: a crash must never leave one that nobody knows of.
      if (isCtMountKey(key)) await noteInForce(parts, vmid, [key]);
      if ((await parts.driver.hotPlug(context, vmid, changes)).length === 0) return undefined;
      if (isCtMountKey(key)) await noteInForce(parts, vmid, [key], running);
    }
    await detachUnopened(parts, context, vmid, volume);
    return changes ? 'the container does not take this while it runs' : waits;
  } catch (error) {
    if (context.signal.aborted) throw error;
    return asAppError(error).message;
  }
}

/** The running configuration gets the keys' values from the wanted one, or from `source`. */
async function noteInForce(
  parts: CtTaskParts,
  vmid: number,
  keys: readonly string[],
  source?: VmConfig,
): Promise<void> {
  if (keys.length === 0) return;
  await changeGuest(parts.store, vmid, (document) =>
    document.running === undefined
      ? undefined
      : { ...document, running: settleKeys(document.running, source ?? document.config, keys) },
  );
}

/** The files inside follow the configuration in force. A container whose files cannot be written gets them at its next start. */
async function refreshFiles(parts: CtTaskParts, context: TaskContext, vmid: number): Promise<void> {
  try {
    const { running = {} } = readGuest(parts.store, vmid, 'lxc');
    const root = await parts.driver.rootOf(vmid);
    await parts.setup.apply(context, root, readCtConfig({ vmid, config: running }), await parts.facts());
  } catch (error) {
    if (context.signal.aborted) throw error;
    context.warn(`the files inside were not updated: ${asAppError(error).message}`);
  }
}

/** Lets go of a volume, unless the container has it, by whatever key. */
async function detachUnopened(
  parts: CtTaskParts,
  context: TaskContext,
  vmid: number,
  volume: string | undefined,
): Promise<void> {
  const { running = {} } = readGuest(parts.store, vmid, 'lxc');
  if (volume === undefined || mountedVolumes(running).some((open) => open.volume === volume)) return;
  try {
    await detachVolume(parts.storages, context, volume);
  } catch (error) {
    if (context.signal.aborted) throw error;
    context.warn(`${volume}: ${asAppError(error).message}; it stays attached to the node`);
  }
}

function volumeAt(config: VmConfig, key: string): string | undefined {
  return mountedVolumes(config).find((open) => open.key === key)?.volume;
}
