// One row of the tree: sign, number, name; its state is read live.

import Box from 'lucide-solid/icons/box';
import Boxes from 'lucide-solid/icons/boxes';
import ChevronRight from 'lucide-solid/icons/chevron-right';
import Database from 'lucide-solid/icons/database';
import Folder from 'lucide-solid/icons/folder';
import Group from 'lucide-solid/icons/group';
import Layers from 'lucide-solid/icons/layers';
import Monitor from 'lucide-solid/icons/monitor';
import Server from 'lucide-solid/icons/server';
import Tag from 'lucide-solid/icons/tag';
import TriangleAlert from 'lucide-solid/icons/triangle-alert';
import { createMemo, Show } from 'solid-js';
import { drawnOnce } from '../components/drawn-once.ts';
import { StateDot, stateName } from '../components/state-dot.tsx';
import { shownState } from '../live/guest-state.ts';
import { live } from '../live/store.ts';
import type { TreeRow } from './tree-views.ts';

interface TreeRowProps {
  row: TreeRow;
  id: string;
  /** Pixels. */
  height: number;
  /** Its page is open. */
  here: boolean;
  /** The keyboard is at it. */
  active: boolean;
  onChoose: () => void;
  onFold: () => void;
}

const indents: Readonly<Record<TreeRow['level'], string>> = { 1: 'ps-1.5', 2: 'ps-4', 3: 'ps-10' };

const chevron = drawnOnce(() => <ChevronRight size={14} />);
const manyBoxes = drawnOnce(() => <Boxes size={14} aria-hidden="true" />);
const warning = drawnOnce(() => <TriangleAlert size={14} aria-hidden="true" />);
const layers = drawnOnce(() => <Layers size={14} aria-hidden="true" />);
const signs = {
  datacenter: drawnOnce(() => <Layers size={15} aria-hidden="true" />),
  folder: drawnOnce(() => <Folder size={14} aria-hidden="true" />),
  pool: drawnOnce(() => <Group size={14} aria-hidden="true" />),
  tag: drawnOnce(() => <Tag size={14} aria-hidden="true" />),
  node: drawnOnce(() => <Server size={15} aria-hidden="true" />),
  storage: drawnOnce(() => <Database size={14} aria-hidden="true" />),
  lxc: drawnOnce(() => <Box size={14} aria-hidden="true" />),
  qemu: drawnOnce(() => <Monitor size={14} aria-hidden="true" />),
} as const satisfies Readonly<Record<TreeRow['kind'], unknown>>;

// Scrolling makes rows with every frame: they are one element with few parts, without the router's link or components of signs.
export function TreeRowView(props: TreeRowProps) {
  const status = createMemo(() => {
    const item = props.row.itemId === undefined ? undefined : live.resources[props.row.itemId];
    return item === undefined ? '' : shownState(item);
  });
  const name = () => {
    const { number, label, count } = props.row;
    const state = status() === '' ? '' : stateName(status(), props.row.kind);
    // First what is written, in its order: who speaks the row's text to the computer is understood.
    return [number, label, count ?? '', state].filter((part) => part !== '').join(' ');
  };
  return (
    // Without an address it is no link: a group, which opens and closes. The router follows every link of the page.
    <a
      id={props.id}
      href={props.row.href}
      role="treeitem"
      tabindex="-1"
      aria-level={props.row.level}
      aria-posinset={props.row.position}
      aria-setsize={props.row.siblings}
      aria-expanded={props.row.expanded}
      aria-selected={props.here}
      aria-current={props.here ? 'page' : undefined}
      aria-label={name()}
      class={`flex cursor-pointer items-center gap-2 rounded-md pe-2 text-sm ${indents[props.row.level]} ${props.here ? 'bg-accent-soft font-medium text-text' : 'text-text hover:bg-hover'} ${props.active ? 'group-focus-visible/tree:outline-2 group-focus-visible/tree:-outline-offset-2 group-focus-visible/tree:outline-accent' : ''}`}
      style={{ height: `${props.height}px` }}
      onClick={() => props.onChoose()}
    >
      <Show when={props.row.level < 3}>
        <span
          aria-hidden="true"
          class={`-ms-0.5 flex size-4 shrink-0 items-center justify-center text-muted ${props.row.expanded === undefined ? 'invisible' : ''}`}
          onClick={(event) => {
            event.preventDefault();
            event.stopPropagation();
            props.onFold();
          }}
        >
          <span class={`transition-transform ${props.row.expanded ? 'rotate-90' : ''}`}>{chevron()}</span>
        </span>
      </Show>
      <RowSign row={props.row} status={status()} />
      <Show when={props.row.number !== ''}>
        <span class="num min-w-7 shrink-0 text-xs text-muted">{`${props.row.number} `}</span>
      </Show>
      <span
        class={`min-w-0 flex-1 truncate ${status() === 'offline' ? 'text-muted' : ''}`}
        title={props.row.label}
      >
        {props.row.label}
      </span>
      <Show when={props.row.count !== undefined}>
        <span class="num shrink-0 text-xs text-muted">{` ${props.row.count}`}</span>
      </Show>
    </a>
  );
}

function RowSign(props: { row: TreeRow; status: string }) {
  const isUnwell = () => props.row.kind === 'storage' && props.status !== '' && props.status !== 'available';
  const sign = createMemo(() => {
    const { kind, template } = props.row;
    if (isUnwell()) return warning;
    if (template) return kind === 'lxc' ? manyBoxes : layers;
    return signs[kind];
  });
  const hasState = () => ['node', 'lxc', 'qemu'].includes(props.row.kind);
  return (
    <span class={`relative flex shrink-0 items-center gap-1.5 ${isUnwell() ? 'text-warn' : 'text-muted'}`}>
      {sign()()}
      <Show when={hasState()}>
        {/* A template has none, and keeps the place: numbers and names stand below each other. */}
        <Show when={!props.row.template} fallback={<span class="size-2.5" />}>
          <StateDot status={props.status} />
        </Show>
      </Show>
    </span>
  );
}
