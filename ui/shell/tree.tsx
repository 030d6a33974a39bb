// The tree of datacenter, nodes, guests and storages, with their live states.
import { A, useLocation, useNavigate } from '@solidjs/router';
import Box from 'lucide-solid/icons/box';
import Boxes from 'lucide-solid/icons/boxes';
import ChevronRight from 'lucide-solid/icons/chevron-right';
import Database from 'lucide-solid/icons/database';
import Layers from 'lucide-solid/icons/layers';
import Cpu from 'lucide-solid/icons/monitor';
import Search from 'lucide-solid/icons/search';
import Server from 'lucide-solid/icons/server';
import { createEffect, createMemo, createSignal, Match, on, Show, Switch } from 'solid-js';
import { Skeleton } from '../components/panel.tsx';
import { StateDot, stateName } from '../components/state-dot.tsx';
import { VirtualRows } from '../components/virtual-rows.tsx';
import { t } from '../i18n/index.ts';
import { live } from '../live/store.ts';
import { nodeTabs, type TreeRow, treeRows } from './tree-model.ts';

const [folded, setFolded] = createSignal<ReadonlySet<string>>(new Set());
const rowHeight = matchMedia('(pointer: coarse)').matches ? 44 : 30;

export function Tree(props: { onNavigate?: () => void }) {
  let scroller: HTMLDivElement | undefined;
  const location = useLocation();
  const navigate = useNavigate();
  const [filter, setFilter] = createSignal('');
  const [active, setActive] = createSignal('root');
  const rows = createMemo(() =>
    treeRows({
      resources: Object.values(live.resources).filter((item) => item !== undefined),
      folded: folded(),
      filter: filter(),
      rootLabel: t('tree.datacenter'),
    }),
  );
  const isHere = (row: TreeRow) =>
    row.key === 'root'
      ? location.pathname === '/' || location.pathname === '/guests'
      : row.kind === 'node'
        ? [row.href, ...nodeTabs.map((tab) => `${row.href}/${tab}`)].includes(location.pathname)
        : location.pathname === row.href || location.pathname.startsWith(`${row.href}/`);

  function fold(key: string, closed: boolean): void {
    const next = new Set(folded());
    if (closed) next.add(key);
    else next.delete(key);
    setFolded(next);
  }

  function moveTo(index: number): void {
    const list = rows();
    const at = Math.max(0, Math.min(list.length - 1, index));
    const row = list[at];
    if (!row) return;
    setActive(row.key);
    if (!scroller) return;
    const y = at * rowHeight;
    if (y < scroller.scrollTop) scroller.scrollTop = y;
    else if (y + rowHeight > scroller.scrollTop + scroller.clientHeight)
      scroller.scrollTop = y + rowHeight - scroller.clientHeight;
  }

  // Whoever comes by a link or a bookmark finds the place in the tree too.
  createEffect(
    on([() => location.pathname, () => live.loaded], () => {
      queueMicrotask(() => {
        const at = rows().findIndex((row) => row.level === 3 && isHere(row));
        if (at >= 0) moveTo(at);
      });
    }),
  );

  function onKeyDown(event: KeyboardEvent): void {
    const list = rows();
    const at = list.findIndex((row) => row.key === active());
    const row = list[at] ?? list[0];
    if (!row) return;
    switch (event.key) {
      case 'ArrowDown':
        moveTo(at + 1);
        break;
      case 'ArrowUp':
        moveTo(at - 1);
        break;
      case 'Home':
        moveTo(0);
        break;
      case 'End':
        moveTo(list.length - 1);
        break;
      case 'ArrowRight':
        if (row.expanded === false) fold(row.key, false);
        else if (row.expanded) moveTo(at + 1);
        break;
      case 'ArrowLeft':
        if (row.expanded) fold(row.key, true);
        else if (row.parent !== undefined) moveTo(list.findIndex((one) => one.key === row.parent));
        break;
      case 'Enter':
        navigate(row.href);
        props.onNavigate?.();
        break;
      default:
        return;
    }
    event.preventDefault();
  }

  return (
    <div class="flex h-full min-h-0 flex-col">
      <div class="relative px-3 pt-3 pb-2">
        <span class="pointer-events-none absolute inset-y-0 start-5.5 top-1 flex items-center text-muted">
          <Search size={14} aria-hidden="true" />
        </span>
        <input
          type="search"
          class="control field-box border-line bg-canvas ps-8 text-sm"
          placeholder={t('tree.filter')}
          aria-label={t('tree.filter')}
          value={filter()}
          onInput={(event) => setFilter(event.currentTarget.value)}
        />
      </div>
      <Show
        when={live.loaded}
        fallback={
          <div class="px-4">
            <Skeleton lines={8} />
          </div>
        }
      >
        <div
          ref={scroller}
          role="tree"
          aria-label={t('tree.label')}
          tabIndex={0}
          aria-activedescendant={rowId(active())}
          class="group/tree min-h-0 flex-1 overflow-y-auto px-2 pb-3 outline-offset-[-2px]"
          onKeyDown={onKeyDown}
        >
          <VirtualRows rows={rows()} rowHeight={rowHeight} scroller={() => scroller}>
            {(row) => (
              <A
                href={row().href}
                id={rowId(row().key)}
                role="treeitem"
                tabindex="-1"
                aria-level={row().level}
                aria-posinset={row().position}
                aria-setsize={row().siblings}
                aria-expanded={row().expanded}
                aria-selected={isHere(row())}
                aria-label={nameOf(row())}
                class={`flex items-center gap-2 rounded-md pe-2 text-sm ${indent(row())} ${isHere(row()) ? 'bg-accent-soft font-medium text-text' : 'text-text hover:bg-hover'} ${active() === row().key ? 'group-focus-visible/tree:outline-2 group-focus-visible/tree:outline-accent group-focus-visible/tree:-outline-offset-2' : ''}`}
                style={{ height: `${rowHeight}px` }}
                onClick={() => {
                  setActive(row().key);
                  props.onNavigate?.();
                }}
              >
                <Show when={row().level < 3}>
                  <span
                    aria-hidden="true"
                    class={`-ms-0.5 flex size-4 shrink-0 items-center justify-center text-muted ${row().expanded === undefined ? 'invisible' : ''}`}
                    onClick={(event) => {
                      event.preventDefault();
                      event.stopPropagation();
                      fold(row().key, row().expanded === true);
                    }}
                  >
                    <span class={`transition-transform ${row().expanded ? 'rotate-90' : ''}`}>
                      <ChevronRight size={14} />
                    </span>
                  </span>
                </Show>
                <RowIcon row={row()} />
                <Show when={row().number !== ''}>
                  <span class="num min-w-7 shrink-0 text-xs text-muted">{row().number}</span>
                </Show>
                <span
                  class={`min-w-0 flex-1 truncate ${row().status === 'offline' ? 'text-muted' : ''}`}
                  title={row().label}
                >
                  {row().label}
                </span>
              </A>
            )}
          </VirtualRows>
        </div>
      </Show>
    </div>
  );
}

