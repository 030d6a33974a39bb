// What tabs of a node have in common: a panel with a table that is read.
import { type JSX, Show } from 'solid-js';
import type { Query } from '../../api/query.ts';
import { ErrorNote } from '../../components/error-note.tsx';
import { Panel, Skeleton } from '../../components/panel.tsx';

/** A panel to the edges of which a table reaches, once it has been read. */
export function ReadPanel<T>(props: {
  title: string;
  query: Query<T>;
  actions?: JSX.Element;
  lines?: number;
  children: (data: () => T) => JSX.Element;
}) {
  return (
    <Panel title={props.title} actions={props.actions} flush>
      <Show when={props.query.error()}>
        <div class="px-4 pb-4">
          <ErrorNote error={props.query.error()} retry={props.query.reload} />
        </div>
      </Show>
      <Show
        when={props.query.data()}
        fallback={
          <Show when={props.query.error() === undefined}>
            <div class="px-4 pb-4">
              <Skeleton lines={props.lines ?? 5} />
            </div>
          </Show>
        }
      >
        {(data) => props.children(data as () => T)}
      </Show>
    </Panel>
  );
}

const head =
  'border-y border-line text-xs text-muted [&>th]:px-3 [&>th]:py-1.5 [&>th]:text-start [&>th]:font-medium [&>th:first-child]:ps-4';
/** Of a row: cells of one height with room at the edges of the panel. */
export const rowClass =
  'border-b border-line last:border-b-0 hover:bg-hover [&>td]:px-3 [&>td]:py-2 [&>td:first-child]:ps-4';

/** A table that reaches the edges of its panel; `head`: the `th`s. */
export function EdgeTable(props: { label: string; head: JSX.Element; children: JSX.Element }) {
  return (
    <div class="overflow-x-auto">
      <table class="w-full text-sm" aria-label={props.label}>
        <thead>
          <tr class={head}>{props.head}</tr>
        </thead>
        <tbody>{props.children}</tbody>
      </table>
    </div>
  );
}
