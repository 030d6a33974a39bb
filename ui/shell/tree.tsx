// The tree of all resources in one of its views, with their live states.
import { useLocation, useNavigate } from '@solidjs/router';
import Search from 'lucide-solid/icons/search';
import {
  createEffect,
  createMemo,
  createSignal,
  createUniqueId,
  For,
  on,
  onCleanup,
  Show,
  untrack,
} from 'solid-js';
import { sessionUser } from '../api/session.ts';
import { EmptyState, Skeleton } from '../components/panel.tsx';
import { resourceFilter } from '../components/table-filter.ts';
import { VirtualRows } from '../components/virtual-rows.tsx';
import { t } from '../i18n/index.ts';
import { createCalm } from '../live/calm.ts';
import { live } from '../live/store.ts';
import { createPools } from './pools.ts';
import { changeTree, recallTree, treeMemory, withFolded } from './tree-memory.ts';
import { TreeRowView } from './tree-row.tsx';
import { type FolderKind, folderKinds, keptRows, type TreeRow, treeRows, treeViews } from './tree-views.ts';

/** What somebody filters by stays while the drawer is closed. */
const [filter, setFilter] = createSignal('');
const rowHeight = matchMedia('(pointer: coarse)').matches ? 44 : 30;
/** Under a filter, rows come and go with states: not more often than this. */
const restMs = 250;

export function Tree(props: { onNavigate?: () => void }) {
  const id = createUniqueId();
  recallTree(untrack(sessionUser));
  const view = () => treeMemory().view;
  const pools = createPools(() => view() === 'pool');
  const asked = createMemo(() => resourceFilter(filter()));
  const filtering = () => filter().trim() !== '';
  const words = createMemo(() => ({
    datacenter: t('tree.datacenter'),
    folders: Object.fromEntries(folderKinds.map((kind) => [kind, t(`tree.folder.${kind}`)])) as Record<
      FolderKind,
      string
    >,
    noPool: t('tree.noPool'),
    noTag: t('tree.noTag'),
  }));
  const rows = createCalm(
    () =>
      treeRows({
        view: view(),
        resources: Object.values(live.resources).filter((item) => item !== undefined),
        pools: pools.names() ?? [],
        folded: new Set(treeMemory().folded[view()]),
        matches: filtering() ? asked().matches : undefined,
        words: words(),
      }),
    () => [asked(), treeMemory(), words()],
    restMs,
  );
  return (
    <div class="flex h-full min-h-0 flex-col">
      <div class="flex flex-col gap-1.5 px-3 pt-3 pb-2">
        <div class="relative">
          <span class="pointer-events-none absolute inset-y-0 start-2.5 flex items-center text-muted">
            <Search size={14} aria-hidden="true" />
          </span>
          <input
            type="search"
            class="control field-box border-line bg-canvas ps-8 text-sm aria-invalid:border-warn"
            placeholder={t('tree.filterHint')}
            aria-label={t('tree.filter')}
            title={t('tree.filterHelp')}
            aria-invalid={asked().problems.length > 0 ? 'true' : undefined}
            aria-describedby={`${id}-problems`}
            autocomplete="off"
            spellcheck={false}
            value={filter()}
            onInput={(event) => setFilter(event.currentTarget.value)}
          />
        </div>
        <div
          id={`${id}-problems`}
          role="status"
          class="flex flex-col gap-1 pt-0.5 text-xs text-warn empty:hidden"
        >
          <For each={asked().problems}>{(text) => <p class="break-words">{text}</p>}</For>
        </div>
        <label class="flex items-center gap-2 text-xs text-muted">
          <span class="shrink-0">{t('tree.view')}</span>
          <select
            class="min-h-7 min-w-0 flex-1 rounded-md border border-transparent bg-transparent px-1 text-text hover:bg-hover pointer-coarse:min-h-11 pointer-coarse:text-base"
            onChange={(event) => {
              const next = treeViews.find((one) => one === event.currentTarget.value);
              if (next) changeTree((before) => ({ ...before, view: next }));
            }}
          >
            <For each={treeViews}>
              {(one) => (
                <option value={one} selected={one === view()}>
                  {t(`tree.view.${one}`)}
                </option>
              )}
            </For>
          </select>
        </label>
        <Show when={pools.error()}>
          <p role="alert" class="text-xs break-words text-bad">
            {t('tree.poolsFailed')}
          </p>
        </Show>
      </div>
      <Show
        when={live.loaded}
        fallback={
          <div class="px-4">
            <Skeleton lines={8} />
          </div>
        }
      >
        <Rows rows={rows()} filtering={filtering()} {...props} />
      </Show>
    </div>
  );
}

interface RowsProps {
  rows: readonly TreeRow[];
  filtering: boolean;
  onNavigate?: () => void;
}

