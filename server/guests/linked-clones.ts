// Which guests' volumes are linked clones of a guest's, of either kind: those must go first.
import { splitVolumeId } from '../core/ids.ts';
import type { WorkContext } from '../core/work-context.ts';
import type { GuestStorages } from './guest-volumes.ts';
import { bareName } from './volume-names.ts';

/** By the number of the guest that owns them; one pass over each storage. */
export async function linkedClonesOf(
  storages: Pick<GuestStorages, 'storage'>,
  context: WorkContext,
  volumes: readonly string[],
): Promise<Map<number, string[]>> {
  const found = new Map<number, string[]>();
  const sources = new Map<string, Set<string>>();
  for (const volume of volumes) {
    const at = splitVolumeId(volume);
    if (at) sources.set(at.storage, (sources.get(at.storage) ?? new Set()).add(bareName(at.name)));
  }
  for (const [id, names] of sources) {
    const all = await storages.storage(id).list(context, { contents: ['images', 'rootdir'] });
    for (const { name, parent, vmid } of all) {
      if (parent === undefined || vmid === undefined || !names.has(bareName(parent))) continue;
      found.set(vmid, [...(found.get(vmid) ?? []), `${id}:${name}`]);
    }
  }
  return found;
}
