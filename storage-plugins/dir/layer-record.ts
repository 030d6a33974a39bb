// The record of a layered volume: which trees it is made of, and where they lie. Pure.
import path from 'node:path';
import { z } from 'zod';

/** `trees/<id>` of the volume itself, or `../../<owner>/<file name>/trees/<id>` of another one: both stay right when it is renamed. */
const reference = z
  .string()
  .regex(/^(?:\.\.\/\.\.\/(?:0|[1-9]\d{2,8})\/[A-Za-z0-9_][A-Za-z0-9_.+-]*\.subvol\/)?trees\/[0-9a-f]{16}$/);

/** Topmost first. */
const layers = z.array(reference);

export const layerRecord = z.object({
  version: z.literal(1),
  /** As declared; 0: no limit. */
  sizeBytes: z.int().min(0),
  /** Seconds since the epoch. */
  createdAt: z.int(),
  /** Nothing writes into it any more. */
  base: z.boolean(),
  /** Number of its project quota; absent where the file system has none. */
  project: z.int().optional(),
  /** The tree that is written to; absent in a base. */
  upper: reference.optional(),
  layers,
  snapshots: z.array(z.object({ name: z.string(), createdAt: z.int(), layers })),
});
export type LayerRecord = z.infer<typeof layerRecord>;

/** Where a reference of the volume in `folder` leads. */
export function treePath(folder: string, ref: string): string {
  return path.join(folder, ref);
}

/** The same tree, as a volume in a folder `to` of any guest refers to it. */
export function foreignReference(folder: string, ref: string): string {
  if (!ref.startsWith('trees/')) return ref;
  return `../../${path.basename(path.dirname(folder))}/${path.basename(folder)}/${ref}`;
}

/** Every tree that the record needs. */
export function referencesOf(record: LayerRecord): string[] {
  const all = [...record.layers, ...record.snapshots.flatMap((snapshot) => snapshot.layers)];
  if (record.upper !== undefined) all.push(record.upper);
  return [...new Set(all)];
}

/** Name (`100/base-100-disk-0.subvol`) of the other volume that its topmost shared layer belongs to. */
export function parentOf(record: LayerRecord): string | undefined {
  const shared = record.layers.find((ref) => ref.startsWith('../'));
  return shared === undefined ? undefined : ownerOf(shared);
}

function ownerOf(foreign: string): string {
  const [, , vmid, fileName] = foreign.split('/');
  return `${vmid}/${fileName}`;
}

/** Names of the other volumes that the record needs. */
export function ownersOf(record: LayerRecord): string[] {
  return [
    ...new Set(
      referencesOf(record)
        .filter((ref) => ref.startsWith('../'))
        .map(ownerOf),
    ),
  ];
}
