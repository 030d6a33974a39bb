// The rows of the tree in its five views: by server, kind, pool, tag and storage, as filtered and folded. Pure.
import type { ResourceItem } from '../../server/contract/resources.ts';
import { tagsOf } from '../search/properties.ts';
import { hrefOf, labelOf } from './tree-model.ts';

export const treeViews = ['server', 'kind', 'pool', 'tag', 'storage'] as const;
export type TreeView = (typeof treeViews)[number];

/** The folders of the view by kind, in their order. */
export const folderKinds = ['node', 'qemu', 'lxc', 'template', 'storage'] as const;
export type FolderKind = (typeof folderKinds)[number];

export interface TreeRow {
  /** Of its own in the tree; a guest with two tags is there twice. `root` for the datacenter. */
  readonly key: string;
  /** What it stands for; its state is read live and is no part of the row. Undefined for groups. */
  readonly itemId: string | undefined;
  readonly kind: 'datacenter' | 'folder' | 'pool' | 'tag' | ResourceItem['type'];
  readonly level: 1 | 2 | 3;
  readonly parent: string | undefined;
  readonly label: string;
  /** The guest's number, shown before its name. */
  readonly number: string;
  /** How many are below a group. */
  readonly count: number | undefined;
  /** Groups have none: they open and close. */
  readonly href: string | undefined;
  readonly template: boolean;
  /** Undefined for what has nothing below it. */
  readonly expanded: boolean | undefined;
  readonly position: number;
  readonly siblings: number;
}

export interface TreeInput {
  readonly view: TreeView;
  /** Their states are read only by `matches`: a row does not change with them. */
  readonly resources: readonly ResourceItem[];
  /** All pools, also empty ones. */
  readonly pools: readonly string[];
  /** Keys of rows. */
  readonly folded: ReadonlySet<string>;
  /** Undefined: no filter. */
  readonly matches: ((item: ResourceItem) => boolean) | undefined;
  readonly words: TreeWords;
}

export interface TreeWords {
  readonly datacenter: string;
  readonly folders: Readonly<Record<FolderKind, string>>;
  readonly noPool: string;
  readonly noTag: string;
}

/** A row of the second level with what is below it. */
interface Branch {
  readonly key: string;
  readonly kind: TreeRow['kind'];
  readonly label: string;
  /** The branch is itself a resource. */
  readonly item?: ResourceItem;
  readonly href?: string;
  readonly leaves: readonly ResourceItem[];
  /** What the leaves are called, where it is not their own name. */
  readonly leafLabel?: (item: ResourceItem) => string;
}

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });
const isGuest = (item: ResourceItem) => item.type === 'qemu' || item.type === 'lxc';

/** Nodes by name, then guests by number, then storages by name and node. */
function inOrder(a: ResourceItem, b: ResourceItem): number {
  if (a.vmid !== undefined && b.vmid !== undefined) return a.vmid - b.vmid;
  if (a.vmid !== undefined) return -1;
  if (b.vmid !== undefined) return 1;
  return collator.compare(labelOf(a), labelOf(b)) || collator.compare(a.node, b.node);
}

/** A filter opens what is folded, and leaves out branches of which nothing is left. */
export function treeRows(input: TreeInput): TreeRow[] {
  const filtering = input.matches !== undefined;
  const isOpen = (key: string) => filtering || !input.folded.has(key);
  const rows: TreeRow[] = [
    {
      key: 'root',
      itemId: undefined,
      kind: 'datacenter',
      level: 1,
      parent: undefined,
      label: input.words.datacenter,
      number: '',
      count: undefined,
      href: '/',
      template: false,
      expanded: isOpen('root'),
      position: 1,
      siblings: 1,
    },
  ];
  if (!isOpen('root')) return rows;
  const branches = branchesOf[input.view](input).filter(
    ({ item, leaves }) => !filtering || leaves.length > 0 || (item && input.matches?.(item)),
  );
  branches.forEach((branch, i) => {
    const { item } = branch;
    const open = isOpen(branch.key);
    rows.push({
      ...(item ? resourceRow(item) : groupRow),
      key: branch.key,
      kind: branch.kind,
      level: 2,
      parent: 'root',
      label: branch.label,
      count: item ? undefined : branch.leaves.length,
      href: item ? hrefOf(item) : branch.href,
      expanded: branch.leaves.length > 0 ? open : undefined,
      position: i + 1,
      siblings: branches.length,
    });
    if (!open) return;
    const leaves = [...branch.leaves].sort(inOrder);
    leaves.forEach((leaf, j) => {
      rows.push({
        ...resourceRow(leaf),
        key: input.view === 'server' ? leaf.id : `${branch.key}/${leaf.id}`,
        kind: leaf.type,
        level: 3,
        parent: branch.key,
        label: branch.leafLabel?.(leaf) ?? labelOf(leaf),
        count: undefined,
        href: hrefOf(leaf),
        expanded: undefined,
        position: j + 1,
        siblings: leaves.length,
      });
    });
  });
  return rows;
}

