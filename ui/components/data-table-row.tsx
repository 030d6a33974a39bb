// One row of a table; on a phone it is a card.
import { createMemo, For, type JSX, Show } from 'solid-js';
import { t } from '../i18n/index.ts';
import type { Column, TableState } from './data-table-state.ts';

interface TableRowProps<T> {
  state: TableState<T>;
  key: string;
  /** Pixels from the first row's top. */
  top: number;
  height: number;
  selectable: boolean;
  /** Pressing it shows something. */
  openable: boolean;
  /** What it shows is shown now. */
  opened: boolean;
  label: (row: T) => string;
  onClick: (event: MouseEvent, key: string) => void;
}

export function TableRow<T>(props: TableRowProps<T>) {
  const { state, key } = props;
  // A row that has gone stays as it was until it leaves the page.
  const row = createMemo<T>((before) => state.rowOf(key) ?? before!, state.rowOf(key)!);
  const isActive = createMemo(() => state.active() === key);
  const isSelected = createMemo(() => props.selectable && state.isSelected(key));
  const tab = () => (isActive() ? 0 : -1);
  const back = () =>
    isSelected() || props.opened
      ? 'bg-accent-soft'
      : props.selectable || props.openable
        ? 'hover:bg-hover'
        : '';
  const check = () => (
    <input
      type="checkbox"
      tabindex="-1"
      class="size-4 shrink-0 accent-accent pointer-coarse:size-5"
      aria-label={t('table.selectOne', { what: props.label(row()) })}
      checked={isSelected()}
      onClick={(event) => {
        if (!event.shiftKey) return;
        event.preventDefault();
        state.selectTo(key);
      }}
      onChange={() => state.toggle(key)}
    />
  );
  return (
    <tr
      data-row={key}
      tabindex={tab()}
      aria-rowindex={state.placeOf(key) + (state.isCard() ? 1 : 2)}
      aria-selected={props.selectable ? isSelected() : undefined}
      aria-expanded={props.openable ? props.opened : undefined}
      class={`absolute inset-x-0 top-0 grid border-b border-line outline-offset-[-2px] ${props.openable ? 'cursor-pointer' : ''} ${back()}`}
      style={{
        transform: `translateY(${props.top}px)`,
        height: `${props.height}px`,
        'grid-template-columns': state.isCard() ? 'minmax(0, 1fr)' : 'var(--columns)',
      }}
      onFocus={() => state.moveTo(key)}
      onClick={(event) => props.onClick(event, key)}
      // Enter and the blank are the table's to hear.
      onKeyDown={() => {}}
    >
      <Show
        when={!state.isCard()}
        fallback={
          <Card row={row} tab={tab} columns={state.shown()} {...(props.selectable && { check: check() })} />
        }
      >
        <Show when={props.selectable}>
          <td class="flex items-center ps-4">{check()}</td>
        </Show>
        <For each={state.shown()}>
          {(column) => (
            <td
              class={`flex min-w-0 items-center px-3 first:ps-4 ${column.align === 'end' || column.buttons ? 'justify-end' : ''}`}
            >
              <div class={`min-w-0 truncate ${column.align === 'end' || column.buttons ? '' : 'flex-1'}`}>
                {column.cell(row, tab)}
              </div>
            </td>
          )}
        </For>
      </Show>
    </tr>
  );
}

interface CardProps<T> {
  row: () => T;
  tab: () => number;
  columns: readonly Column<T>[];
  check?: JSX.Element;
}

/** Two lines: its name and what stands beside it, and below what else is worth knowing. */
function Card<T>(props: CardProps<T>) {
  const at = (place: Column<T>['card']) => props.columns.filter((column) => column.card === place);
  const buttons = () => props.columns.filter((column) => column.buttons);
  return (
    <td class="flex min-w-0 items-center gap-3 px-4">
      {props.check}
      <div class="flex min-w-0 flex-1 flex-col gap-1">
        <div class="flex min-w-0 items-center gap-3">
          <div class="min-w-0 flex-1 truncate">
            <For each={at('title')}>{(column) => column.cell(props.row, props.tab)}</For>
          </div>
          <div class="shrink-0">
            <For each={at('aside')}>{(column) => column.cell(props.row, props.tab)}</For>
          </div>
        </div>
        <div class="flex min-w-0 items-center gap-4 overflow-hidden text-xs text-muted">
          <For each={at('line')}>
            {(column) => (
              <Show
                when={column.text}
                fallback={<div class="min-w-0 truncate">{column.cell(props.row, props.tab)}</div>}
              >
                {(text) => (
                  <Show when={text()(props.row())}>
                    {(said) => (
                      <div class="max-w-full shrink-0 truncate">
                        <span class={column.plain ? 'sr-only' : ''}>{t(column.title)}</span>{' '}
                        <span class="num text-text">{said()}</span>
                      </div>
                    )}
                  </Show>
                )}
              </Show>
            )}
          </For>
        </div>
      </div>
      <For each={buttons()}>{(column) => column.cell(props.row, props.tab)}</For>
    </td>
  );
}
