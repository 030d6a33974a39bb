// Which parts of a guest's configuration a restore of the configuration leaves alone, and the volumes that it speaks of. Pure.
import type { Json } from '../../cluster/cluster-store.ts';
import type { GuestDocument } from '../../guests/config/guest-document.ts';
import { volumesOf } from '../../guests/guest-volumes-in-use.ts';
import { field, objectOf } from './config-items.ts';

/**
 * Disks and drives stay as they are: a configuration of another day may name volumes that are gone, or not name those that are there. What
 * the system itself writes stays, too.
 */
const keptKeys =
  /^((ide|sata|scsi|virtio|efidisk|tpmstate|unused|mp)\d+|rootfs|kind|parent|lock|meta|vmgenid|vmstate|running.*)$/;

export function isKeptGuestKey(name: string): boolean {
  return keptKeys.test(name);
}

/** The configuration of the backup over the disks and drives of now. */
export function restoredGuestConfig(backup: Json, now: Json): Json {
  const from = (config: Json, kept: boolean) =>
    Object.entries(objectOf(config)).filter(([name]) => isKeptGuestKey(name) === kept);
  return Object.fromEntries([...from(backup, false), ...from(now, true)]);
}

/** The volumes of a guest that is gone, its snapshots' too; what else its drives name (ISO images) is none of them. */
export function guestVolumes(document: Json): string[] {
  const config = field(document, 'config');
  if (config === undefined) return [];
  const all = volumesOf(document as unknown as GuestDocument);
  return [...all].filter((volid) => !/^[^:]+:(iso|vztmpl|snippets|import|backup)\//.test(volid));
}
