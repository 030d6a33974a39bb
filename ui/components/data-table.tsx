// A table: columns declared as data, order, filter, columns and widths to choose, many rows, multiple choice, all by keyboard too.
import { createVirtualizer } from '@tanstack/solid-virtual';
import { createMemo, createSignal, For, type JSX, onCleanup, onMount, Show } from 'solid-js';
import { t } from '../i18n/index.ts';
import { SelectionBar, TableTools } from './data-table-bar.tsx';
import { TableHeadRow } from './data-table-head.tsx';
import { TableRow } from './data-table-row.tsx';
import { checkWidth, createTableState, type TableSource } from './data-table-state.ts';
import { ErrorNote } from './error-note.tsx';
import { EmptyState, Skeleton } from './panel.tsx';
import { reachedRow } from './table-model.ts';
import { onPage, rowsAround } from './virtual-rows.tsx';

export type { Column } from './data-table-state.ts';

export interface DataTableProps<T> extends TableSource<T> {
  /** What it is a table of, for screen readers. */
  label: string;
  /** A row in a few words. */
  rowLabel: (row: T) => string;
  /** What the filter field says. */
  filterLabel?: string;
  /** Beside the filter. */
  tools?: JSX.Element;
  /** What can be done with the selected rows; without it rows cannot be selected. */
  bulk?: (rows: () => readonly T[]) => JSX.Element;
  /** Instead of rows, when there are none at all. */
  empty: JSX.Element;
  /** Why there are no rows. */
  error?: unknown;
  retry?: () => void;
  /** Pressing a row, or Enter on it; without it a row's first link is followed. */
  onOpen?: (row: T) => void;
  /** The row whose details are shown elsewhere. */
  opened?: string | undefined;
  /** It stands among other things on a page, and is no higher than it must be. */
  embedded?: boolean;
}

const rowHeight = matchMedia('(pointer: coarse)').matches ? 46 : 38;
const cardHeight = 68;
const headHeight = 34;

