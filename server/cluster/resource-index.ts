// The live list behind `/cluster/resources`: every guest, node and storage as it is now, kept serialised, so that a list of
// thousands costs a join of strings, and every change becomes one event.
import type { CroftEventBody } from '../contract/events.ts';
import type { Privilege } from '../contract/permission.ts';
import type { ResourceItem } from '../contract/resources.ts';

interface Entry {
  readonly item: ResourceItem;
  readonly json: string;
}

/** Whoever looks: only what these privileges show is listed. */
export interface ResourceViewer {
  may(path: string, privilege: Privilege): boolean;
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
  /** The same as JSON text of an array. */
  jsonVisibleTo(viewer: ResourceViewer, type?: ResourceItem['type'] | 'vm'): string;
}

/** May the viewer see this item at all? The rule of lists and of the event stream. */
export function maySeeResource(
  viewer: ResourceViewer,
  item: Pick<ResourceItem, 'type' | 'vmid' | 'storage' | 'node'>,
): boolean {
  switch (item.type) {
    case 'qemu':
    case 'lxc':
      return viewer.may(`/vms/${item.vmid}`, 'VM.Audit');
    case 'storage':
      return (
        viewer.may(`/storage/${item.storage}`, 'Datastore.Audit') ||
        viewer.may(`/storage/${item.storage}`, 'Datastore.AllocateSpace')
      );
    case 'node':
      // Names of nodes are no secret among users who are logged in: clients need them for every path.
      return true;
  }
}

/** Makes an empty index that hands its changes to `publish`. */
export function createResourceIndex(publish: (event: CroftEventBody) => void): ResourceIndex {
  const entries = new Map<string, Entry>();

  function set(item: ResourceItem): void {
    const json = JSON.stringify(item);
    if (entries.get(item.id)?.json === json) return;
    entries.set(item.id, { item, json });
    publish({ type: 'resource', resource: item });
  }

  function select(viewer: ResourceViewer, type: string | undefined): Entry[] {
    const found: Entry[] = [];
    for (const entry of entries.values()) {
      if (type !== undefined && entry.item.type !== type && !(type === 'vm' && entry.item.vmid !== undefined))
        continue;
      if (maySeeResource(viewer, entry.item)) found.push(entry);
    }
    return found;
  }

  return {
    set,
    patch(id, fields) {
      const entry = entries.get(id);
      if (entry) set({ ...entry.item, ...fields });
    },
    remove(id) {
      if (entries.delete(id)) publish({ type: 'resource-gone', id });
    },
    get: (id) => entries.get(id)?.item,
    all: () => [...entries.values()].map((entry) => entry.item),
    visibleTo: (viewer, type) => select(viewer, type).map((entry) => entry.item),
    jsonVisibleTo: (viewer, type) =>
      `[${select(viewer, type)
        .map((entry) => entry.json)
        .join(',')}]`,
  };
}
