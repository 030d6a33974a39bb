// What stands above a table: its filter, order and columns; and what is done with the selected rows.
import { DropdownMenu } from '@kobalte/core/dropdown-menu';
import ArrowDown from 'lucide-solid/icons/arrow-down';
import ArrowUp from 'lucide-solid/icons/arrow-up';
import Check from 'lucide-solid/icons/check';
import Columns from 'lucide-solid/icons/columns-3';
import X from 'lucide-solid/icons/x';
import { For, type JSX, Show } from 'solid-js';
import { t, tn } from '../i18n/index.ts';
import { IconButton } from './button.tsx';
import type { Column, TableState } from './data-table-state.ts';
import { menuBox, menuItem } from './menu-look.ts';
import { MenuPortal } from './menu-portal.tsx';

interface TableToolsProps<T> {
  state: TableState<T>;
  columns: readonly Column<T>[];
  /** Without it there is no filter. */
  filterLabel: string | undefined;
  tools: JSX.Element;
}

export function TableTools<T>(props: TableToolsProps<T>) {
  const state = props.state;
  const count = () =>
    state.keys().length === state.all()
      ? tn('table.count', state.all())
      : t('table.countOf', { count: state.keys().length, all: state.all() });
  /** Where there is nothing, there is nothing to look for or to order. */
  const isEmpty = () => state.known() && state.all() === 0;
  return (
    <div class="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 py-2.5">
      <Show when={!isEmpty() && props.filterLabel}>
        {(label) => (
          <div class="flex min-w-40 flex-1 flex-col sm:max-w-sm">
            <input
              type="search"
              class="control field-box text-sm aria-invalid:border-bad"
              placeholder={label()}
              aria-label={label()}
              aria-invalid={state.problems().length > 0 ? 'true' : undefined}
              title={state.problems()[0]}
              value={state.filter()}
              onInput={(event) => state.setFilter(event.currentTarget.value)}
            />
          </div>
        )}
      </Show>
      <Show when={state.isCard() && !isEmpty()}>
        <OrderFields state={state} columns={props.columns} />
      </Show>
      <Show when={!state.isCard() && state.known() && state.all() > 0}>
        <span class="num text-sm text-muted" role="status">
          {count()}
        </span>
      </Show>
      <div class="ms-auto flex flex-wrap items-center gap-2">
        {props.tools}
        <Show when={!state.isCard() && !isEmpty()}>
          <ColumnMenu state={state} columns={props.columns} />
        </Show>
      </div>
    </div>
  );
}

/** Cards have no head to press. */
function OrderFields<T>(props: { state: TableState<T>; columns: readonly Column<T>[] }) {
  const { state } = props;
  return (
    <div class="flex items-center gap-1">
      <select
        class="control rounded-md border border-line bg-surface px-2 text-sm"
        aria-label={t('table.order')}
        onChange={(event) => state.sortBy({ key: event.currentTarget.value, down: state.sort().down })}
      >
        <For each={props.columns.filter((column) => column.sortBy)}>
          {(column) => (
            <option value={column.key} selected={column.key === state.sort().key}>
              {t(column.title)}
            </option>
          )}
        </For>
      </select>
      <IconButton
        label={state.sort().down ? t('table.orderUp') : t('table.orderDown')}
        onClick={() => state.sortBy({ key: state.sort().key, down: !state.sort().down })}
      >
        {state.sort().down ? <ArrowDown size={16} /> : <ArrowUp size={16} />}
      </IconButton>
    </div>
  );
}

function ColumnMenu<T>(props: { state: TableState<T>; columns: readonly Column<T>[] }) {
  const isShown = (column: Column<T>) => props.state.shown().includes(column);
  // What a row cannot be told apart without stays.
  const free = () => props.columns.filter((column) => column.drop !== undefined);
  return (
    <Show when={free().length > 0}>
      <DropdownMenu placement="bottom-end" preventScroll={false} modal={false}>
        <DropdownMenu.Trigger
          class="control inline-flex aspect-square items-center justify-center rounded-md text-muted hover:bg-hover hover:text-text"
          aria-label={t('table.columns')}
          title={t('table.columns')}
        >
          <Columns size={17} aria-hidden="true" />
        </DropdownMenu.Trigger>
        <MenuPortal>
          <DropdownMenu.Content class={menuBox}>
            <For each={free()}>
              {(column) => (
                <DropdownMenu.CheckboxItem
                  class={menuItem}
                  closeOnSelect={false}
                  checked={isShown(column)}
                  onChange={(on) => props.state.showColumn(column, on)}
                >
                  <span class="flex w-4 shrink-0">
                    <DropdownMenu.ItemIndicator>
                      <Check size={15} aria-hidden="true" />
                    </DropdownMenu.ItemIndicator>
                  </span>
                  {t(column.title)}
                </DropdownMenu.CheckboxItem>
              )}
            </For>
            <DropdownMenu.Separator class="my-1 border-line" />
            <DropdownMenu.Item class={menuItem} onSelect={() => props.state.reset()}>
              <span class="w-4" />
              {t('table.reset')}
            </DropdownMenu.Item>
          </DropdownMenu.Content>
        </MenuPortal>
      </DropdownMenu>
    </Show>
  );
}

/** It stays when nothing is selected any more, out of sight: what was begun in it goes on. */
export function SelectionBar<T>(props: { state: TableState<T>; children: JSX.Element }) {
  return (
    <section
      aria-label={t('table.selection')}
      class={`flex-wrap items-center gap-2 border-t border-line bg-accent-soft px-4 py-1.5 ${props.state.selected().length > 0 ? 'flex' : 'hidden'}`}
    >
      {/* On phones a line of its own: the buttons stay together. */}
      <div class="flex items-center gap-2 max-sm:w-full max-sm:flex-row-reverse max-sm:justify-between">
        <IconButton
          small
          class="max-sm:-me-3"
          label={t('table.unselect')}
          onClick={() => props.state.unselect()}
        >
          <X size={16} />
        </IconButton>
        <span class="num me-2 text-sm font-medium" role="status">
          {tn('table.selected', props.state.selected().length)}
        </span>
      </div>
      {props.children}
    </section>
  );
}