export function DataTable<T>(props: DataTableProps<T>) {
  const selectable = () => props.bulk !== undefined;
  const state = createTableState<T>(props, selectable);
  const [scroller, setScroller] = createSignal<HTMLDivElement>();
  let grid: HTMLTableElement | undefined;
  onMount(() => {
    const box = scroller();
    if (!box) return;
    state.setRoom(box.clientWidth);
    const observer = new ResizeObserver(() => state.setRoom(box.clientWidth));
    observer.observe(box);
    onCleanup(() => observer.disconnect());
  });

  const height = () => (state.isCard() ? cardHeight : rowHeight);
  /** The rows in sight, and the one that has the focus wherever it is: or the focus would be lost. */
  const wanted = createMemo(() => {
    const key = state.active();
    const kept = key === undefined ? -1 : state.placeOf(key);
    return (range: { startIndex: number; endIndex: number; overscan: number; count: number }) => {
      const from = Math.max(0, range.startIndex - range.overscan);
      const to = Math.min(range.count - 1, range.endIndex + range.overscan);
      const rows = Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
      if (kept >= 0 && kept < range.count && (kept < from || kept > to)) rows.push(kept);
      return rows.sort((a, b) => a - b);
    };
  });
  const top = () => (state.isCard() ? 0 : headHeight);
  const box = onPage(scroller);
  const virtual = createVirtualizer<HTMLElement, HTMLElement>({
    get count() {
      return state.keys().length;
    },
    get getScrollElement() {
      return box();
    },
    get estimateSize() {
      const pixels = height();
      return () => pixels;
    },
    get rangeExtractor() {
      return wanted();
    },
    get scrollPaddingStart() {
      return top();
    },
    get scrollMargin() {
      return top();
    },
    overscan: rowsAround,
  });
  const shown = createMemo(() =>
    virtual.getVirtualItems().flatMap(({ index }) => {
      const key = state.keys()[index];
      return key === undefined ? [] : [key];
    }),
  );

  const rowOf = (key: string) =>
    [...(grid?.querySelectorAll<HTMLElement>('[data-row]') ?? [])].find((one) => one.dataset['row'] === key);
  function focusRow(key: string): void {
    state.moveTo(key);
    virtual.scrollToIndex(state.placeOf(key));
    rowOf(key)?.focus({ preventScroll: true });
  }
  function open(key: string): void {
    const row = state.rowOf(key);
    if (row === undefined) return;
    if (props.onOpen) props.onOpen(row);
    else rowOf(key)?.querySelector<HTMLElement>('a[href]')?.click();
  }

  function onKeyDown(event: KeyboardEvent): void {
    const at = state.active();
    const target = event.target;
    // In a cell's own control the keys are the control's.
    if (at === undefined || !(target instanceof HTMLElement) || target.dataset['row'] === undefined) return;
    const page = Math.max(1, Math.floor(((scroller()?.clientHeight ?? 0) - top()) / height()));
    const to = reachedRow(event.key, state.placeOf(at), state.keys().length, page);
    const many = selectable();
    if (to !== undefined && !event.altKey) {
      const key = state.keys()[to]!;
      if (many && event.shiftKey) {
        if (!state.isSelected(at)) state.toggle(at);
        state.selectTo(key);
      }
      focusRow(key);
    } else if (event.key === 'Enter') open(at);
    else if (many && event.key === ' ') event.shiftKey ? state.selectTo(at) : state.toggle(at);
    else if (many && event.key === 'a' && (event.ctrlKey || event.metaKey)) {
      if (state.selected().length < state.keys().length) state.toggleAll();
    } else if (many && event.key === 'Escape' && state.selected().length > 0) state.unselect();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  function onRowClick(event: MouseEvent, key: string): void {
    const target = event.target;
    // What a cell shows elsewhere on the page, as a menu of the row, hands its clicks on to the row, too.
    if (!(target instanceof Element && rowOf(key)?.contains(target))) return;
    state.moveTo(key);
    if (target.closest('a, button, input, label')) return;
    if (!selectable()) {
      open(key);
      return;
    }
    if (event.shiftKey) state.selectTo(key);
    else state.toggle(key);
  }

  const least = () =>
    state.shown().reduce((sum, column) => sum + state.widthOf(column), selectable() ? checkWidth : 0);
  const filtered = () => state.known() && state.keys().length === 0 && state.all() > 0;
  return (
    <div class={`flex min-h-0 min-w-0 flex-col ${props.embedded ? '' : 'flex-1'}`}>
      <Show when={props.filter !== undefined || props.tools !== undefined}>
        <TableTools
          state={state}
          columns={props.columns}
          filterLabel={props.filter === undefined ? undefined : (props.filterLabel ?? t('table.filter'))}
          tools={props.tools}
        />
      </Show>
      <Show when={props.bulk}>
        {(bulk) => <SelectionBar state={state}>{bulk()(state.selected)}</SelectionBar>}
      </Show>
      <Show when={props.error !== undefined}>
        <div class="px-4 py-3">
          <ErrorNote
            title={t('table.failed')}
            error={props.error}
            {...(props.retry && { retry: props.retry })}
          />
        </div>
      </Show>
      <div
        ref={setScroller}
        class={`relative min-h-0 overflow-auto [overflow-anchor:none] ${props.embedded ? 'max-h-[70vh]' : 'flex-1'}`}
      >
        <Show when={state.keys().length > 0}>
          {/* biome-ignore lint/a11y/useAriaPropsSupportedByRole: its role is one of two, and both have them */}
          <table
            ref={grid}
            // Rows that open are those of a tree (WAI-ARIA, aria-expanded on a row).
            role={props.onOpen === undefined ? 'grid' : 'treegrid'}
            tabindex="-1"
            aria-label={props.label}
            aria-rowcount={state.keys().length + (state.isCard() ? 0 : 1)}
            aria-multiselectable={selectable() ? 'true' : undefined}
            class="block text-sm outline-none"
            style={{
              '--columns': state.template(),
              'min-width': state.isCard() ? undefined : `${least()}px`,
            }}
            onKeyDown={onKeyDown}
          >
            <Show when={!state.isCard()}>
              <TableHeadRow state={state} selectable={selectable()} height={headHeight} />
            </Show>
            <tbody class="relative block" style={{ height: `${state.keys().length * height()}px` }}>
              <For each={shown()}>
                {(key) => (
                  <TableRow
                    state={state}
                    key={key}
                    top={state.placeOf(key) * height()}
                    height={height()}
                    selectable={selectable()}
                    openable={props.onOpen !== undefined}
                    opened={props.opened === key}
                    label={props.rowLabel}
                    onClick={onRowClick}
                  />
                )}
              </For>
            </tbody>
          </table>
        </Show>
        <Show when={!state.known() && props.error === undefined}>
          <div class="px-4 py-2" role="status" aria-label={t('common.loading')}>
            <Skeleton lines={5} />
          </div>
        </Show>
        <Show when={state.known() && state.all() === 0 && props.error === undefined}>{props.empty}</Show>
        <Show when={filtered()}>
          <EmptyState title={t('table.noMatch')} text={state.problems()[0] ?? ''}>
            <button
              type="button"
              class="text-sm text-accent hover:underline"
              onClick={() => state.setFilter('')}
            >
              {t('table.showAll')}
            </button>
          </EmptyState>
        </Show>
      </div>
    </div>
  );
}
