// The way back of a change of a guest's configuration, where not everything can be as it was: what VMs and containers have alike.
import type { ClusterStore } from '../../cluster/cluster-store.ts';
import { hasCode } from '../../core/errors.ts';
import type { VmConfig } from '../../guests/config/config-keys.ts';
import { changeGuest } from '../../guests/guest-documents.ts';
import { type GuestStorages, volumeInfo } from '../../guests/guest-volumes.ts';
import type { TaskContext } from '../task.ts';

/** Those of the volumes that are gone already: no undo brings them back. */
export async function lostVolumes(
  parts: { readonly storages: GuestStorages },
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

/** A volume that is to go, and that a running guest does not let go of, stays where it can be found and removed later. */
export async function keepUnused(
  parts: {
    readonly store: ClusterStore;
    readonly withUnused: (config: VmConfig, volume: string) => VmConfig;
  },
  context: TaskContext,
  vmid: number,
  volume: string,
): Promise<void> {
  context.warn(`${volume} is still in use by the running guest: it stays as an unused volume`);
  await changeGuest(parts.store, vmid, (document) => ({
    ...document,
    config: parts.withUnused(document.config, volume),
  }));
}
