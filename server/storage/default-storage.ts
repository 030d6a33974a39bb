// Where a new volume goes when nobody says: one order of the storages, the default first. Pure.
import type { ContentKind, PluginDeclaration } from '../../storage-plugins/plugin.ts';

export interface StorageCandidate {
  readonly id: string;
  readonly declaration: PluginDeclaration;
  /** Of new volumes of the kind asked for: the default first. */
  readonly formats: readonly string[];
  /** As last measured; undefined while nobody knows. */
  readonly totalBytes: number | undefined;
  /** It is nearly full (95 %). */
  readonly nearlyFull: boolean;
}

/** Kinds of volumes that have a default storage. */
export const defaultKinds = ['images', 'rootdir'] as const satisfies readonly ContentKind[];

/**
 * Of the storages that hold the kind and can be used now: those where new volumes can be made come first. Those with room come before those that are nearly full, those whose new
 * volumes can have snapshots before those whose cannot, the larger before the smaller, and then the names decide.
 */
export function inDefaultOrder<T extends StorageCandidate>(candidates: readonly T[]): T[] {
  return [...candidates].sort(
    (a, b) =>
      Number(a.formats.length === 0) - Number(b.formats.length === 0) ||
      Number(a.nearlyFull) - Number(b.nearlyFull) ||
      Number(hasSnapshots(b)) - Number(hasSnapshots(a)) ||
      (b.totalBytes ?? 0) - (a.totalBytes ?? 0) ||
      (a.id < b.id ? -1 : 1),
  );
}

function hasSnapshots({ declaration, formats }: StorageCandidate): boolean {
  const [format] = formats;
  return declaration.capabilities.some(
    (row) =>
      row.feature === 'snapshot' &&
      row.states.includes('current') &&
      row.formats.some((each) => each === format),
  );
}
