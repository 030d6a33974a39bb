// The live list behind `/cluster/resources`: every guest, node and storage as it is now, kept serialised, so that a list of
// thousands costs a copy of bytes, and every change becomes one event.
import type { CroftEventBody } from '../contract/events.ts';
import type { Privilege } from '../contract/permission.ts';
import type { ResourceItem } from '../contract/resources.ts';

interface Entry {
  readonly item: ResourceItem;
  readonly seenWith: Seeing | undefined;
  readonly json: string;
  /** A comma and the JSON text, made when first listed. */
  bytes: Buffer | undefined;
}

/** Whoever looks: only what these privileges show is listed. */
export interface ResourceViewer {
  may(path: string, privilege: Privilege): boolean;
  /** The one answer of `may` for everything directly below `parent`; undefined where it can differ. */
  mayBelow?(parent: string, privilege: Privilege): boolean | undefined;
}

export interface ResourceIndex {
  /** Puts or replaces an item; publishes an event when anything in it changed. */
  set(item: ResourceItem): void;
  /** Changes some fields of an item that is there; does nothing when it is not. */
  patch(id: string, fields: Partial<ResourceItem>): void;
  remove(id: string): void;
  get(id: string): ResourceItem | undefined;
  all(): ResourceItem[];
  visibleTo(viewer: ResourceViewer, type?: ResourceItem['type'] | 'vm'): ResourceItem[];
  /** The same as JSON text of an array, in UTF-8; not to be written to. */
  jsonVisibleTo(viewer: ResourceViewer, type?: ResourceItem['type'] | 'vm'): Buffer;
}

type Listed = Pick<ResourceItem, 'type' | 'vmid' | 'storage' | 'node'>;

/** Items that lie below one path and are seen with any of the same privileges. */
interface Area {
  readonly parent: string;
  readonly privileges: readonly Privilege[];
}
interface Seeing {
  readonly area: Area;
  readonly path: string;
}

const guests: Area = { parent: '/vms', privileges: ['VM.Audit'] };
const storages: Area = { parent: '/storage', privileges: ['Datastore.Audit', 'Datastore.AllocateSpace'] };

/** What it takes to see an item; undefined when everybody may who is logged in. */
function seeingOf(item: Listed): Seeing | undefined {
  switch (item.type) {
    case 'qemu':
    case 'lxc':
      return { area: guests, path: `${guests.parent}/${item.vmid}` };
    case 'storage':
      return { area: storages, path: `${storages.parent}/${item.storage}` };
    case 'node':
      // Names of nodes are no secret among users who are logged in: clients need them for every path.
      return undefined;
  }
}

function maySee(viewer: ResourceViewer, seeing: Seeing | undefined): boolean {
  if (seeing === undefined) return true;
  return seeing.area.privileges.some((privilege) => viewer.may(seeing.path, privilege));
}

/** The one answer for all of an area; undefined where each item has to be asked about. */
function maySeeAll(viewer: ResourceViewer, area: Area): boolean | undefined {
  const answers = area.privileges.map((privilege) => viewer.mayBelow?.(area.parent, privilege));
  if (answers.includes(true)) return true;
  return answers.includes(undefined) ? undefined : false;
}

/** Makes an empty index that hands its changes to `publish`. */
export function createResourceIndex(publish: (event: CroftEventBody) => void): ResourceIndex {
  const entries = new Map<string, Entry>();
  /** What those get who may see everything, by the type asked for; until the next change. */
  const whole = new Map<string | undefined, Buffer>();

  function set(item: ResourceItem): void {
    const json = JSON.stringify(item);
    const before = entries.get(item.id);
    if (before?.json === json) return;
    // An id names its type and number: what it takes to see it never changes.
    entries.set(item.id, {
      item,
      json,
      seenWith: before ? before.seenWith : seeingOf(item),
      bytes: undefined,
    });
    whole.clear();
    publish({ type: 'resource', resource: item });
  }

  function select(viewer: ResourceViewer, type: string | undefined): { found: Entry[]; hidden: boolean } {
    const found: Entry[] = [];
    let hidden = false;
    const answers = new Map([guests, storages].map((area) => [area, maySeeAll(viewer, area)]));
    for (const entry of entries.values()) {
      if (type !== undefined && entry.item.type !== type && !(type === 'vm' && entry.item.vmid !== undefined))
        continue;
      const { seenWith } = entry;
      if (entry.item.type === 'node' && !viewer.may(`/nodes/${entry.item.node}`, 'Sys.Audit')) {
        found.push(nameOnly(entry.item));
        hidden = true;
      } else if ((seenWith && answers.get(seenWith.area)) ?? maySee(viewer, seenWith)) found.push(entry);
      else hidden = true;
    }
    return { found, hidden };
  }

  return {
    set,
    patch(id, fields) {
      const entry = entries.get(id);
      if (entry) set({ ...entry.item, ...fields });
    },
    remove(id) {
      if (!entries.delete(id)) return;
      whole.clear();
      publish({ type: 'resource-gone', id });
    },
    get: (id) => entries.get(id)?.item,
    all: () => [...entries.values()].map((entry) => entry.item),
    visibleTo: (viewer, type) => select(viewer, type).found.map((entry) => entry.item),
    jsonVisibleTo(viewer, type) {
      const { found, hidden } = select(viewer, type);
      if (hidden) return joined(found);
      const kept = whole.get(type) ?? joined(found);
      whole.set(type, kept);
      return kept;
    },
  };
}

/** A node for those who may not look into it: clients need the name for every path, the load is nobody's business. */
function nameOnly({ id, type, node, status }: ResourceItem): Entry {
  const item: ResourceItem = { id, type, node, status };
  return { item, seenWith: undefined, json: JSON.stringify(item), bytes: undefined };
}

/** Copying bytes that are there already takes a fraction of joining texts and encoding them. */
function joined(entries: readonly Entry[]): Buffer {
  if (entries.length === 0) return Buffer.from('[]');
  const parts = entries.map((entry) => {
    entry.bytes ??= Buffer.from(`,${entry.json}`);
    return entry.bytes;
  });
  const list = Buffer.concat([...parts, Buffer.from(']')]);
  // In place of the first comma.
  list.write('[');
  return list;
}