function rowId(key: string): string {
  return `tree-${key.replace(/[^A-Za-z0-9-]/g, '_')}`;
}

function indent(row: TreeRow): string {
  return { 1: 'ps-1.5', 2: 'ps-4', 3: 'ps-10' }[row.level];
}

function nameOf(row: TreeRow): string {
  return [row.number, row.label, row.status === '' ? '' : stateName(row.status, row.kind)]
    .filter(Boolean)
    .join(' ');
}

function RowIcon(props: { row: TreeRow }) {
  return (
    <span class="relative flex shrink-0 items-center gap-1.5 text-muted">
      <Switch>
        <Match when={props.row.kind === 'datacenter'}>
          <Layers size={15} aria-hidden="true" />
        </Match>
        <Match when={props.row.kind === 'node'}>
          <Server size={15} aria-hidden="true" />
          <StateDot status={props.row.status} />
        </Match>
        <Match when={props.row.kind === 'storage'}>
          <Database
            size={14}
            aria-hidden="true"
            class={props.row.status === 'available' ? '' : 'text-warn'}
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
          <StateDot status={props.row.status} />
        </Match>
        <Match when={true}>
          <Cpu size={14} aria-hidden="true" />
          <StateDot status={props.row.status} />
        </Match>
      </Switch>
    </span>
  );
}
