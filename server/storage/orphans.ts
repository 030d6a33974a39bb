// Volumes of guests that nobody names: no guest's configuration, no snapshot, no pending change, no task.
import type { VolumeInfo } from '../../storage-plugins/plugin.ts';

/** `guest-gone`: no guest has its number. `not-named`: the guest that has does not name it. `no-guest`: it bears no number. */
type OrphanReason = 'guest-gone' | 'not-named' | 'no-guest';

export interface OrphanFacts {
  /** Volume ids that guests refer to, in any way. */
  isNamed(volid: string): boolean;
  guestExists(vmid: number): boolean;
  /** Does a task that has not ended work on the volume, or on the guest? */
  isHeld(volume: { readonly name: string; readonly vmid: number | undefined }): boolean;
}

export interface Orphan {
  readonly info: VolumeInfo;
  readonly reason: OrphanReason;
}

/**
 * Which of the volumes of a storage are orphans. A base counts only when no other volume is linked to it: the clones need it, though
 * nobody names it. `id` is the storage's. Pure.
 */
export function findOrphans(id: string, volumes: readonly VolumeInfo[], facts: OrphanFacts): Orphan[] {
  const needed = new Set(volumes.map(({ parent }) => parent));
  const found: Orphan[] = [];
  for (const info of volumes) {
    if (info.content !== 'images' && info.content !== 'rootdir') continue;
    // Of the node itself: unpacked templates, which are removed by themselves.
    if (info.vmid === 0) continue;
    if (needed.has(info.name) || facts.isNamed(`${id}:${info.name}`) || facts.isHeld(info)) continue;
    found.push({ info, reason: reasonOf(info, facts) });
  }
  return found;
}

function reasonOf({ vmid }: VolumeInfo, facts: OrphanFacts): OrphanReason {
  if (vmid === undefined) return 'no-guest';
  return facts.guestExists(vmid) ? 'not-named' : 'guest-gone';
}
