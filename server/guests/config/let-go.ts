// Taking keys out of a configuration: disks leave their volume behind as an unused one, and the boot order forgets devices.

import { deviceCounts } from '../../contract/qemu-options.ts';
import { bootString } from '../../contract/qemu-strings.ts';
import { invalidInput } from '../../core/errors.ts';
import { type ConfigValue, parseProperty, splitDeviceKey, splitDriveKey } from './config-keys.ts';
import { readDrive, readEfiDisk } from './read-devices.ts';

type Draft = Map<string, ConfigValue>;

/** A key that can hold a volume of the guest's own. */
export function isDiskKey(key: string): boolean {
  return key === 'efidisk0' || splitDriveKey(key) !== undefined;
}

/** The volume that the guest owns by a key: not a CD's. */
export function ownedVolume(
  draft: ReadonlyMap<string, ConfigValue>,
  key: string,
): { volume: string; sizeBytes: number | undefined } | undefined {
  const text = draft.get(key);
  if (text === undefined) return undefined;
  if (key === 'efidisk0') return readEfiDisk(String(text));
  if (!splitDriveKey(key)) return undefined;
  const { media, volume, sizeBytes } = readDrive(key, String(text));
  return media === 'cdrom' || volume === undefined ? undefined : { volume, sizeBytes };
}

/** Writes a volume down as unused, once; returns under which key. */
export function addUnused(draft: Draft, volume: string): string {
  for (let index = 0; index < deviceCounts.unused; index += 1) {
    const key = `unused${index}`;
    if (draft.get(key) === volume) return key;
    if (draft.has(key)) continue;
    draft.set(key, volume);
    return key;
  }
  throw invalidInput({ unused0: 'too many unused volumes: remove some first' });
}

/** Takes a key out. Its volume becomes an unused one; with `force`, or of an unused one, it is to be removed. */
export function letGo(
  draft: Draft,
  key: string,
  force: boolean,
  detached: { key: string; unusedKey: string; volume: string }[],
  removals: string[],
): void {
  const owned = ownedVolume(draft, key);
  const unused = splitDeviceKey(key)?.base === 'unused' ? draft.get(key) : undefined;
  draft.delete(key);
  if (unused !== undefined) removals.push(String(unused));
  if (!owned) return;
  if (force) removals.push(owned.volume);
  else detached.push({ key, unusedKey: addUnused(draft, owned.volume), volume: owned.volume });
}

/** Takes devices that are gone out of the boot order; those in `awaited` are on their way. */
export function dropFromBoot(draft: Draft, awaited: ReadonlySet<string>): void {
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
