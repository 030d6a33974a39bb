// The head of a table: pressing it orders by a column, its edge changes the width.
import ArrowDown from 'lucide-solid/icons/arrow-down';
import ArrowUp from 'lucide-solid/icons/arrow-up';
import { For, Show } from 'solid-js';
import { t } from '../i18n/index.ts';
import type { Column, TableState } from './data-table-state.ts';

/** Of one press of a key. */
const widthStep = 16;

interface TableHeadRowProps<T> {
  state: TableState<T>;
  selectable: boolean;
  /** Pixels. */
  height: number;
}

export function TableHeadRow<T>(props: TableHeadRowProps<T>) {
  const some = () => props.state.selected().length > 0;
  const all = () => some() && props.state.selected().length === props.state.keys().length;
  return (
    <thead class="sticky top-0 z-10 block bg-surface">
      <tr
        class="grid border-y border-line text-xs font-medium text-muted"
        style={{ height: `${props.height}px`, 'grid-template-columns': 'var(--columns)' }}
      >
        <Show when={props.selectable}>
          <th class="flex items-center ps-4">
            <input
              type="checkbox"
              class="size-4 accent-accent pointer-coarse:size-5"
              aria-label={t('table.selectAll')}
              checked={all()}
              prop:indeterminate={some() && !all()}
              onChange={() => props.state.toggleAll()}
            />
          </th>
        </Show>
        <For each={props.state.shown()}>{(column) => <Head state={props.state} column={column} />}</For>
      </tr>
    </thead>
  );
}

function Head<T>(props: { state: TableState<T>; column: Column<T> }) {
  let cell: HTMLTableCellElement | undefined;
  const sorted = () => props.state.sort().key === props.column.key;
  const width = () => cell?.offsetWidth ?? props.state.widthOf(props.column);

  function drag(event: PointerEvent & { currentTarget: HTMLElement }): void {
    event.preventDefault();
    const edge = event.currentTarget;
    const from = event.clientX;
    const before = width();
    // In languages that run from right to left the edge is on the other side.
    const way = getComputedStyle(edge).direction === 'rtl' ? -1 : 1;
    edge.setPointerCapture(event.pointerId);
    const move = (now: PointerEvent) =>
      props.state.setWidth(props.column, before + way * (now.clientX - from));
    edge.addEventListener('pointermove', move);
    edge.addEventListener('lostpointercapture', () => edge.removeEventListener('pointermove', move), {
      once: true,
    });
  }
  function onKeyDown(event: KeyboardEvent): void {
    const step = { ArrowRight: widthStep, ArrowLeft: -widthStep }[event.key];
    if (!event.shiftKey || step === undefined) return;
    event.preventDefault();
    props.state.setWidth(props.column, width() + step);
  }
  return (
    <th
      ref={cell}
      aria-sort={sorted() ? (props.state.sort().down ? 'descending' : 'ascending') : undefined}
      class={`group relative flex min-w-0 items-center px-3 font-medium first:ps-4 ${props.column.align === 'end' ? 'justify-end' : ''}`}
    >
      <Show
        when={props.column.sortBy}
        fallback={<span class={props.column.buttons ? 'sr-only' : 'truncate'}>{t(props.column.title)}</span>}
      >
        <button
          type="button"
          class={`inline-flex h-full min-w-0 items-center gap-1 outline-offset-[-3px] hover:text-text ${sorted() ? 'text-text' : ''}`}
          title={t('table.headHint')}
          onClick={() => props.state.pressHead(props.column)}
          onKeyDown={onKeyDown}
        >
          <span class="truncate">{t(props.column.title)}</span>
          <Show when={sorted()}>
            {props.state.sort().down ? (
              <ArrowDown size={12} aria-hidden="true" class="shrink-0" />
            ) : (
              <ArrowUp size={12} aria-hidden="true" class="shrink-0" />
            )}
          </Show>
        </button>
      </Show>
      <Show when={!props.column.buttons}>
        <div
          aria-hidden="true"
          class="absolute inset-y-0 -end-1.5 z-10 flex w-3 cursor-col-resize touch-none justify-center py-2 pointer-coarse:hidden"
          onPointerDown={drag}
          onDblClick={() => props.state.setWidth(props.column, undefined)}
        >
          <span class="w-px bg-line group-hover:bg-line-strong" />
        </div>
      </Show>
    </th>
  );
}
