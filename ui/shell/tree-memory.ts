// What this browser remembers of a user's tree: the view, and what is folded in each. What is read is not trusted.
import { createSignal } from 'solid-js';
import { keep, readKept } from './kept.ts';
import { type TreeView, treeViews } from './tree-views.ts';

export interface TreeMemory {
  readonly view: TreeView;
  /** Keys of rows. */
  readonly folded: Readonly<Partial<Record<TreeView, readonly string[]>>>;
}

const fresh: TreeMemory = { view: 'server', folded: {} };
/** More folded branches than this are not kept. */
export const mostFolded = 500;

export function readTreeMemory(stored: string | null): TreeMemory {
  let value: unknown;
  try {
    value = JSON.parse(stored ?? '');
  } catch {
    return fresh;
  }
  if (typeof value !== 'object' || value === null) return fresh;
  const { view, folded } = value as { view?: unknown; folded?: unknown };
  const lists = (typeof folded === 'object' && folded !== null ? folded : {}) as Record<string, unknown>;
  const kept: Partial<Record<TreeView, readonly string[]>> = {};
  for (const one of treeViews) {
    const list = lists[one];
    if (Array.isArray(list))
      kept[one] = list.filter((key): key is string => typeof key === 'string').slice(0, mostFolded);
  }
  return { view: treeViews.find((one) => one === view) ?? fresh.view, folded: kept };
}

/** With a branch of the view in use folded or opened. */
export function withFolded(memory: TreeMemory, key: string, closed: boolean): TreeMemory {
  const others = (memory.folded[memory.view] ?? []).filter((one) => one !== key);
  const next = closed ? [key, ...others].slice(0, mostFolded) : others;
  return { ...memory, folded: { ...memory.folded, [memory.view]: next } };
}

const [memory, setMemory] = createSignal<TreeMemory>(fresh);
let owner: string | undefined;
const keyOf = (user: string) => `croft.tree.${user}`;

export { memory as treeMemory };

/** Called when a tree is shown: another user has another memory. */
export function recallTree(user: string): void {
  if (user === owner) return;
  owner = user;
  setMemory(readTreeMemory(readKept(keyOf(user))));
}

export function changeTree(change: (before: TreeMemory) => TreeMemory): void {
  const next = setMemory(change);
  if (owner !== undefined) keep(keyOf(owner), JSON.stringify(next));
}
