// A table of the access pages in its panel: what can be added beside the filter, what can be done with a row at its end.
import { createMemo, type JSX } from 'solid-js';
import type { Query } from '../../api/query.ts';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { EmptyState, Panel } from '../../components/panel.tsx';
import { type RowAction, RowMenu } from '../../components/row-menu.tsx';
import { wordFilter } from '../../components/table-filter.ts';
import { t } from '../../i18n/index.ts';

interface AccessTableProps<T> {
  /** What is remembered of it is remembered under this name. */
  name: string;
  label: string;
  title?: string | undefined;
  query: Pick<Query<unknown>, 'data' | 'error' | 'reload'>;
  rows: readonly T[];
  columns: readonly Column<T>[];
  /** The column that it is sorted by at first. */
  sortBy: string;
  rowKey: (row: T) => string;
  /** What a row is called. */
  rowName: (row: T) => string;
  /** What the filter looks through. */
  texts: (row: T) => readonly (string | undefined)[];
  empty: { readonly title: string; readonly text?: string };
  tools?: JSX.Element;
  menu?: (row: T) => readonly RowAction[];
}

export function AccessTable<T>(props: AccessTableProps<T>) {
  const actions: Column<T> = {
    key: 'actions',
    title: 'common.actions',
    width: 56,
    buttons: true,
    cell: (row, tab) => (
      <RowMenu
        label={t('access.actionsOf', { what: props.rowName(row()) })}
        actions={props.menu?.(row()) ?? []}
        tab={tab()}
      />
    ),
  };
  const columns = createMemo(() => (props.menu ? [...props.columns, actions] : props.columns));
  return (
    <Panel flush {...(props.title === undefined ? {} : { title: props.title })}>
      <DataTable
        embedded
        name={props.name}
        label={props.label}
        // What was read before stays while it fails to be read again.
        rows={props.query.data() === undefined ? undefined : props.rows}
        columns={columns()}
        sort={{ key: props.sortBy, down: false }}
        rowKey={props.rowKey}
        rowLabel={props.rowName}
        filter={wordFilter(props.texts)}
        filterLabel={t('access.filterOf', { what: props.label })}
        tools={props.tools}
        error={props.query.error()}
        retry={props.query.reload}
        empty={<EmptyState {...props.empty} />}
      />
    </Panel>
  );
}

/** A row's first cell: its name, which opens it. */
export function NameButton(props: { name: string; tab: number; onClick: () => void }) {
  return (
    <button
      type="button"
      tabindex={props.tab}
      class="block max-w-full truncate text-start font-medium hover:underline"
      title={props.name}
      onClick={() => props.onClick()}
    >
      {props.name}
    </button>
  );
}

/** A column of plain text, cut where there is no room and shown whole when pointed at. */
export function textColumn<T>(
  column: Omit<Column<T>, 'cell' | 'sortBy' | 'text'>,
  text: (row: T) => string,
): Column<T> {
  return {
    ...column,
    text,
    sortBy: (row) => text(row) || undefined,
    cell: (row) => <span title={text(row())}>{text(row())}</span>,
  };
}