/** What has changed of the rows, and what they were before where they have not: who compares objects draws only the others. */
export function keptRows(
  before: ReadonlyMap<string, TreeRow>,
  after: readonly TreeRow[],
): Map<string, TreeRow> {
  return new Map(
    after.map((row) => {
      const old = before.get(row.key);
      return [row.key, old !== undefined && isSame(old, row) ? old : row];
    }),
  );
}

function isSame(a: TreeRow, b: TreeRow): boolean {
  return (Object.keys(a) as (keyof TreeRow)[]).every((key) => a[key] === b[key]);
}

const groupRow = { itemId: undefined, number: '', template: false } as const;

function resourceRow(item: ResourceItem): Pick<TreeRow, 'itemId' | 'number' | 'template'> {
  return {
    itemId: item.id,
    number: item.vmid === undefined ? '' : String(item.vmid),
    template: item.template === 1,
  };
}

const passing = (input: TreeInput, items: readonly ResourceItem[]) =>
  input.matches ? items.filter(input.matches) : items;

function addTo<K>(groups: Map<K, ResourceItem[]>, key: K, item: ResourceItem): void {
  const group = groups.get(key);
  if (group) group.push(item);
  else groups.set(key, [item]);
}

const branchesOf: Readonly<Record<TreeView, (input: TreeInput) => Branch[]>> = {
  server(input) {
    const below = new Map<string, ResourceItem[]>();
    const nodes: ResourceItem[] = [];
    for (const item of input.resources)
      if (item.type === 'node') nodes.push(item);
      else addTo(below, item.node, item);
    return nodes.sort(inOrder).map((item) => ({
      key: item.id,
      kind: 'node',
      label: item.node,
      item,
      leaves: passing(input, below.get(item.node) ?? []),
    }));
  },

  kind(input) {
    const below = new Map<FolderKind, ResourceItem[]>();
    for (const item of passing(input, input.resources))
      addTo(below, item.template === 1 ? 'template' : item.type, item);
    return folderKinds.flatMap((kind): Branch[] => {
      const leaves = below.get(kind);
      if (!leaves) return [];
      const leafLabel = (item: ResourceItem) =>
        item.type === 'storage' ? `${labelOf(item)} (${item.node})` : labelOf(item);
      return [{ key: `kind/${kind}`, kind: 'folder', label: input.words.folders[kind], leaves, leafLabel }];
    });
  },

  pool(input) {
    const below = new Map<string, ResourceItem[]>(input.pools.map((pool) => [pool, []]));
    const others: ResourceItem[] = [];
    for (const item of passing(input, input.resources))
      if (isGuest(item))
        if (item.pool) addTo(below, item.pool, item);
        else others.push(item);
    return [...grouped(below, 'pool'), ...without('pool', input.words.noPool, others)];
  },

  tag(input) {
    const below = new Map<string, ResourceItem[]>();
    const others: ResourceItem[] = [];
    for (const item of passing(input, input.resources)) {
      if (!isGuest(item)) continue;
      const tags = new Set(tagsOf(item));
      for (const tag of tags) addTo(below, tag, item);
      if (tags.size === 0) others.push(item);
    }
    return [...grouped(below, 'tag'), ...without('tag', input.words.noTag, others)];
  },

  /** One of several nodes stands above where it is; one of one node only stands for itself. */
  storage(input) {
    const below = new Map<string, ResourceItem[]>();
    for (const item of passing(input, input.resources))
      if (item.type === 'storage') addTo(below, item.storage ?? item.id, item);
    return [...below]
      .sort(([a], [b]) => collator.compare(a, b))
      .map(([name, leaves]): Branch => {
        const [first] = leaves;
        const one = leaves.length === 1 && first ? { item: first } : {};
        return {
          key: `storage/${name}`,
          kind: 'storage',
          label: name,
          ...one,
          leaves: leaves.length === 1 ? [] : leaves,
          leafLabel: (item) => item.node,
        };
      });
  },
};

function grouped(below: ReadonlyMap<string, readonly ResourceItem[]>, kind: 'pool' | 'tag'): Branch[] {
  return [...below]
    .sort(([a], [b]) => collator.compare(a, b))
    .map(([name, leaves]) => ({ key: `${kind}/${name}`, kind, label: name, leaves }));
}

/** The group of those that are in none. Its key cannot be one of a pool or tag: these are not empty. */
function without(kind: 'pool' | 'tag', label: string, leaves: readonly ResourceItem[]): Branch[] {
  return leaves.length === 0 ? [] : [{ key: `${kind}/`, kind: 'folder', label, leaves }];
}
