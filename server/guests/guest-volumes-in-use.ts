// Which volumes a guest of any kind refers to.
import type { GuestDocument } from './config/guest-document.ts';
import { volumesInUse } from './config/pending-changes.ts';
import { ctVolumesInUse } from './ct/config/ct-volumes-in-use.ts';
import { ifReadable, possibleVolumes } from './readable-config.ts';

/** Every volume that it has wanted, in force or in a snapshot: none of them may be removed or given away. */
export function volumesOf(document: GuestDocument): Set<string> {
  const { config, running = {}, snapshots = {} } = document;
  return (
    ifReadable(() => (document.kind === 'lxc' ? ctVolumesInUse(document) : volumesInUse(document))) ??
    possibleVolumes([config, running, ...Object.values(snapshots).map((snapshot) => snapshot.config)])
  );
}
