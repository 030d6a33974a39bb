// A guest's snapshots in its document: added, taken out of the line of descent, described, and listed. Pure.
import { notFound } from '../core/errors.ts';
import type { GuestDocument, GuestSnapshot } from './config/guest-document.ts';

/** The newest of the present state's line. Repeatable. */
export function withSnapshot(
  document: GuestDocument,
  name: string,
  taken: { readonly description?: string | undefined } & Omit<GuestSnapshot, 'parent' | 'description'>,
): GuestDocument {
  const parent = document.parent === name ? document.snapshots?.[name]?.parent : document.parent;
  const { description, ...facts } = taken;
  const snapshot: GuestSnapshot = {
    ...facts,
    ...(description === undefined ? {} : { description }),
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

/** The same with another description, or none; undefined when there is no such snapshot. */
export function withSnapshotDescription(
  document: GuestDocument,
  name: string,
  description: string | undefined,
): GuestDocument | undefined {
  const found = document.snapshots?.[name];
  if (!found) return undefined;
  const { description: _, ...rest } = found;
  const described = description === undefined ? rest : { ...rest, description };
  return { ...document, snapshots: { ...document.snapshots, [name]: described } };
}

export interface SnapshotLine {
  readonly name: string;
  readonly description: string;
  readonly parent?: string;
  readonly snaptime?: number;
  /** Of a VM: with its memory. */
  readonly vmstate?: number;
  /** Of `current`. */
  readonly running?: number;
  readonly digest?: string;
}

/** `GET .../snapshot`: the oldest first, and the present state last, as the API has it. */
export function snapshotLines(document: GuestDocument, running: boolean, digest: string): SnapshotLine[] {
  const taken = Object.entries(document.snapshots ?? {})
    .sort(([a, left], [b, right]) => left.snaptime - right.snaptime || (a < b ? -1 : 1))
    .map(([name, { snaptime, description = '', parent, memory }]) => ({
      ...{ name, snaptime, description },
      ...(memory === undefined ? {} : { vmstate: 1 }),
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

/** What is cloned: the guest as it is wanted, or a snapshot of it. `not-found` when there is no such snapshot. */
export function sourceOf(document: GuestDocument, snapshot: string | undefined): GuestDocument['config'] {
  if (snapshot === undefined) return document.config;
  const found = document.snapshots?.[snapshot];
  if (!found) throw notFound('snapshot', snapshot);
  return found.config;
}
