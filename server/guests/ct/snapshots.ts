// A guest's snapshots in its document: added, taken out of the line of descent, gone back to, and listed. Pure.
import type { GuestDocument, GuestSnapshot } from '../config/guest-document.ts';
import { mountedVolumes, volumesByKey, withoutKey, withUnused } from './volume-keys.ts';

/** The newest of the present state's line. Repeatable. */
export function withSnapshot(
  document: GuestDocument,
  name: string,
  taken: { readonly description?: string | undefined } & Omit<GuestSnapshot, 'parent' | 'description'>,
): GuestDocument {
  const parent = document.parent === name ? document.snapshots?.[name]?.parent : document.parent;
  const snapshot: GuestSnapshot = {
    config: taken.config,
    snaptime: taken.snaptime,
    ...(taken.description === undefined ? {} : { description: taken.description }),
    ...(parent === undefined ? {} : { parent }),
  };
  return { ...document, snapshots: { ...document.snapshots, [name]: snapshot }, parent: name };
}

/** Those that came from it come from its parent now. One that is not there changes nothing. */
export function withoutSnapshot(document: GuestDocument, name: string): GuestDocument {
  const { [name]: gone, ...left } = document.snapshots ?? {};
  if (!gone) return document;
  const moved = <T extends { readonly parent?: string }>(one: T): T => {
    if (one.parent !== name) return one;
    const { parent: _, ...rest } = one;
    return (gone.parent === undefined ? rest : { ...rest, parent: gone.parent }) as T;
  };
  const snapshots = Object.fromEntries(Object.entries(left).map(([key, value]) => [key, moved(value)]));
  const { snapshots: _, ...rest } = moved(document);
  return Object.keys(snapshots).length === 0 ? rest : { ...rest, snapshots };
}

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

export interface SnapshotLine {
  readonly name: string;
  readonly description: string;
  readonly parent?: string;
  readonly snaptime?: number;
  /** Of `current`. */
  readonly running?: number;
  readonly digest?: string;
}

/** `GET .../snapshot`: the oldest first, and the present state last, as the API has it. */
export function snapshotLines(document: GuestDocument, running: boolean, digest: string): SnapshotLine[] {
  const taken = Object.entries(document.snapshots ?? {})
    .sort(([a, left], [b, right]) => left.snaptime - right.snaptime || (a < b ? -1 : 1))
    .map(([name, { snaptime, description = '', parent }]) => ({
      ...{ name, snaptime, description },
      ...(parent === undefined ? {} : { parent }),
    }));
  return [
    ...taken,
    {
      ...{ name: 'current', description: 'You are here!', running: running ? 1 : 0, digest },
      ...(document.parent === undefined ? {} : { parent: document.parent }),
    },
  ];
}
