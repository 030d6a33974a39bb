// The way back of a change of a VM's configuration, where not everything can be as it was.
import { hasCode } from '../../core/errors.ts';
import type { ConfigValue, VmConfig } from '../../guests/config/config-keys.ts';
import { addUnused, dropFromBoot } from '../../guests/config/let-go.ts';
import { readVmConfig } from '../../guests/config/read-vm-config.ts';
import { changeGuest } from '../../guests/guest-documents.ts';
import { volumeInfo } from '../../guests/guest-volumes.ts';
import type { VmParts } from '../../guests/vm-parts.ts';
import type { TaskContext } from '../task.ts';

/** Those of the volumes that are gone already: no undo brings them back. */
export async function lostVolumes(
  parts: VmParts,
  context: TaskContext,
  volumes: readonly string[],
): Promise<Set<string>> {
  const lost = new Set<string>();
  for (const volume of volumes) {
    try {
      await volumeInfo(parts.storages, context, volume);
    } catch (error) {
      if (!hasCode(error, 'not-found')) throw error;
      lost.add(volume);
      context.warn(`${volume} was removed already`);
    }
  }
  return lost;
}

/** The configuration without what refers to the volumes. */
export function withoutVolumes(vmid: number, config: VmConfig, lost: ReadonlySet<string>): VmConfig {
  if (lost.size === 0) return config;
  const { drives, unused, efiDisk } = readVmConfig({ vmid, config });
  const draft = new Map<string, ConfigValue>(Object.entries(config));
  for (const { key, volume } of [...drives, ...unused])
    if (volume !== undefined && lost.has(volume)) draft.delete(key);
  if (efiDisk && lost.has(efiDisk.volume)) draft.delete('efidisk0');
  dropFromBoot(draft, new Set());
  return Object.fromEntries(draft);
}

/** A volume that is to go, and that a running guest does not let go of, stays where it can be found and removed later. */
export async function keepUnused(
  parts: VmParts,
  context: TaskContext,
  vmid: number,
  volume: string,
): Promise<void> {
  context.warn(`${volume} is still in use by the running guest: it stays as an unused disk`);
  await changeGuest(parts.store, vmid, (document) => {
    const draft = new Map<string, ConfigValue>(Object.entries(document.config));
    addUnused(draft, volume);
    return { ...document, config: Object.fromEntries(draft) };
  });
}
