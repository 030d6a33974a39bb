// Taking keys out of a configuration: disks leave their volume behind as an unused one, and the boot order forgets devices.
import { bootString } from '../../contract/qemu-strings.ts';
import { isCloudInitVolume } from './cloud-init-keys.ts';
import { type ConfigValue, parseProperty, splitDriveKey } from './config-keys.ts';
import { readDrive, readEfiDisk, readTpmState } from './read-devices.ts';
import { addUnused, type ConfigDraft, type DetachedVolume, isUnusedKey } from './unused-volumes.ts';

/** A key that can hold a volume of the guest's own. */
export function isDiskKey(key: string): boolean {
  return key === 'efidisk0' || key === 'tpmstate0' || splitDriveKey(key) !== undefined;
}

/** The volume that the guest owns by a key: not a CD's, but a cloud-init drive's. */
export function ownedVolume(
  draft: ReadonlyMap<string, ConfigValue>,
  key: string,
): { volume: string; sizeBytes: number | undefined } | undefined {
  const text = draft.get(key);
  if (text === undefined) return undefined;
  if (key === 'efidisk0') return readEfiDisk(String(text));
  if (key === 'tpmstate0') return readTpmState(String(text));
  if (!splitDriveKey(key)) return undefined;
  const { media, volume, sizeBytes } = readDrive(key, String(text));
  if (volume === undefined || (media === 'cdrom' && !isCloudInitVolume(volume))) return undefined;
  return { volume, sizeBytes };
}

/**
 * Takes a key out. Its volume becomes an unused one; with `force`, or of an unused one, it is to be removed. So is what was generated
 * for cloud-init: it holds nothing of the guest's own.
 */
export function letGo(
  draft: ConfigDraft,
  key: string,
  force: boolean,
  detached: DetachedVolume[],
  removals: string[],
): void {
  const owned = ownedVolume(draft, key);
  const unused = isUnusedKey(key) ? draft.get(key) : undefined;
  draft.delete(key);
  if (unused !== undefined) removals.push(String(unused));
  if (!owned) return;
  if (force || isCloudInitVolume(owned.volume)) removals.push(owned.volume);
  else detached.push({ key, unusedKey: addUnused(draft, owned.volume), volume: owned.volume });
}

/** Takes devices that are gone out of the boot order; those in `awaited` are on their way. */
export function dropFromBoot(draft: ConfigDraft, awaited: ReadonlySet<string>): void {
  const there = (key: string) => draft.has(key) || awaited.has(key);
  const boot = draft.get('boot');
  if (boot !== undefined) {
    const order = parseProperty('boot', bootString, boot).order?.split(';');
    const left = order?.filter(there);
    if (order && left && left.length < order.length) {
      if (left.length > 0) draft.set('boot', `order=${left.join(';')}`);
      else draft.delete('boot');
    }
  }
  const bootDisk = draft.get('bootdisk');
  if (bootDisk !== undefined && !there(String(bootDisk))) draft.delete('bootdisk');
}
