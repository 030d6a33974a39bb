// The way back of a change of a container's configuration, where not everything can be as it was.
import { hasCode } from '../../core/errors.ts';
import type { VmConfig } from '../../guests/config/config-keys.ts';
import type { CtTaskParts } from '../../guests/ct/ct-task-parts.ts';
import { volumesByKey, withoutKey, withUnused } from '../../guests/ct/volume-keys.ts';
import { changeGuest } from '../../guests/guest-documents.ts';
import { volumeInfo } from '../../guests/guest-volumes.ts';
import type { TaskContext } from '../task.ts';

/** Those of the volumes that are gone already: no undo brings them back. */
export async function lostVolumes(
  parts: CtTaskParts,
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

/** The configuration without the keys of the volumes. */
export function withoutVolumes(config: VmConfig, lost: ReadonlySet<string>): VmConfig {
  return volumesByKey(config)
    .filter(({ volume }) => lost.has(volume))
    .reduce((left, { key }) => withoutKey(left, key), config);
}

/** A volume that is to go, and that a running container does not let go of, stays where it can be found and removed later. */
export async function keepUnused(
  parts: CtTaskParts,
  context: TaskContext,
  vmid: number,
  volume: string,
): Promise<void> {
  context.warn(`${volume} is still in use: it stays as an unused volume`);
  await changeGuest(parts.store, vmid, (document) => ({
    ...document,
    config: withUnused(document.config, volume),
  }));
}
