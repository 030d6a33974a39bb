// What the datacenter has and what of it is in use, from the live state. Pure.
import type { ResourceItem } from '../../../server/contract/resources.ts';
import { shownState } from '../../live/guest-state.ts';

export interface Amount {
  readonly used: number;
  readonly total: number;
}

/** A storage as people see it: a shared one is one, however many nodes reach it. */
export interface StorageView {
  readonly id: string;
  /** The item of a node that can use it, if there is one. */
  readonly item: ResourceItem;
  readonly nodes: readonly string[];
  /** The nodes that cannot use it now. */
  readonly without: readonly string[];
}

function sum(items: readonly ResourceItem[], of: (item: ResourceItem) => number | undefined): number {
  return items.reduce((total, item) => total + (of(item) ?? 0), 0);
}

/** Cores at work, of the nodes that are reached. */
export function processorsOf(nodes: readonly ResourceItem[]): Amount {
  const online = nodes.filter((node) => node.status === 'online');
  return {
    used: sum(online, (node) => (node.cpu ?? 0) * (node.maxcpu ?? 0)),
    total: sum(online, (node) => node.maxcpu),
  };
}

/** Bytes, of the nodes that are reached. */
export function memoryOf(nodes: readonly ResourceItem[]): Amount {
  const online = nodes.filter((node) => node.status === 'online');
  return { used: sum(online, (node) => node.mem), total: sum(online, (node) => node.maxmem) };
}

/** Each storage once, by name and node. */
export function storageViews(storages: readonly ResourceItem[]): StorageView[] {
  const byId = new Map<string, ResourceItem[]>();
  for (const one of storages) {
    const id = one.shared === 1 ? `shared/${one.storage}` : one.id;
    byId.set(id, [...(byId.get(id) ?? []), one]);
  }
  return [...byId]
    .map(([id, items]) => ({
      id,
      item: items.find((one) => one.status === 'available') ?? items[0]!,
      nodes: items.map((one) => one.node).sort(),
      without: items
        .filter((one) => one.status !== 'available')
        .map((one) => one.node)
        .sort(),
    }))
    .sort(
      (a, b) =>
        (a.item.storage ?? '').localeCompare(b.item.storage ?? '') || a.item.node.localeCompare(b.item.node),
    );
}

/** Bytes, of the storages that can be used. */
export function spaceOf(storages: readonly StorageView[]): Amount {
  const usable = storages.map(({ item }) => item).filter((item) => item.status === 'available');
  return { used: sum(usable, (one) => one.disk), total: sum(usable, (one) => one.maxdisk) };
}

const stateOrder = [
  'running',
  'paused',
  'suspended',
  'starting',
  'stopping',
  'hibernated',
  'stopped',
  'unknown',
];

/** How many guests are in each state; templates are none. What runs comes first. */
export function guestsByState(guests: readonly ResourceItem[]): (readonly [state: string, count: number])[] {
  const counts = new Map<string, number>();
  for (const guest of guests) {
    const state = guest.template === 1 ? 'template' : shownState(guest);
    counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  const rank = (state: string) => {
    const at = stateOrder.indexOf(state);
    return at < 0 ? stateOrder.length : at;
  };
  return [...counts].sort(([a], [b]) => rank(a) - rank(b));
}
