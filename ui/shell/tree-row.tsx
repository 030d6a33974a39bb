// One row of the tree: sign, number, name; its state is read live.
import { A } from '@solidjs/router';
import Box from 'lucide-solid/icons/box';
import Boxes from 'lucide-solid/icons/boxes';
import ChevronRight from 'lucide-solid/icons/chevron-right';
import Database from 'lucide-solid/icons/database';
import Folder from 'lucide-solid/icons/folder';
import Layers from 'lucide-solid/icons/layers';
import Monitor from 'lucide-solid/icons/monitor';
import Server from 'lucide-solid/icons/server';
import Tag from 'lucide-solid/icons/tag';
import { Match, Show, Switch } from 'solid-js';
import { StateDot, stateName } from '../components/state-dot.tsx';
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

export function TreeRowView(props: TreeRowProps) {
  const status = () =>
    props.row.itemId === undefined ? '' : (live.resources[props.row.itemId]?.status ?? '');
  const name = () => {
    const { number, label, count } = props.row;
    const state = status() === '' ? '' : stateName(status(), props.row.kind);
    // First what is written, in its order: who speaks the row's text to the computer is understood.
    return [number, label, count ?? '', state].filter((part) => part !== '').join(' ');
  };
  const wiring = () => ({
    id: props.id,
    role: 'treeitem' as const,
    tabindex: '-1',
    'aria-level': props.row.level,
    'aria-posinset': props.row.position,
    'aria-setsize': props.row.siblings,
    'aria-expanded': props.row.expanded,
    'aria-selected': props.here,
    'aria-label': name(),
    class: `flex cursor-pointer items-center gap-2 rounded-md pe-2 text-sm ${indents[props.row.level]} ${props.here ? 'bg-accent-soft font-medium text-text' : 'text-text hover:bg-hover'} ${props.active ? 'group-focus-visible/tree:outline-2 group-focus-visible/tree:-outline-offset-2 group-focus-visible/tree:outline-accent' : ''}`,
    style: { height: `${props.height}px` },
  });
  const inside = () => (
    <>
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
          <span class={`transition-transform ${props.row.expanded ? 'rotate-90' : ''}`}>
            <ChevronRight size={14} />
          </span>
        </span>
      </Show>
      <RowIcon row={props.row} status={status()} />
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
    </>
  );
  return (
    <Show
      when={props.row.href}
      fallback={
        // biome-ignore lint/a11y/useKeyWithClickEvents lint/a11y/noStaticElementInteractions: the tree has the focus and the keys
        <div {...wiring()} onClick={() => props.onChoose()}>
          {inside()}
        </div>
      }
    >
      {(href) => (
        <A {...wiring()} href={href()} onClick={() => props.onChoose()}>
          {inside()}
        </A>
      )}
    </Show>
  );
}

function RowIcon(props: { row: TreeRow; status: string }) {
  return (
    <span class="relative flex shrink-0 items-center gap-1.5 text-muted">
      <Switch>
        <Match when={props.row.kind === 'datacenter'}>
          <Layers size={15} aria-hidden="true" />
        </Match>
        <Match when={props.row.kind === 'folder'}>
          <Folder size={14} aria-hidden="true" />
        </Match>
        <Match when={props.row.kind === 'pool'}>
          <Boxes size={14} aria-hidden="true" />
        </Match>
        <Match when={props.row.kind === 'tag'}>
          <Tag size={14} aria-hidden="true" />
        </Match>
        <Match when={props.row.kind === 'node'}>
          <Server size={15} aria-hidden="true" />
          <StateDot status={props.status} />
        </Match>
        <Match when={props.row.kind === 'storage'}>
          <Database
            size={14}
            aria-hidden="true"
            class={props.status === '' || props.status === 'available' ? '' : 'text-warn'}
          />
        </Match>
        <Match when={props.row.template && props.row.kind === 'lxc'}>
          <Boxes size={14} aria-hidden="true" />
        </Match>
        <Match when={props.row.template}>
          <Layers size={14} aria-hidden="true" />
        </Match>
        <Match when={props.row.kind === 'lxc'}>
          <Box size={14} aria-hidden="true" />
          <StateDot status={props.status} />
        </Match>
        <Match when={true}>
          <Monitor size={14} aria-hidden="true" />
          <StateDot status={props.status} />
        </Match>
      </Switch>
    </span>
  );
}
