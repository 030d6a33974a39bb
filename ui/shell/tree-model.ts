// The rows of the tree: datacenter, nodes, their guests and storages, as filtered and folded. Pure.
import type { ResourceItem } from '../../server/contract/resources.ts';

export interface TreeRow {
  /** The resource's id; `root` for the datacenter. */
  readonly key: string;
  readonly kind: 'datacenter' | 'node' | 'qemu' | 'lxc' | 'storage';
  readonly level: 1 | 2 | 3;
  readonly parent: string | undefined;
  readonly label: string;
  /** The guest's number, shown before its name. */
  readonly number: string;
  readonly status: string;
  readonly href: string;
  readonly template: boolean;
  /** Undefined for what has nothing below it. */
  readonly expanded: boolean | undefined;
  readonly position: number;
  readonly siblings: number;
}

export interface TreeInput {
  readonly resources: readonly ResourceItem[];
  readonly folded: ReadonlySet<string>;
  readonly filter: string;
  readonly rootLabel: string;
}

export function hrefOf(item: ResourceItem): string {
  if (item.type === 'lxc') return `/cts/${item.vmid}`;
  if (item.vmid !== undefined) return `/vms/${item.vmid}`;
  if (item.type === 'node') return `/nodes/${encodeURIComponent(item.node)}`;
  return `/nodes/${encodeURIComponent(item.node)}/storage/${encodeURIComponent(item.storage ?? '')}`;
}

export function labelOf(item: ResourceItem): string {
  if (item.type === 'node') return item.node;
  if (item.type === 'storage') return item.storage ?? item.id;
  return item.name ?? `${item.type === 'lxc' ? 'CT' : 'VM'} ${item.vmid}`;
}

/** The tabs of a node's page beside the first. */
export const nodeTabs = ['guests', 'templates', 'system'] as const;

/** Words for a kind as a whole: part of one finds nothing, or `con` would find every container. */
const kindWords: Readonly<Record<string, readonly string[]>> = {
  qemu: ['vm', 'vms', 'qemu'],
  lxc: ['ct', 'cts', 'lxc', 'container', 'containers'],
};

/** A filter word is found in names, numbers, tags, states and node names, or is a kind; all words must be found. */
export function matches(item: ResourceItem, filter: string): boolean {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const text = [labelOf(item), item.vmid, item.tags, item.status, item.node].join(' ').toLowerCase();
  return words.every((word) => text.includes(word) || kindWords[item.type]?.includes(word));
}

export function treeRows(input: TreeInput): TreeRow[] {
  const filtering = input.filter.trim() !== '';
  const nodes = input.resources
    .filter((item) => item.type === 'node')
    .sort((a, b) => a.node.localeCompare(b.node, undefined, { numeric: true }));
  const below = new Map<string, ResourceItem[]>();
  for (const item of input.resources) {
    if (item.type === 'node') continue;
    const list = below.get(item.node);
    if (list) list.push(item);
    else below.set(item.node, [item]);
  }

  const rootExpanded = filtering || !input.folded.has('root');
  const rows: TreeRow[] = [
    {
      key: 'root',
      kind: 'datacenter',
      level: 1,
      parent: undefined,
      label: input.rootLabel,
      number: '',
      status: '',
      href: '/',
      template: false,
      expanded: rootExpanded,
      position: 1,
      siblings: 1,
    },
  ];
  if (!rootExpanded) return rows;

  const shown = nodes
    .map((node) => ({
      node,
      items: (below.get(node.node) ?? []).filter((one) => matches(one, input.filter)),
    }))
    .filter(({ node, items }) => !filtering || items.length > 0 || matches(node, input.filter));
  shown.forEach(({ node, items }, i) => {
    const expanded = filtering || !input.folded.has(node.id);
    rows.push(rowOf(node, 2, 'root', items.length > 0 ? expanded : undefined, i + 1, shown.length));
    if (!expanded) return;
    items.sort(bySortKey);
    items.forEach((item, j) => {
      rows.push(rowOf(item, 3, node.id, undefined, j + 1, items.length));
    });
  });
  return rows;
}

/** Guests by number, then storages by name. */
function bySortKey(a: ResourceItem, b: ResourceItem): number {
  if (a.vmid !== undefined && b.vmid !== undefined) return a.vmid - b.vmid;
  if (a.vmid !== undefined) return -1;
  if (b.vmid !== undefined) return 1;
  return labelOf(a).localeCompare(labelOf(b));
}

function rowOf(
  item: ResourceItem,
  level: 2 | 3,
  parent: string,
  expanded: boolean | undefined,
  position: number,
  siblings: number,
): TreeRow {
  return {
    key: item.id,
    kind: item.type,
    level,
    parent,
    label: labelOf(item),
    number: item.vmid === undefined ? '' : String(item.vmid),
    status: item.status,
    href: hrefOf(item),
    template: item.template === 1,
    expanded,
    position,
    siblings,
  };
}
