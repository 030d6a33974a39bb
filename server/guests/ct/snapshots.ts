// A container's document gone back to a snapshot. Pure.
import type { GuestDocument } from '../config/guest-document.ts';
import { mountedVolumes, volumesByKey, withoutKey, withUnused } from './volume-keys.ts';

/** The document gone back to a snapshot; volumes that came after it are kept as unused ones. Repeatable. */
export function rolledBack(document: GuestDocument, name: string): GuestDocument {
  const snapshot = document.snapshots?.[name];
  if (!snapshot) return document;
  const known = new Set(mountedVolumes(snapshot.config).map(({ volume }) => volume));
  // A volume that was unused then may be gone since; those that are unused now are added again below.
  const without = volumesByKey(snapshot.config)
    .filter(({ mount }) => mount === undefined)
    .reduce((config, { key }) => withoutKey(config, key), snapshot.config);
  const later = volumesByKey(document.config).filter(({ volume }) => !known.has(volume));
  const config = later.reduce((draft, { volume }) => withUnused(draft, volume), without);
  return { ...document, config, parent: name };
}