/** What the keyboard does, and where in the tree the page is. */
function Rows(props: RowsProps) {
  let scroller: HTMLDivElement | undefined;
  const id = createUniqueId();
  const location = useLocation();
  const navigate = useNavigate();
  const [active, setActive] = createSignal('root');
  /** In their order. */
  const byKey = createMemo<ReadonlyMap<string, TreeRow>>((before) => keptRows(before, props.rows), new Map());
  const keys = createMemo(() => [...byKey().keys()], [], {
    equals: (a, b) => a.length === b.length && a.every((key, i) => key === b[i]),
  });
  /** The active row, while it is on the page: what is scrolled out of sight is not there to be named. */
  const [drawn, setDrawn] = createSignal<string>();
  const current = () => (byKey().has(active()) ? active() : 'root');
  const rowId = (key: string) => `${id}-${encodeURIComponent(key)}`;

  const isHere = (row: TreeRow) => {
    const at = location.pathname;
    if (row.href === undefined) return false;
    if (row.kind === 'datacenter')
      return /^\/((guests|storages|backup|notifications|sizes)$|access($|\/)|$)/.test(at);
    if (at === row.href) return true;
    return at.startsWith(`${row.href}/`) && !(row.kind === 'node' && at.startsWith(`${row.href}/storage/`));
  };

  /** `inTheMiddle`: a row that was out of sight comes there, and what is around it is seen too. */
  function moveTo(index: number, inTheMiddle = false): void {
    const at = Math.max(0, Math.min(props.rows.length - 1, index));
    const row = props.rows[at];
    if (!row) return;
    setActive(row.key);
    if (!scroller) return;
    const y = at * rowHeight;
    const rest = scroller.clientHeight - rowHeight;
    const isAbove = y < scroller.scrollTop;
    if (!isAbove && y <= scroller.scrollTop + rest) return;
    scroller.scrollTop = inTheMiddle ? y - rest / 2 : isAbove ? y : y - rest;
  }

  const fold = (row: TreeRow) => changeTree((before) => withFolded(before, row.key, row.expanded === true));

  // Whoever comes by a link or a bookmark, or chooses another view, finds the place in the tree too.
  const place = () => props.rows.findIndex((row) => row.kind !== 'datacenter' && isHere(row));
  /** The page may be there before its row. */
  const placed = createMemo<boolean>((before) => before || place() >= 0, false);
  createEffect(
    on([() => location.pathname, () => treeMemory().view, placed], () => {
      queueMicrotask(() => {
        const at = place();
        if (at >= 0) moveTo(at, true);
      });
    }),
  );

  function onKeyDown(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = props.rows.findIndex((row) => row.key === active());
    const row = props.rows[at] ?? props.rows[0];
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
        moveTo(props.rows.length - 1);
        break;
      case 'ArrowRight':
        if (row.expanded === false) fold(row);
        else if (row.expanded) moveTo(at + 1);
        break;
      case 'ArrowLeft':
        if (row.expanded) fold(row);
        else if (row.parent !== undefined) moveTo(props.rows.findIndex((one) => one.key === row.parent));
        break;
      case 'Enter':
        if (row.href === undefined) {
          if (row.expanded !== undefined) fold(row);
        } else {
          navigate(row.href);
          props.onNavigate?.();
        }
        break;
      default:
        return;
    }
    event.preventDefault();
  }

  return (
    <>
      <div
        ref={scroller}
        role="tree"
        aria-label={t('tree.label')}
        tabIndex={0}
        aria-activedescendant={drawn() === undefined ? undefined : rowId(drawn() ?? '')}
        class={`group/tree min-h-0 overflow-y-auto px-2 pb-3 outline-offset-[-2px] ${props.filtering && props.rows.length === 1 ? 'shrink-0' : 'flex-1'}`}
        onKeyDown={onKeyDown}
        onFocusIn={(event) => {
          // A row leaves the page when it is scrolled out of sight, and would take the focus with it.
          if (event.target !== event.currentTarget) event.currentTarget.focus({ preventScroll: true });
        }}
      >
        <VirtualRows keys={keys()} rowHeight={rowHeight} scroller={() => scroller}>
          {(key) => {
            // A row that has gone stays as it was until it leaves the page.
            const row = createMemo<TreeRow>((before) => byKey().get(key) ?? before, byKey().get(key)!);
            createEffect(() => {
              if (key !== current()) return;
              setDrawn(key);
              onCleanup(() => setDrawn((now) => (now === key ? undefined : now)));
            });
            return (
              <TreeRowView
                row={row()}
                id={rowId(key)}
                height={rowHeight}
                here={isHere(row())}
                active={active() === key}
                onFold={() => fold(row())}
                onChoose={() => {
                  setActive(key);
                  if (row().href !== undefined) props.onNavigate?.();
                  else if (row().expanded !== undefined) fold(row());
                }}
              />
            );
          }}
        </VirtualRows>
      </div>
      <Show when={props.filtering && props.rows.length === 1}>
        <EmptyState title={t('tree.noMatch')} />
      </Show>
    </>
  );
}
